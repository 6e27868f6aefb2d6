/** The arguments of an action, changed by a person: in `$VISUAL` or `$EDITOR` on a file of their own, else typed in. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isCancel, log, text } from "@clack/prompts";
import { readText } from "../../../adapters/text/read-text.ts";
import { visibleText } from "../terminal.ts";
import { readArgs, type Action, type Dialogue } from "./question.ts";

const output = process.stderr;

/** Undefined: they thought better of it. */
export async function editArgs({ args }: Action, at: Dialogue): Promise<Record<string, unknown> | undefined> {
  const editor = process.env["VISUAL"] || process.env["EDITOR"];
  let given = visibleText(JSON.stringify(args, null, 2));
  for (;;) {
    const edited = editor === undefined || editor === "" ? await typed(given, at) : inEditor(editor, given);
    if (edited === undefined) return undefined;
    const read = readArgs(edited);
    if ("args" in read) return read.args;
    log.error(`${visibleText(read.problem)}; nothing is answered yet`, { output });
    if (editor !== undefined && edited === given) return undefined;
    given = edited;
  }
}

async function typed(given: string, at: Dialogue): Promise<string | undefined> {
  const line = await text({
    message: "The arguments as JSON",
    initialValue: JSON.stringify(JSON.parse(given)),
    validate: (value) => {
      const read = readArgs(value ?? "");
      return "problem" in read ? visibleText(read.problem) : undefined;
    },
    ...at,
  });
  return isCancel(line) ? undefined : line;
}

/** Undefined where the editor could not be run or ended with an error. */
function inEditor(editor: string, given: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "glasshive-"));
  const file = join(folder, "arguments.json");
  try {
    writeFileSync(file, `${given}\n`, { mode: 0o600 });
    // As git does it: the variable may hold arguments.
    const { status } = spawnSync(`${editor} "${file}"`, { shell: true, stdio: "inherit" });
    if (status !== 0) {
      log.error(`${editor} ended with ${status ?? "a signal"}; nothing is answered yet`, { output });
      return undefined;
    }
    return readText(file).trimEnd();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
