/** What a lane of a recorded run asked, what came of it, and which of that counts. Pure, but for the contents that it reads. */
import type { DataOf } from "../../journal/events.ts";
import { type RecordedMessage, contentJson } from "../../journal/recorded-messages.ts";
import type { Contents } from "../../ports/board.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Usage } from "../../../state/usage.ts";

/** Where in a run something was asked. The coordinator has no subtask. */
export interface LanePlace {
  subtask?: string | undefined;
  attempt?: number | undefined;
}

/** A model call that was made, and what became of it. */
export interface RecordedTurn extends LanePlace {
  /** Of the line that reserved for it. */
  seq: number;
  id: string;
  purpose: string;
  messages: string;
  artifacts: number;
  /** How many processes worked on the run before. */
  generation: number;
  isSecond: boolean;
  hasTools: boolean;
  came?: DataOf<"model-call"> & { seq: number };
  usage?: Usage;
  accounts: string[];
  /** Done again by another process. */
  isSuperseded: boolean;
  /** The line by which its lane had gone on from it; 0: nothing says that it did. */
  keptAt: number;
  isGiven: boolean;
}

/** What stands in a signal's line and was no reply to a call. */
export type RefusedTurn = { seq: number; signal: Signal; isGiven: boolean };

export interface RecordedLane {
  turns: RecordedTurn[];
  refusals: RefusedTurn[];
  recoveries: number[];
  compacted: number[];
  /** Lines that a step leaves behind when it is over: what came before them was kept. */
  marks: number[];
}

export function emptyLane(): RecordedLane {
  return { turns: [], refusals: [], recoveries: [], compacted: [], marks: [] };
}

export function laneOf({ subtask, attempt }: LanePlace): string {
  return subtask === undefined ? "" : `${subtask}/${attempt}`;
}

export function isUsable({ came, isSuperseded }: RecordedTurn): boolean {
  return came !== undefined && !isSuperseded;
}

/** Marks the calls whose process died before what they led to was kept, and whose step another one did again; and when others were kept. */
export function settleLane({ turns, recoveries, compacted, marks }: RecordedLane, contents: Contents): void {
  for (const turn of turns) turn.keptAt = marks.find((seq) => seq > (turn.came?.seq ?? Infinity)) ?? 0;
  for (const [place, turn] of turns.entries()) {
    const later = turns.slice(place + 1).filter(({ generation }) => generation > turn.generation);
    const next = turns.slice(place + 1).find(({ came }) => came !== undefined);
    const same = later.find(({ messages }) => messages === turn.messages);
    const between = (lines: readonly number[], until: number): boolean =>
      lines.some((seq) => seq > turn.seq && seq < until);
    if (same !== undefined) {
      turn.isSuperseded = turn.came?.signal === undefined || !between(recoveries, same.seq);
      // Asked again, a step has seen what it wrote itself the first time.
      if (turn.isSuperseded) same.artifacts = Math.min(same.artifacts, turn.artifacts);
    } else if (next !== undefined && next.generation > turn.generation && turn.purpose === "work")
      turn.isSuperseded =
        turn.came?.signal === undefined &&
        !between([...compacted, ...recoveries], next.seq) &&
        !goesOn(contents, next, turn);
  }
}

/** Whether what is asked builds on the reply to what was asked then. */
function goesOn(contents: Contents, { messages }: RecordedTurn, before: RecordedTurn): boolean {
  for (let digest: string | undefined = messages; digest !== undefined && digest !== "";) {
    const message: RecordedMessage = contentJson(contents, digest);
    if (message.before === before.messages) return message.role === "assistant";
    digest = message.before;
  }
  return false;
}
