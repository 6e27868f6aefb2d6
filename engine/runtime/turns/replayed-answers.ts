/** What the tools of a run answer that is run again from its recording. */
import { isDeepStrictEqual } from "node:util";
import { SwarmError } from "../../../state/errors.ts";
import type { Signal } from "../../../state/signal.ts";
import type { CALL_OUTCOMES } from "../../journal/call-events.ts";
import { contentText } from "../../policy/replay/recorded-text.ts";
import type { LanePlace } from "../../policy/replay/recorded-lane.ts";
import type { Recording } from "../../policy/replay/recording.ts";

interface Called {
  id: string;
  name: string;
  args: unknown;
}

export interface ReplayedAnswer {
  outcome: (typeof CALL_OUTCOMES)[number];
  text: string;
  end?: Signal;
}

/** Throws SwarmError REPLAY_DIFFERS where this was not called. */
export function replayedAnswer(
  recording: Recording,
  place: LanePlace & { turn: number },
  call: Called,
): ReplayedAnswer {
  const { subtask, attempt, turn } = place;
  const where = `subtask ${subtask}, attempt ${attempt}, step ${turn}`;
  const known = recording.answer(place, turn, call.id);
  if (known === undefined)
    throw new SwarmError("REPLAY_DIFFERS", `${where}: ${call.name} is called (${call.id}), and was not then`);
  const { args, kept, seq } = known;
  const then = kept === undefined ? JSON.stringify(args) : contentText(recording.contents, kept.digest);
  const now = JSON.stringify(call.args);
  // A line has the members of an object in an order of its own.
  if (known.tool !== call.name || !isDeepStrictEqual(JSON.parse(then), JSON.parse(now)))
    throw new SwarmError(
      "REPLAY_DIFFERS",
      `${where}: the call of ${known.tool} at line ${seq} is another: recorded ${then.slice(0, 200)}, now ${call.name} ${now.slice(0, 200)}`,
    );
  const text = known.answer === undefined ? "" : contentText(recording.contents, known.answer);
  const isEnd = known.outcome === "ended";
  // Who ended it is said in the lane's next signal.
  const end = isEnd ? recording.refusal(place) : undefined;
  return { outcome: known.outcome, text, ...(end === undefined ? {} : { end }) };
}

/** Holds what a tool of the run's own answered against what it answered then. Throws SwarmError REPLAY_DIFFERS. */
export function checkAnswer(
  recording: Recording,
  place: LanePlace & { turn: number },
  { id, name, text }: Pick<Called, "id" | "name"> & { text: string },
): void {
  const known = recording.answer(place, place.turn, id);
  if (known?.answer === undefined) return;
  const then = contentText(recording.contents, known.answer);
  if (then === text) return;
  let at = 0;
  while (then[at] === text[at]) at += 1;
  throw new SwarmError(
    "REPLAY_DIFFERS",
    `subtask ${place.subtask}, attempt ${place.attempt}, step ${place.turn}: ${name} at line ${known.seq} answers something else, at character ${at + 1}: recorded ${JSON.stringify(then.slice(Math.max(0, at - 40), at + 40))}, now ${JSON.stringify(text.slice(Math.max(0, at - 40), at + 40))}`,
  );
}
