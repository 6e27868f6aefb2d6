/** What a lane of a recorded run asked, what came of it, and which of that counts. Pure, but for the contents that it reads. */
import {
  linesOf,
  type DataOf,
  type JournalKind,
  type JournalLine,
  type LineOf,
  type Place,
} from "../../journal/events.ts";
import { type RecordedMessage, contentJson } from "../../journal/recorded-messages.ts";
import type { Contents } from "../../ports/board.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Usage } from "../../../state/usage.ts";

/** A model call that was made, and what became of it. */
export interface RecordedTurn extends Place {
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
  came: (DataOf<"model-call"> & { seq: number }) | undefined;
  usage: Usage | undefined;
  accounts: string[];
  /** Done again by another process. */
  isSuperseded: boolean;
  /** The line by which its lane had gone on from it; 0: nothing says that it did. */
  keptAt: number;
  isGiven: boolean;
}

/** What stands in a signal's line and was no reply to a call. */
export type RefusedTurn = { seq: number; signal: Signal; isGiven: boolean };

export type RecordedAnswer = DataOf<"tool-call"> & { seq: number };

export interface RecordedLane {
  turns: RecordedTurn[];
  refusals: RefusedTurn[];
  /** By step and call; of the coordinator those of each session. */
  answers: ReadonlyMap<string, RecordedAnswer[]>;
  recoveries: number[];
  compacted: number[];
  /** Lines that a step leaves behind when it is over: what came before them was kept. */
  marks: number[];
}

/** `lines`: of the lane; `starts`: those with which processes went on with the run. */
export function recordedLane(lines: readonly JournalLine[], starts: readonly number[]): RecordedLane {
  const seqsOf = (kind: JournalKind): number[] => linesOf(lines, kind).map(({ seq }) => seq);
  const came = new Map(linesOf(lines, "model-call").map(({ seq, data }) => [data.id, { ...data, seq }]));
  const usages = new Map(linesOf(lines, "settle").map(({ data }) => [data.id, data.usage]));
  const answers = linesOf(lines, "tool-call").map(({ seq, data }) => ({ ...data, seq }));
  return {
    turns: linesOf(lines, "reserve").map((line) => {
      const generation = starts.filter((seq) => seq < line.seq).length;
      return turnOf(line, { generation, came: came.get(line.data.id), usage: usages.get(line.data.id) });
    }),
    refusals: linesOf(lines, "signal").flatMap(({ seq, data: { kind, evidence } }) =>
      kind === "budget" || kind === "deadline" ? [{ seq, signal: { kind, evidence }, isGiven: false }] : [],
    ),
    answers: Map.groupBy(answers, ({ turn = 0, call = "" }) => answerKey(turn, call)),
    recoveries: seqsOf("recovery"),
    compacted: seqsOf("compact"),
    marks: lines.filter(isMark).map(({ seq }) => seq),
  };
}

export function answerKey(turn: number, call: string): string {
  return `${turn}/${call}`;
}

function turnOf(
  { seq, subtask, attempt, data }: LineOf<"reserve">,
  { generation, came, usage }: Pick<RecordedTurn, "generation" | "came" | "usage">,
): RecordedTurn {
  const { id, purpose, messages = "", artifacts = 0, secondAttempt: isSecond = false, accounts = [] } = data;
  return {
    seq,
    subtask,
    attempt,
    id,
    purpose,
    messages,
    artifacts,
    generation,
    isSecond,
    came,
    usage,
    accounts,
    hasTools: data.tools !== undefined,
    isSuperseded: false,
    keptAt: 0,
    isGiven: false,
  };
}

/** Whether the line says that its lane had gone on from what came before. */
function isMark({ kind, subtask, data }: JournalLine): boolean {
  if (["tool-call", "reserve", "signal", "recovery", "compact", "publish"].includes(kind)) return true;
  if (kind === "plan") return data.origin !== "resume";
  return subtask === undefined && ["check", "interrupt", "run-end"].includes(kind);
}

export function laneOf({ subtask, attempt }: Place): string {
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
