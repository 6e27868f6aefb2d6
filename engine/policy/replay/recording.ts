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
import { linesOf, type DataOf, type JournalLine, type LineOf, type Place } from "../../journal/events.ts";
import { type RecordedMessage, contentText, contentJson } from "../../journal/recorded-messages.ts";
import { readSetup } from "../../journal/run-events.ts";
import type { Contents } from "../../ports/board.ts";
import type { ChangedDocuments } from "../../../state/left-out.ts";
import { withChanges } from "../../../state/left-out.ts";
import type { Signal } from "../../../state/signal.ts";
import type { ArtifactEvent } from "../../../state/artifact.ts";
import type { RouteDecision } from "../route/route.ts";
import {
  answerKey,
  isUsable,
  laneOf,
  recordedLane,
  settleLane,
  type RecordedAnswer,
  type RecordedLane,
  type RecordedTurn,
} from "./recorded-lane.ts";
import { RecordedWrites } from "./recorded-writes.ts";
import { sessionsOf, type Session } from "./sessions.ts";

/** Why a run of an earlier release cannot be run again. */
export const LESS_ON_RECORD = "its journal is of a release that put less on record";

export class Recording {
  readonly contents: Contents;
  readonly #lanes: ReadonlyMap<string, RecordedLane>;
  readonly #turns: RecordedTurn[];
  readonly #said: ReadonlyMap<string, LineOf<"resume">>;
  readonly #asked: ReadonlySet<string>;
  readonly #verdicts: ReadonlyMap<string, LineOf<"check">[]>;
  readonly #citations: ReadonlyMap<string, string>;
  readonly #routes: ReadonlyMap<string, LineOf<"route">[]>;
  readonly #begun: ReadonlySet<string>;
  readonly #ends: ReadonlyMap<string, LineOf<"attempt-end">>;
  readonly #published: ReadonlyMap<string, LineOf<"publish">[]>;
  readonly #denied: LineOf<"resume">[];
  readonly #writes: RecordedWrites;
  readonly sessions: readonly Session[];
  readonly start: DataOf<"run-start"> | undefined;
  /** Why the run cannot be run again from this, in one clause. */
  readonly obstacle: string | undefined;
  #session = 0;
  /** Lines from this one on are of later sessions. */
  #limit = Infinity;
  #over = Promise.withResolvers<void>();

  constructor(contents: Contents, all: readonly JournalLine[]) {
    this.contents = contents;
    const [first] = all;
    this.start = first?.kind === "run-start" ? first.data : undefined;
    this.sessions = sessionsOf(all, (one, other) => one === other || this.#rulesIn(one) === this.#rulesIn(other));
    if (first === undefined) this.obstacle = "nothing of it is on record";
    else if (readSetup(contents, this.start?.setup) === undefined) this.obstacle = LESS_ON_RECORD;
    else if (this.sessions.length === 0) this.obstacle = "it has not ended";
    const lines = all.slice(0, this.lines);
    const starts = linesOf(lines, "process-start").map(({ seq }) => seq);
    const lanes = [...Map.groupBy(lines, laneOf)];
    this.#lanes = new Map(lanes.map(([place, own]) => [place, recordedLane(own, starts)]));
    for (const lane of this.#lanes.values()) settleLane(lane, contents);
    this.#turns = [...this.#lanes.values()].flatMap(({ turns }) => turns).sort((one, other) => one.seq - other.seq);
    const resumed = linesOf(lines, "resume");
    this.#said = keyed(resumed.filter(({ data }) => data.answer !== undefined));
    this.#denied = resumed.filter(({ data: { by, kind } }) => by === "default" && kind !== "answer");
    this.#asked = new Set(keyed(linesOf(lines, "interrupt")).keys());
    this.#verdicts = Map.groupBy(linesOf(lines, "check"), ({ data }) => checkedAs(data));
    this.#citations = new Map(linesOf(lines, "citations").map(({ data }) => [data.key ?? "", data.content]));
    this.#routes = Map.groupBy(linesOf(lines, "route"), laneOf);
    this.#begun = new Set(linesOf(lines, "attempt-start").map(laneOf));
    this.#ends = new Map(linesOf(lines, "attempt-end").map((line) => [laneOf(line), line]));
    this.#published = Map.groupBy(linesOf(lines, "publish"), laneOf);
    this.#writes = new RecordedWrites(contents, lines);
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
    return this.#denied.filter(({ seq }) => seq < this.#limit).length;
  }

  get changedDocuments(): ChangedDocuments | undefined {
    const found = this.sessions.slice(0, this.#session + 1).flatMap(({ changedDocuments }) => changedDocuments ?? []);
    return found.reduce<ChangedDocuments | undefined>(withChanges, undefined);
  }

  get calls(): RecordedTurn[] {
    return this.#turns.filter((turn) => isUsable(turn) && !turn.isSecond);
  }

  /** The next reply to these messages, in this lane; undefined: they were not asked. */
  turn(place: Place, messages: string | undefined): { turn: RecordedTurn; spent: RecordedTurn[] } | undefined {
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
  refusal(place: Place): Signal | undefined {
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
  isLeft(place: Place): boolean {
    if (this.sessions[this.#session]?.end !== undefined) return false;
    const { turns, refusals } = this.#laneAt(place);
    if (
      turns.some((turn) => this.#isOpen(turn)) ||
      (this.#published.get(laneOf(place))?.[0]?.seq ?? Infinity) < this.#limit
    )
      return false;
    return place.subtask !== undefined || !refusals.some(({ isGiven, seq }) => !isGiven && seq < this.#limit);
  }

  /** Whether the next call of the coordinator may call tools. */
  offersTools(): boolean {
    return this.#laneAt({}).turns.find((turn) => this.#isOpen(turn))?.hasTools === true;
  }

  /** The calls that are still to come in this session, first those of this lane. */
  waiting(place: Place): RecordedTurn[] {
    const open = this.#turns.filter((turn) => this.#isOpen(turn));
    const isHere = (turn: Place): boolean => laneOf(turn) === laneOf(place);
    return [...open.filter(isHere), ...open.filter((turn) => !isHere(turn))];
  }

  message(turn: RecordedTurn): RecordedMessage | undefined {
    const reply = turn.came?.reply;
    return reply === undefined ? undefined : contentJson(this.contents, reply);
  }

  /** How many writes to shared artifacts the next turn of a lane has seen. */
  writesSeen(place: Place, turn?: number): number {
    if (turn === undefined) return this.#laneAt(place).turns.find((one) => this.#isOpen(one))?.artifacts ?? 0;
    return Math.max(0, ...this.#answersIn(place, turn).map(({ artifacts = 0 }) => artifacts));
  }

  /** Of a step: where it was done again, those of the last time. */
  #answersIn(place: Place, turn: number | undefined): RecordedAnswer[] {
    const all = [...this.#laneAt(place).answers.values()].flatMap((each) => each.at(-1) ?? []);
    return all.filter((answer) => answer.turn === turn);
  }

  answer(place: Place, turn: number, call: string): RecordedAnswer | undefined {
    const answers = this.#laneAt(place).answers.get(answerKey(turn, call));
    return place.subtask === undefined ? answers?.findLast(({ seq }) => seq < this.#limit) : answers?.at(-1);
  }

  /** What was said to this question, as it was given; undefined: nothing was. `default`: nobody was there. */
  said(key: string): { given: unknown; by: "human" | "default" } | undefined {
    const { seq, data } = this.#said.get(key) ?? {};
    if (data?.answer === undefined) return this.#approvedThere(key) ? { given: "approve", by: "human" } : undefined;
    if (seq === undefined || seq >= this.#limit) return undefined;
    return { given: contentJson(this.contents, data.answer), by: data.by === "default" ? "default" : "human" };
  }

  /** A plan that was approved in the run that this one leaves behind its review: here nobody was asked. */
  #approvedThere(key: string): boolean {
    return key.startsWith("plan/") && this.start?.parent?.checkpoint !== undefined && !this.#asked.has(key);
  }

  /** What was said of a check about these versions. */
  verdict(key: string): DataOf<"check"> | undefined {
    return this.#verdicts.get(key)?.findLast(({ seq }) => seq < this.#limit)?.data;
  }

  /** What was found of a text's citations, as JSON. */
  citations(key: string): string | undefined {
    const found = this.#citations.get(key);
    return found === undefined ? undefined : contentText(this.contents, found);
  }

  route(place: Place): RouteDecision | undefined {
    const route = this.#routes.get(laneOf(place))?.findLast(({ seq }) => seq < this.#limit);
    return route && { ...route.data, rule: route.data.rule.replace(/^reassigned: /, "") };
  }

  unbegun(place: Place): DataOf<"attempt-end"> | undefined {
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
    const [answer] = this.#answersIn(by, by.turn);
    const asked = this.#laneAt(by).turns.findLast((turn) => isUsable(turn) && turn.seq < (answer?.seq ?? 0));
    if (asked === undefined || asked.seq < found.line) return undefined;
    return this.#writes.takeOut(found.event);
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

  #laneAt(place: Place): RecordedLane {
    return this.#lanes.get(laneOf(place)) ?? recordedLane([], []);
  }
}

/** What was asked, of a check: what nobody could say is on record with the reason behind it. */
function checkedAs({ key = "", verdict, evidence }: DataOf<"check">): string {
  return verdict === "unknown" ? key.slice(0, key.length - `/unknown/${evidence}`.length) : key;
}

/** By what was asked: their keys are `interrupt/…` and `resume/…`. */
function keyed<Line extends LineOf<"interrupt"> | LineOf<"resume">>(lines: readonly Line[]): ReadonlyMap<string, Line> {
  return new Map(lines.map((line) => [line.data.key?.replace(/^[^/]+\//, "") ?? "", line]));
}
