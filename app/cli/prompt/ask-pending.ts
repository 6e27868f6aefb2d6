/** Asks a person on a terminal what a run waits for, one question after another. */
import type { Readable } from "node:stream";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isCancel, log, note, select, text } from "@clack/prompts";
import { readText } from "../../../adapters/text/read-text.ts";
import { given } from "../../../engine/runtime/waiting/waits.ts";
import { actionsOf, type AskedAction, type DecisionType, type ReviewDecision } from "../../../state/review.ts";
import type { PendingInterrupt } from "../../../state/run-result.ts";
import { visibleText } from "../terminal.ts";
import { cleanText } from "../view/terminal-text.ts";
import { questionText, readArgs, type Dialogue } from "./question.ts";

/** Standard output is for results. */
const output = process.stderr;

const WORDS: Record<DecisionType | "later", { label: string; hint?: string }> = {
  approve: { label: "Approve" },
  edit: { label: "Edit", hint: "change the arguments; of a question for an output: give it" },
  reject: { label: "Reject", hint: "with a reason" },
  later: { label: "Answer later", hint: "the run waits" },
};

interface Asking {
  input?: Readable;
  /** Ends the questions. */
  signal?: AbortSignal;
}

/**
 * Answers by interrupt id; what is answered later is absent. Ctrl-C, an input that ends, and the signal leave all the rest for
 * later.
 */
export async function askPending(
  pending: readonly PendingInterrupt[],
  { input = process.stdin, signal }: Asking = {},
): Promise<Record<string, unknown>> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const key = (_: unknown, pressed?: { ctrl?: boolean; name?: string }): void => {
    if (pressed?.ctrl === true && pressed.name === "d") end();
  };
  // A prompt whose input ends would never be answered.
  for (const event of ["end", "close"]) input.once(event, end);
  // Ctrl-D closes the prompt without ending the terminal.
  input.on("keypress", key);
  try {
    return await answersTo(pending, { input, signal: AbortSignal.any([ended.signal, ...given(signal)]), output });
  } finally {
    for (const event of ["end", "close"]) input.off(event, end);
    input.off("keypress", key);
  }
}

async function answersTo(pending: readonly PendingInterrupt[], at: Dialogue): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const [index, interrupt] of pending.entries()) {
    const about = interrupt.subtask === null ? interrupt.kind : `${interrupt.kind} · ${interrupt.subtask}`;
    const decisions: ReviewDecision[] = [];
    for (const action of actionsOf(interrupt)) {
      note(questionText(action), `${cleanText(about)} (${index + 1} of ${pending.length})`, { output });
      const decision = await decide(action, at);
      if (decision === "stop") return answers;
      if (decision === "later") break;
      decisions.push(decision);
    }
    if (decisions.length > 0 && decisions.length === actionsOf(interrupt).length) answers[interrupt.id] = { decisions };
  }
  return answers;
}

async function decide(action: AskedAction, at: Dialogue): Promise<ReviewDecision | "later" | "stop"> {
  for (;;) {
    const options = [...action.allowed, "later" as const].map((value) => ({ value, ...WORDS[value] }));
    const choice = await select({ message: cleanText(action.name), options, ...at });
    if (isCancel(choice)) return "stop";
    if (choice === "later" || choice === "approve") return choice === "later" ? "later" : { type: "approve" };
    if (choice === "edit") {
      const args = await editArgs(action, at);
      if (args !== undefined) return { type: "edit", edited_action: { name: action.name, args } };
      if (at.signal.aborted) return "stop";
      continue;
    }
    const reason = await text({ message: "Why? (may be empty)", ...at });
    if (isCancel(reason)) return "stop";
    return { type: "reject", ...(reason ? { message: reason } : {}) };
  }
}

/** Undefined: they thought better of it. */
async function editArgs({ args }: AskedAction, at: Dialogue): Promise<Record<string, unknown> | undefined> {
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
