/** In what a run that was run again differs from what is on record of it. Pure, but for the contents that it reads. */
import { hash } from "node:crypto";
import type { JournalLine } from "../../journal/events.ts";
import { contentText } from "../../journal/recorded-messages.ts";
import { foldRun, type RunView } from "../../journal/run-view.ts";
import type { RunResult } from "../../../state/run-result.ts";
import type { Recording } from "./recording.ts";

interface Recorded {
  recording: Recording;
  lines: readonly JournalLine[];
}

/** Whether nothing that the run did is behind what was run again. */
export function isToItsEnd({ lines: reached }: Recording, lines: readonly JournalLine[]): boolean {
  return !lines.some(
    ({ seq, kind }) => seq > reached && (kind === "route" || kind === "reserve" || kind === "run-end"),
  );
}

/** `results`: at each of its ends. A line for each difference. */
export function replayDifferences(results: readonly RunResult[], { recording, lines }: Recorded): string[] {
  const ends = recording.sessions.flatMap(({ end }) => end ?? []);
  return results.flatMap((result, place) => {
    const end = ends[place];
    const then = end?.answer === undefined ? undefined : contentText(recording.contents, end.answer);
    const at = results.length > 1 ? ` at line ${end?.seq}` : "";
    return [
      ...(then === result.answer ? [] : [`the answer is not the one of the journal's end${at}`]),
      ...outcomesThatDiffer(result, foldRun(lines.slice(0, end?.seq))).map((difference) => `${difference}${at}`),
    ];
  });
}

function outcomesThatDiffer({ subtasks }: RunResult, { lanes }: RunView): string[] {
  return subtasks.flatMap(({ id, outcome, output }) => {
    const then = lanes.get(id)?.published?.data;
    const digest = hash("sha256", output);
    if (then?.outcome !== (outcome ?? undefined))
      return [`subtask ${id}: was ${then?.outcome ?? "not ended"}, is ${outcome ?? "not ended"}`];
    return then?.digest === undefined || then.digest === digest ? [] : [`subtask ${id}: its output is another`];
  });
}
