/** What `glasshive replay RUN` does without other rules: the run once more from its recording, and whether its answer is the same. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openContents } from "../../../adapters/storage/content-store.ts";
import type { JournalLine } from "../../../engine/journal/events.ts";
import { contentText } from "../../../engine/policy/replay/recorded-text.ts";
import type { Contents } from "../../../engine/ports/board.ts";
import type { RunResult } from "../../../state/run-result.ts";
import { runAgain, type Replayed } from "../../replay/run-again.ts";
import { ANSWER_FILE, JOURNAL_FILE, runFolder } from "../../runs/run-folder.ts";
import { readJournal } from "../../runs/run-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { loadSettings } from "../run-files.ts";
import { TERMINAL } from "../terminal.ts";
import { many } from "../view/amounts.ts";

interface Comparison {
  isSame: boolean;
  /** One line for each thing that differs. */
  differences: string[];
}

/** Returns the exit code: 1 where the answer is another. Throws as `runAgain` does. */
export async function replayRun(home: string, runId: string, isJson: boolean): Promise<number> {
  const folder = runFolder(home, runId);
  // Says so where there is no such run.
  if (!existsSync(join(folder, JOURNAL_FILE))) loadSettings(home, runId);
  const lines: JournalLine[] = [];
  readJournal(home, runId, (line) => void lines.push(line));
  const contents = openContents(folder);
  const replayed = await runAgain(runId, lines, contents);
  const { isSame, differences } = compare({ replayed, lines, contents, folder });
  const { result, calls, recording } = replayed;
  const sha256 = createHash("sha256").update(result.answer).digest("hex");
  if (isJson) TERMINAL.out(JSON.stringify({ runId, same: isSame, answer: sha256, calls, differences }));
  else {
    const what = isSame ? "the same answer, byte for byte" : "another answer";
    const later = lines.length - recording.lines > 1 ? ` up to its first end, at line ${recording.end?.seq}` : "";
    TERMINAL.out(
      [
        `run ${runId} was run again from its recording${later}: ${what} (SHA-256 ${sha256.slice(0, 12)})`,
        `${many(calls, "model call")} answered from the record; no model, tool, command or person was asked`,
        ...differences,
      ].join("\n"),
    );
  }
  return isSame ? EXIT.complete : EXIT.failed;
}

function compare(facts: {
  replayed: Replayed;
  lines: readonly JournalLine[];
  contents: Contents;
  folder: string;
}): Comparison {
  const { replayed, lines, contents, folder } = facts;
  const { result, recording } = replayed;
  const { end } = recording;
  const then = end?.answer === undefined ? undefined : contentText(contents, end.answer);
  const file = join(folder, ANSWER_FILE);
  const isLast = lines.length - recording.lines <= 1;
  const differences = [
    ...(then === result.answer ? [] : ["the answer is not the one of the journal's end"]),
    ...(isLast && existsSync(file) && readFileSync(file, "utf8") !== result.answer
      ? [`the answer is not that of ${ANSWER_FILE}`]
      : []),
    ...outcomesThatDiffer(result, lines.slice(0, recording.lines)),
  ];
  return { isSame: differences.length === 0, differences };
}

/** By what was published of each subtask last. */
function outcomesThatDiffer({ subtasks }: RunResult, lines: readonly JournalLine[]): string[] {
  const published = new Map<string, { outcome: string; digest: string | undefined }>();
  for (const line of lines)
    if (line.kind === "publish" && line.data.accepted && line.subtask !== undefined)
      published.set(line.subtask, { outcome: line.data.outcome, digest: line.data.digest });
  return subtasks.flatMap(({ id, outcome, output }) => {
    const then = published.get(id);
    const digest = createHash("sha256").update(output).digest("hex");
    if (then?.outcome !== (outcome ?? undefined))
      return [`subtask ${id}: was ${then?.outcome ?? "not ended"}, is ${outcome ?? "not ended"}`];
    return then?.digest === undefined || then.digest === digest ? [] : [`subtask ${id}: its output is another`];
  });
}
