/** What `glasshive replay RUN` does without other rules: the run once more from its recording, and whether its answer is the same. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openContents } from "../../../adapters/storage/content-store.ts";
import type { JournalLine } from "../../../engine/journal/events.ts";
import { contentText } from "../../../engine/policy/replay/recorded-text.ts";
import type { Recording } from "../../../engine/policy/replay/recording.ts";
import type { Contents } from "../../../engine/ports/board.ts";
import type { RunResult } from "../../../state/run-result.ts";
import { runAgain } from "../../replay/run-again.ts";
import { ANSWER_FILE, JOURNAL_FILE, runFolder } from "../../runs/run-folder.ts";
import { readJournal } from "../../runs/run-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { loadSettings } from "../run-files.ts";
import { TERMINAL } from "../terminal.ts";
import { many } from "../view/amounts.ts";

/** Returns the exit code: 1 where the answer is another. Throws as `runAgain` does. */
export async function replayRun(home: string, runId: string, isJson: boolean): Promise<number> {
  const folder = runFolder(home, runId);
  // Says so where there is no such run.
  if (!existsSync(join(folder, JOURNAL_FILE))) loadSettings(home, runId);
  const lines: JournalLine[] = [];
  readJournal(home, runId, (line) => void lines.push(line));
  const contents = openContents(folder);
  const { results, calls, recording } = await runAgain(runId, lines, contents);
  const differences = differencesOf({ results, recording, lines, contents, folder });
  const isSame = differences.length === 0;
  const sha256 = createHash("sha256")
    .update(results.at(-1)?.answer ?? "")
    .digest("hex");
  const ends = results.length;
  if (isJson) TERMINAL.out(JSON.stringify({ runId, same: isSame, answer: sha256, calls, ends, differences }));
  else {
    const what = isSame ? "the same answer, byte for byte" : "another answer";
    const where = [
      ...(ends > 1 ? [`, at each of its ${ends} ends`] : []),
      ...(isToItsEnd(recording, lines) ? [] : [` up to its end at line ${recording.lines}`]),
    ].join("");
    TERMINAL.out(
      [
        `run ${runId} was run again from its recording${where}: ${what} (SHA-256 ${sha256.slice(0, 12)})`,
        `${many(calls, "model call")} answered from the record; no model, tool, command or person was asked`,
        ...differences,
      ].join("\n"),
    );
  }
  return isSame ? EXIT.complete : EXIT.failed;
}

/** Whether nothing that the run did is behind what was run again. */
function isToItsEnd({ lines: reached }: Recording, lines: readonly JournalLine[]): boolean {
  return !lines.some(
    ({ seq, kind }) => seq > reached && (kind === "route" || kind === "reserve" || kind === "run-end"),
  );
}

/** One line for each thing that differs. */
function differencesOf(facts: {
  results: readonly RunResult[];
  recording: Recording;
  lines: readonly JournalLine[];
  contents: Contents;
  folder: string;
}): string[] {
  const { results, recording, lines, contents, folder } = facts;
  const ends = recording.sessions.flatMap(({ end }) => end ?? []);
  const differences = results.flatMap((result, place) => {
    const end = ends[place];
    const then = end?.answer === undefined ? undefined : contentText(contents, end.answer);
    const at = results.length > 1 ? ` at line ${end?.seq}` : "";
    return [
      ...(then === result.answer ? [] : [`the answer is not the one of the journal's end${at}`]),
      ...outcomesThatDiffer(
        result,
        lines.filter(({ seq }) => seq <= (end?.seq ?? 0)),
      ).map((difference) => `${difference}${at}`),
    ];
  });
  const file = join(folder, ANSWER_FILE);
  const isOther =
    isToItsEnd(recording, lines) && existsSync(file) && readFileSync(file, "utf8") !== results.at(-1)?.answer;
  return isOther ? [...differences, `the answer is not that of ${ANSWER_FILE}`] : differences;
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
