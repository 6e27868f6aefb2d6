/**
 * The recording of a run, from its journal and its contents, as who runs it again asks for it: by place, not by time. What a lane is
 * told depends on its own requests alone, so lanes need no order among themselves; writes to shared artifacts have that of their log.
 * Pure, but for the contents that it reads.
 *
 * 1. What a process that was killed had begun, and another has done again, counts once: the last time.
 * 2. Of a call and the second attempts that raced it there is one reply.
 * 3. Each reply is given once.
 */
import type { DataOf, JournalLine, LineOf } from "../../journal/events.ts";
import type { RecordedMessage } from "../../journal/recorded-messages.ts";
import type { Contents } from "../../ports/board.ts";
import type { ChangedDocuments } from "../../../state/left-out.ts";
import { withChanges } from "../../../state/left-out.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Usage } from "../../../state/usage.ts";
import type { ArtifactEvent } from "../../../state/artifact-event.ts";
import type { RouteDecision } from "../route/route.ts";
import { contentText } from "./recorded-text.ts";

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
  came?: DataOf<"model-call"> & { seq: number };
  usage?: Usage;
  accounts: string[];
  /** Done again by another process. */
  isSuperseded: boolean;
  isGiven: boolean;
}

export type RecordedAnswer = DataOf<"tool-call"> & { seq: number };

/** What stands in a signal's line and was no reply to a call. */
type RefusedTurn = { seq: number; signal: Signal; isGiven: boolean };

interface RecordedLane {
  turns: RecordedTurn[];
  refusals: RefusedTurn[];
  recoveries: number[];
  compacted: number[];
}

export class Recording {
  readonly contents: Contents;
  readonly #lanes = new Map<string, RecordedLane>();
  readonly #calls = new Map<string, RecordedTurn>();
  readonly #answers = new Map<string, RecordedAnswer>();
  readonly #said = new Map<string, string>();
  readonly #verdicts = new Map<string, DataOf<"check">>();
  readonly #routes = new Map<string, DataOf<"route">>();
  readonly #begun = new Set<string>();
  readonly #ends = new Map<string, DataOf<"attempt-end">>();
  readonly #writes = new Map<string, number[]>();
  readonly #events = new Map<number, { event: ArtifactEvent; line: number }>();
  readonly #known = new Set<string>();
  #generation = 0;
  #head = 0;
  start: DataOf<"run-start"> | undefined;
  /** Of the first end of the run: what its answer was. */
  end: (DataOf<"run-end"> & { seq: number }) | undefined;
  changedDocuments: ChangedDocuments | undefined;
  /** Why the run cannot be run again from this, in one clause. */
  obstacle: string | undefined;

  constructor(contents: Contents, lines: Iterable<JournalLine>) {
    this.contents = contents;
    for (const line of lines) this.#take(line);
    for (const lane of this.#lanes.values()) this.#supersede(lane);
    if (this.start?.setup === undefined) this.obstacle = "its journal is of a release that put less on record";
    else if (this.start.parent !== undefined && this.start.parent.followUp !== true)
      this.obstacle = `it is a fork, and took lanes over from run ${this.start.parent.runId}`;
    else if (this.end === undefined) this.obstacle ??= "it has not ended";
  }

  /** The lines of it, up to the end that is run again. */
  get lines(): number {
    return this.#head;
  }

  /** The calls whose replies are to be given. */
  get calls(): RecordedTurn[] {
    return [...this.#calls.values()].filter((turn) => isUsable(turn) && !turn.isSecond);
  }

  /** The next reply to these messages, in this lane; undefined: they were not asked. */
  turn(place: LanePlace, messages: string | undefined): { turn: RecordedTurn; spent: RecordedTurn[] } | undefined {
    const { turns } = this.#laneAt(place);
    const asked = (turn: RecordedTurn): boolean => turn.messages === messages && !turn.isGiven;
    const first = turns.findIndex((turn) => asked(turn) && isUsable(turn));
    if (first < 0) return undefined;
    // Second attempts stand behind the call that they race.
    const end = turns.findIndex((turn, place) => place > first && !(turn.isSecond && turn.messages === messages));
    const race = turns.slice(first, end < 0 ? undefined : end);
    const won = race.filter((turn) => isUsable(turn) && turn.came?.signal === undefined);
    const winner = won.toSorted((one, other) => (one.came?.seq ?? 0) - (other.came?.seq ?? 0))[0] ?? race[0];
    // What came before it in this lane and was lost, or done again, was paid for too.
    const spent = turns.slice(0, end < 0 ? undefined : end).filter(({ isGiven }) => !isGiven);
    for (const turn of spent) turn.isGiven = turn.isGiven || !isUsable(turn) || race.includes(turn);
    return winner === undefined ? undefined : { turn: winner, spent: spent.filter(({ isGiven }) => isGiven) };
  }

  /** Why a turn was refused that never became a call; undefined: none was, at this point of the lane. */
  refusal(place: LanePlace): Signal | undefined {
    const lane = this.#laneAt(place);
    const next = lane.turns.find((turn) => isUsable(turn) && !turn.isGiven)?.seq ?? Infinity;
    const refused = lane.refusals.find(({ isGiven, seq }) => !isGiven && seq < next);
    if (refused !== undefined) refused.isGiven = true;
    return refused?.signal;
  }

  /** The calls that are still to come, first those of this lane. */
  waiting(place: LanePlace): RecordedTurn[] {
    const open = [...this.#calls.values()].filter((turn) => isUsable(turn) && !turn.isGiven);
    const isHere = (turn: LanePlace): boolean => laneOf(turn) === laneOf(place);
    return [...open.filter(isHere), ...open.filter((turn) => !isHere(turn))];
  }

  /** Whether any call is still to come. */
  get isUsedUp(): boolean {
    return this.calls.every(({ isGiven }) => isGiven);
  }

  message(turn: RecordedTurn): RecordedMessage | undefined {
    const reply = turn.came?.reply;
    return reply === undefined ? undefined : (JSON.parse(contentText(this.contents, reply)) as RecordedMessage);
  }

  /** How many writes to shared artifacts the next turn of a lane has seen. */
  writesSeen(place: LanePlace, turn?: number): number {
    if (turn === undefined) return this.waiting(place).find((one) => laneOf(one) === laneOf(place))?.artifacts ?? 0;
    const ofTurn = [...this.#answers.values()].filter((answer) => answer.turn === turn);
    return Math.max(0, ...ofTurn.flatMap((answer) => (this.#isAt(answer, place) ? (answer.artifacts ?? 0) : [])));
  }

  #isAt(answer: RecordedAnswer, { subtask, attempt }: LanePlace): boolean {
    return this.#answers.get(callKey({ subtask, attempt }, answer.turn ?? 0, answer.call ?? "")) === answer;
  }

  answer(place: LanePlace, turn: number, call: string): RecordedAnswer | undefined {
    return this.#answers.get(callKey(place, turn, call));
  }

  /** What a person said to this question, as it was given; undefined: nobody did. */
  said(key: string): unknown {
    const given = this.#said.get(key);
    return given === undefined ? undefined : (JSON.parse(contentText(this.contents, given)) as unknown);
  }

  verdict(key: string): DataOf<"check"> | undefined {
    return this.#verdicts.get(key);
  }

  /** Who an attempt went to. */
  route(subtask: string, attempt: number): RouteDecision | undefined {
    const route = this.#routes.get(laneOf({ subtask, attempt }));
    if (route === undefined) return undefined;
    const { agent, rule, candidates, rejected } = route;
    return { subtask, agent: agent ?? undefined, rule: rule.replace(/^reassigned: /, ""), candidates, rejected };
  }

  /** How an attempt ended that never began. */
  unbegun(place: LanePlace): DataOf<"attempt-end"> | undefined {
    return this.#begun.has(laneOf(place)) ? undefined : this.#ends.get(laneOf(place));
  }

  /** The place in the log of the next write that is known by this key; undefined: it left none. */
  nextWrite(key: string): number | undefined {
    return this.#writes.get(key)?.shift();
  }

  /**
   * The write at this place of the log, where a process that was killed had made it, and its step was done again by another one, which
   * found it there; with its content, where that is kept whole.
   */
  orphan(place: number): { event: ArtifactEvent; content: string | undefined } | undefined {
    const found = this.#events.get(place);
    const by = found?.event.version?.by ?? found?.event.conflict?.by;
    if (found === undefined || by === undefined) return undefined;
    const answer = [...this.#answers.values()].find((one) => one.turn === by.turn && this.#isAt(one, by));
    const asked = this.#laneAt(by).turns.findLast((turn) => isUsable(turn) && turn.seq < (answer?.seq ?? 0));
    if (asked === undefined || asked.seq < found.line) return undefined;
    const { event } = found;
    this.#events.delete(place);
    this.nextWrite(event.key);
    const hash = event.content === "whole" ? event.version?.hash : undefined;
    return { event, content: hash === undefined ? undefined : contentText(this.contents, hash) };
  }

  #take(line: JournalLine): void {
    if (line.kind === "process-start") this.#processStart(line);
    if (this.end !== undefined) return;
    this.#head = line.seq;
    if (line.kind === "run-start") this.start = line.data;
    else if (line.kind === "run-end") this.end = { ...line.data, seq: line.seq };
    else if (line.kind === "reserve") this.#reserve(line);
    else if (line.kind === "model-call" || line.kind === "settle") this.#came(line);
    else if (line.kind === "signal") this.#signal(line);
    else if (line.kind === "recovery") this.#laneAt(line).recoveries.push(line.seq);
    else if (line.kind === "tool-call")
      this.#answers.set(callKey(line, line.data.turn ?? 0, line.data.call ?? ""), { ...line.data, seq: line.seq });
    else this.#fact(line);
  }

  #processStart({ data: { changedDocuments } }: LineOf<"process-start">): void {
    this.#generation += 1;
    if (changedDocuments !== undefined && this.end === undefined)
      this.changedDocuments = withChanges(this.changedDocuments, changedDocuments);
  }

  #fact(line: JournalLine): void {
    const place = laneOf(line);
    if (line.kind === "resume" && line.data.answer !== undefined && line.data.key !== undefined)
      this.#said.set(line.data.key.replace(/^resume\//, ""), line.data.answer);
    if (line.kind === "check" && line.data.key !== undefined) this.#verdicts.set(line.data.key, line.data);
    if (line.kind === "compact") this.#laneAt(line).compacted.push(line.seq);
    if (line.kind === "route") this.#routes.set(place, line.data);
    if (line.kind === "attempt-start") this.#begun.add(place);
    if (line.kind === "attempt-end") this.#ends.set(place, line.data);
    if (line.kind === "write" || line.kind === "conflict") this.#wrote(line.seq, line.data.content);
    if (line.kind === "plan" && line.data.origin === "resume")
      this.obstacle ??= `another plan was given to it on the way (line ${line.seq})`;
  }

  #wrote(line: number, content: string | undefined): void {
    if (content === undefined || this.#known.has(content)) return;
    this.#known.add(content);
    const event = JSON.parse(contentText(this.contents, content)) as ArtifactEvent;
    this.#events.set(event.seq, { event, line });
    const places = [...(this.#writes.get(event.key) ?? []), event.seq];
    this.#writes.set(
      event.key,
      places.toSorted((one, other) => one - other),
    );
  }

  #reserve({ seq, subtask, attempt, data }: LineOf<"reserve">): void {
    const { id, purpose, messages = "", artifacts = 0, secondAttempt: isSecond = false, accounts = [] } = data;
    const turn: RecordedTurn = {
      ...{ seq, subtask, attempt, id, purpose, messages, artifacts, generation: this.#generation, isSecond, accounts },
      ...{ isSuperseded: false, isGiven: false },
    };
    this.#calls.set(id, turn);
    this.#laneAt(turn).turns.push(turn);
  }

  #came(line: LineOf<"model-call"> | LineOf<"settle">): void {
    const turn = this.#calls.get(line.data.id);
    if (turn === undefined) return;
    if (line.kind === "settle") turn.usage = line.data.usage;
    else turn.came = { ...line.data, seq: line.seq };
  }

  /** Refusals alone: what came of a call stands in its own line. */
  #signal({ seq, subtask, attempt, data }: LineOf<"signal">): void {
    const { kind, evidence } = data;
    if (kind !== "budget" && kind !== "deadline") return;
    this.#laneAt({ subtask, attempt }).refusals.push({ seq, signal: { kind, evidence }, isGiven: false });
  }

  /** A call whose process died before what it led to was kept: its step was done again by another one. */
  #supersede({ turns, recoveries, compacted }: RecordedLane): void {
    for (const [place, turn] of turns.entries()) {
      const later = turns.slice(place + 1).filter(({ generation }) => generation > turn.generation);
      const [next] = turns.slice(place + 1).filter(isCame);
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
          !this.#goesOn(next, turn);
    }
  }

  /** Whether what is asked builds on the reply to what was asked then. */
  #goesOn({ messages }: RecordedTurn, before: RecordedTurn): boolean {
    for (let digest: string | undefined = messages; digest !== undefined && digest !== "";) {
      const message = JSON.parse(contentText(this.contents, digest)) as RecordedMessage;
      if (message.before === before.messages) return message.role === "assistant";
      digest = message.before;
    }
    return false;
  }

  #laneAt(place: LanePlace): RecordedLane {
    const key = laneOf(place);
    const known = this.#lanes.get(key) ?? { turns: [], refusals: [], recoveries: [], compacted: [] };
    this.#lanes.set(key, known);
    return known;
  }
}

function laneOf({ subtask, attempt }: LanePlace): string {
  return subtask === undefined ? "" : `${subtask}/${attempt}`;
}

function callKey(place: LanePlace, turn: number, call: string): string {
  return `${laneOf(place)}/${turn}/${call}`;
}

function isCame({ came }: RecordedTurn): boolean {
  return came !== undefined;
}

function isUsable({ came, isSuperseded }: RecordedTurn): boolean {
  return came !== undefined && !isSuperseded;
}
