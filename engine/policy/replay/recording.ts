/**
 * The recording of a run, from its journal and its contents, as who runs it again asks for it: by place, not by time. What a lane is
 * told depends on its own requests alone, so lanes need no order among themselves; writes to shared artifacts have that of their log.
 * Pure, but for the contents that it reads.
 *
 * 1. What a process that was killed had begun, and another has done again, counts once: the last time.
 * 2. Of a call and the second attempts that raced it there is one reply.
 * 3. Each reply is given once.
 * 4. Of what came in from outside, and of what came after it, nothing is said before its session has begun (`sessions.ts`).
 */
import type { DataOf, JournalLine, LineOf } from "../../journal/events.ts";
import { type RecordedMessage, contentText, contentJson } from "../../journal/recorded-messages.ts";
import { readSetup } from "../../journal/run-events.ts";
import type { Contents } from "../../ports/board.ts";
import type { ChangedDocuments } from "../../../state/left-out.ts";
import { withChanges } from "../../../state/left-out.ts";
import type { Signal } from "../../../state/signal.ts";
import type { ArtifactEvent } from "../../../state/artifact.ts";
import type { RouteDecision } from "../route/route.ts";
import {
  emptyLane,
  isUsable,
  laneOf,
  settleLane,
  type LanePlace,
  type RecordedLane,
  type RecordedTurn,
} from "./recorded-lane.ts";
import { RecordedWrites } from "./recorded-writes.ts";
import { sessionsOf, type Session } from "./sessions.ts";

export type RecordedAnswer = DataOf<"tool-call"> & { seq: number };

type Said<Data> = { seq: number; data: Data };

/** Why a run of an earlier release cannot be run again. */
export const LESS_ON_RECORD = "its journal is of a release that put less on record";

export class Recording {
  readonly contents: Contents;
  readonly #lanes = new Map<string, RecordedLane>();
  readonly #calls = new Map<string, RecordedTurn>();
  readonly #answers = new Map<string, RecordedAnswer>();
  readonly #said = new Map<string, Said<string>>();
  readonly #asked = new Set<string>();
  readonly #verdicts = new Map<string, DataOf<"check">>();
  readonly #citations = new Map<string, string>();
  /** Of the coordinator's calls, by the same keys: those of each session. */
  readonly #told = new Map<string, RecordedAnswer[]>();
  readonly #routes = new Map<string, Said<DataOf<"route">>[]>();
  readonly #begun = new Set<string>();
  readonly #ends = new Map<string, Said<DataOf<"attempt-end">>>();
  readonly #published = new Map<string, number>();
  readonly #denied: number[] = [];
  readonly #writes: RecordedWrites;
  readonly sessions: readonly Session[];
  readonly start: DataOf<"run-start"> | undefined;
  /** Why the run cannot be run again from this, in one clause. */
  readonly obstacle: string | undefined;
  #generation = 0;
  #session = 0;
  /** Lines from this one on are of later sessions. */
  #limit = Infinity;
  #over = Promise.withResolvers<void>();

  constructor(contents: Contents, lines: readonly JournalLine[]) {
    this.contents = contents;
    this.#writes = new RecordedWrites(contents);
    const [first] = lines;
    this.start = first?.kind === "run-start" ? first.data : undefined;
    this.sessions = sessionsOf(lines, (one, other) => one === other || this.#rulesIn(one) === this.#rulesIn(other));
    if (readSetup(contents, this.start?.setup) === undefined) this.obstacle = LESS_ON_RECORD;
    else if (this.sessions.length === 0) this.obstacle = "it has not ended";
    for (const line of lines) if (line.seq <= this.lines) this.#take(line);
    for (const lane of this.#lanes.values()) settleLane(lane, contents);
    this.begin(0);
  }

  /** The lines of it, up to the end that is reached last. */
  get lines(): number {
    return this.sessions.at(-1)?.end?.seq ?? 0;
  }

  /** From now on this session of it is run again. */
  begin(session: number): void {
    this.#session = session;
    this.#limit = this.sessions[session + 1]?.from ?? Infinity;
    this.#over = Promise.withResolvers();
    this.#lookForEnd();
  }

  /** What a dry run said of earlier runs of its home, of which nothing else is on record here. */
  get forecast(): string | undefined {
    const answer = this.sessions[this.#session]?.end?.answer;
    return answer === undefined ? undefined : contentText(this.contents, answer);
  }

  /** Whether the session that has begun has no reply left to give. */
  get isOver(): boolean {
    return !this.calls.some((turn) => this.#isOpen(turn));
  }

  /** Resolves once that is so, in a session that has no end. */
  over(): Promise<void> {
    return this.#over.promise;
  }

  /** How many questions nobody was there to answer, so far. */
  get denied(): number {
    return this.#denied.filter((seq) => seq < this.#limit).length;
  }

  get changedDocuments(): ChangedDocuments | undefined {
    const found = this.sessions.slice(0, this.#session + 1).flatMap(({ changedDocuments }) => changedDocuments ?? []);
    return found.reduce<ChangedDocuments | undefined>(withChanges, undefined);
  }

  get calls(): RecordedTurn[] {
    return [...this.#calls.values()].filter((turn) => isUsable(turn) && !turn.isSecond);
  }

  /** The next reply to these messages, in this lane; undefined: they were not asked. */
  turn(place: LanePlace, messages: string | undefined): { turn: RecordedTurn; spent: RecordedTurn[] } | undefined {
    const { turns } = this.#laneAt(place);
    const first = turns.findIndex((turn) => turn.messages === messages && this.#isOpen(turn));
    if (first < 0) return undefined;
    // Second attempts stand behind the call that they race.
    const end = turns.findIndex((turn, place) => place > first && !(turn.isSecond && turn.messages === messages));
    const race = turns.slice(first, end < 0 ? undefined : end);
    const won = race.filter((turn) => isUsable(turn) && turn.came?.signal === undefined);
    const winner = won.toSorted((one, other) => (one.came?.seq ?? 0) - (other.came?.seq ?? 0))[0] ?? race[0];
    // What came before it in this lane and was lost, or done again, was paid for too.
    const spent = turns.slice(0, end < 0 ? undefined : end).filter(({ isGiven }) => !isGiven);
    for (const turn of spent) turn.isGiven = turn.isGiven || !isUsable(turn) || race.includes(turn);
    this.#lookForEnd();
    return winner === undefined ? undefined : { turn: winner, spent: spent.filter(({ isGiven }) => isGiven) };
  }

  /** Why a turn was refused that never became a call; undefined: none was, at this point of the lane. */
  refusal(place: LanePlace): Signal | undefined {
    const lane = this.#laneAt(place);
    const next = lane.turns.find((turn) => isUsable(turn) && !turn.isGiven)?.seq ?? Infinity;
    const refused = lane.refusals.find(({ isGiven, seq }) => !isGiven && seq < next && seq < this.#limit);
    if (refused !== undefined) refused.isGiven = true;
    return refused?.signal;
  }

  /**
   * Whether the lane was left where it is now, in a session that has no end: what it asks for next was not there before another session,
   * if ever.
   */
  isLeft(place: LanePlace): boolean {
    if (this.sessions[this.#session]?.end !== undefined) return false;
    const { turns, refusals } = this.#laneAt(place);
    if (turns.some((turn) => this.#isOpen(turn)) || (this.#published.get(laneOf(place)) ?? Infinity) < this.#limit)
      return false;
    return place.subtask !== undefined || !refusals.some(({ isGiven, seq }) => !isGiven && seq < this.#limit);
  }

  /** Whether the next call of the coordinator may call tools. */
  offersTools(): boolean {
    return this.#laneAt({}).turns.find((turn) => this.#isOpen(turn))?.hasTools === true;
  }

  /** The calls that are still to come in this session, first those of this lane. */
  waiting(place: LanePlace): RecordedTurn[] {
    const open = [...this.#calls.values()].filter((turn) => this.#isOpen(turn));
    const isHere = (turn: LanePlace): boolean => laneOf(turn) === laneOf(place);
    return [...open.filter(isHere), ...open.filter((turn) => !isHere(turn))];
  }

  message(turn: RecordedTurn): RecordedMessage | undefined {
    const reply = turn.came?.reply;
    return reply === undefined ? undefined : contentJson(this.contents, reply);
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
    const key = callKey(place, turn, call);
    if (place.subtask === undefined) return this.#told.get(key)?.findLast(({ seq }) => seq < this.#limit);
    return this.#answers.get(key);
  }

  /** What a person said to this question, as it was given; undefined: nobody did. */
  said(key: string): unknown {
    const given = this.#said.get(key);
    if (given === undefined) return this.#approvedThere(key) ? "approve" : undefined;
    if (given.seq >= this.#limit) return undefined;
    return contentJson(this.contents, given.data);
  }

  /** A plan that was approved in the run that this one leaves behind its review: here nobody was asked. */
  #approvedThere(key: string): boolean {
    return key.startsWith("plan/") && this.start?.parent?.checkpoint !== undefined && !this.#asked.has(key);
  }

  verdict(key: string): DataOf<"check"> | undefined {
    return this.#verdicts.get(key);
  }

  /** What was found of a text's citations, as JSON. */
  citations(key: string): string | undefined {
    const found = this.#citations.get(key);
    return found === undefined ? undefined : contentText(this.contents, found);
  }

  route(subtask: string, attempt: number): RouteDecision | undefined {
    const route = this.#routes.get(laneOf({ subtask, attempt }))?.findLast(({ seq }) => seq < this.#limit);
    if (route === undefined) return undefined;
    const { agent, rule, candidates, rejected } = route.data;
    return { subtask, agent: agent ?? undefined, rule: rule.replace(/^reassigned: /, ""), candidates, rejected };
  }

  unbegun(place: LanePlace): DataOf<"attempt-end"> | undefined {
    const end = this.#begun.has(laneOf(place)) ? undefined : this.#ends.get(laneOf(place));
    return end === undefined || end.seq >= this.#limit ? undefined : end.data;
  }

  /** The place in the log of the next write that is known by this key; undefined: it left none. */
  nextWrite(key: string): number | undefined {
    return this.#writes.next(key);
  }

  /**
   * The write at this place of the log, where a process that was killed had made it, and its step was done again by another one, which
   * found it there; with its content, where that is kept whole.
   */
  orphan(place: number): { event: ArtifactEvent; content: string | undefined } | undefined {
    const found = this.#writes.at(place);
    const by = found?.event.version?.by ?? found?.event.conflict?.by;
    if (found === undefined || by === undefined) return undefined;
    const answer = [...this.#answers.values()].find((one) => one.turn === by.turn && this.#isAt(one, by));
    const asked = this.#laneAt(by).turns.findLast((turn) => isUsable(turn) && turn.seq < (answer?.seq ?? 0));
    if (asked === undefined || asked.seq < found.line) return undefined;
    return this.#writes.takeOut(found.event);
  }

  #take(line: JournalLine): void {
    const { seq } = line;
    if (isMark(line)) this.#laneAt(line).marks.push(seq);
    if (line.kind === "process-start") this.#generation += 1;
    else if (line.kind === "reserve") this.#reserve(line);
    else if (line.kind === "model-call" || line.kind === "settle") this.#came(line);
    else if (line.kind === "signal") this.#signal(line);
    else if (line.kind === "recovery") this.#laneAt(line).recoveries.push(seq);
    else if (line.kind === "tool-call") this.#answered(line);
    else this.#fact(line);
  }

  #answered(line: LineOf<"tool-call">): void {
    const key = callKey(line, line.data.turn ?? 0, line.data.call ?? "");
    const answer = { ...line.data, seq: line.seq };
    if (line.subtask === undefined) this.#told.set(key, [...(this.#told.get(key) ?? []), answer]);
    else this.#answers.set(key, answer);
  }

  #fact(line: JournalLine): void {
    const { seq } = line;
    const place = laneOf(line);
    if (line.kind === "interrupt") this.#asked.add(line.data.key?.replace(/^interrupt\//, "") ?? "");
    if (line.kind === "resume") this.#resumed(line);
    if (line.kind === "check" && line.data.key !== undefined) this.#verdicts.set(line.data.key, line.data);
    if (line.kind === "citations" && line.data.key !== undefined) this.#citations.set(line.data.key, line.data.content);
    if (line.kind === "compact") this.#laneAt(line).compacted.push(seq);
    if (line.kind === "route") this.#routes.set(place, [...(this.#routes.get(place) ?? []), { seq, data: line.data }]);
    if (line.kind === "attempt-start") this.#begun.add(place);
    if (line.kind === "attempt-end") this.#ends.set(place, { seq, data: line.data });
    if (line.kind === "publish" && !this.#published.has(place)) this.#published.set(place, seq);
    if (line.kind === "write" || line.kind === "conflict") this.#writes.take(seq, line.data.content);
  }

  #resumed({ seq, data: { kind, key, answer, by } }: LineOf<"resume">): void {
    if (by === "default" && kind !== "answer") this.#denied.push(seq);
    if (answer !== undefined && key !== undefined) this.#said.set(key.replace(/^resume\//, ""), { seq, data: answer });
  }

  #reserve({ seq, subtask, attempt, data }: LineOf<"reserve">): void {
    const { id, purpose, messages = "", artifacts = 0, secondAttempt: isSecond = false, accounts = [] } = data;
    const turn: RecordedTurn = {
      ...{ seq, subtask, attempt, id, purpose, messages, artifacts, generation: this.#generation, isSecond, accounts },
      ...{ hasTools: data.tools !== undefined, isSuperseded: false, keptAt: 0, isGiven: false },
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

  /** Whether its reply is still to be given, and in this session. */
  #isOpen(turn: RecordedTurn): boolean {
    if (turn.isGiven || !isUsable(turn) || turn.seq >= this.#limit) return false;
    // What nothing went on from may be what the last one went on from.
    return this.#limit === Infinity || (turn.keptAt > 0 && turn.keptAt < this.#limit);
  }

  #lookForEnd(): void {
    const hasEnd = this.sessions[this.#session]?.end !== undefined;
    if (!hasEnd && this.isOver) this.#over.resolve();
  }

  /** What of a setup says how a run works, whatever it was asked. */
  #rulesIn(setup: string | undefined): string {
    return JSON.stringify({ ...readSetup(this.contents, setup), question: undefined });
  }

  #laneAt(place: LanePlace): RecordedLane {
    const key = laneOf(place);
    const known = this.#lanes.get(key) ?? emptyLane();
    this.#lanes.set(key, known);
    return known;
  }
}

/** Whether the line says that its lane had gone on from what came before. */
function isMark({ kind, subtask, data }: JournalLine): boolean {
  if (["tool-call", "reserve", "signal", "recovery", "compact", "publish"].includes(kind)) return true;
  if (kind === "plan") return data.origin !== "resume";
  return subtask === undefined && ["check", "interrupt", "run-end"].includes(kind);
}

function callKey(place: LanePlace, turn: number, call: string): string {
  return `${laneOf(place)}/${turn}/${call}`;
}
