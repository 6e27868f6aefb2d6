/** The two lines about the end of an attempt: how it ended, and what of its result is on the board. */
import type { DataOf } from "../../journal/events.ts";
import type { SubtaskResult } from "../../../state/lane-record.ts";
import type { Run } from "./run.ts";

interface End extends Pick<DataOf<"publish">, "accepted" | "digest"> {
  /** What tells it from other ends in the journal. */
  key: string;
  /** Said in both lines. */
  marks: Pick<DataOf<"attempt-end">, "again" | "keptFrom">;
}

/** Once for a key. */
export async function recordEnd(run: Run, result: SubtaskResult, { key, digest, accepted, marks }: End): Promise<void> {
  const { subtask, attempt, agent, outcome, cause, steps, startedAt, endedAt, waitedForSlotMs } = result;
  const characters = result.kept?.characters ?? result.output.length;
  const ended = { agent, outcome, cause, steps, ...marks };
  const published = { accepted, outcome, characters, digest, startedAt, endedAt, waitedForSlotMs, ...marks };
  await Promise.all([
    run.record.once(`attempt-end/${key}`, { kind: "attempt-end", subtask, attempt, data: ended }),
    run.record.once(`publish/${key}`, { kind: "publish", subtask, attempt, data: published }),
  ]);
}
