/**
 * What a run that is run again is told, and what it does again (docs/decisions/0053).
 *
 * 1. Told, since the world said it: replies of models (`replayed-turns.ts`), answers of people, tools and commands, what was found of
 *    citations, what a dry run forecast, what had become of documents, how many questions nobody was there to answer.
 * 2. Told, since it hung on time or on the order among lanes: who was given a subtask, how an attempt ended that never began, whether
 *    there were steps to read by or to add subtasks by, the order of writes to artifacts and how many of them a step had seen. A
 *    budget refuses no place and no deadline passes: what they ended ends as a signal on record, or as an attempt that never began.
 * 3. Done again and held against the record: what models are asked, what tools are called with, what tools for artifacts answer.
 * 4. Done again: all else. Plans, prompts, recovery, merges, checks by schema and by a judge, requests for subtasks, the answer.
 * 5. What is told is told at its place (`engine/policy/replay/recording.ts`); what is asked and was not asked then differs: REPLAY_DIFFERS.
 */
import { isDeepStrictEqual } from "node:util";
import type { Place } from "../../engine/journal/events.ts";
import { contentText } from "../../engine/journal/recorded-messages.ts";
import type { CitationReport } from "../../engine/policy/citations/check-citations.ts";
import { ARTIFACT_TOOLS } from "../../engine/policy/merge/artifact-rules.ts";
import type { RecordedAnswer } from "../../engine/policy/replay/recorded-lane.ts";
import type { Recording } from "../../engine/policy/replay/recording.ts";
import type { RouteDecision } from "../../engine/policy/route/route.ts";
import { keyOf } from "../../engine/runtime/artifacts/artifact-log.ts";
import { ADDED } from "../../engine/runtime/coordinator/request-subtasks.ts";
import {
  LIVE,
  type Account,
  type Called,
  type Effects,
  type Said,
  type ToolAnswer,
  type Unbegun,
  type Verdict,
  type WriteLog,
} from "../../engine/runtime/run/effects.ts";
import type { WriteOrigin } from "../../state/artifact.ts";
import { defined } from "../../state/is-record.ts";
import type { HumanRequest } from "../../state/review.ts";
import { REQUEST_SUBTASKS } from "../../tools/tool-names.ts";
import { differs, placeText } from "./replayed-turns.ts";

type Step = Place & { turn: number };

export class ReplayedEffects implements Effects {
  readonly #recording: Recording;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** Where nobody has answered yet the run stands still, as it did. */
  answer(key: string, request: HumanRequest): Said {
    if (request.problem !== undefined)
      throw differs(`the answer on record to ${key} could not be used: ${request.problem}`);
    return this.#recording.said(key) ?? LIVE.answer(key, request);
  }

  async tool(place: Step, call: Called, run: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
    const isAgain = ARTIFACT_TOOLS.has(call.name);
    const then = isAgain ? undefined : this.#answerThen(place, call);
    // What was added is added again; what was refused is refused as it was.
    if (then !== undefined && !(call.name === REQUEST_SUBTASKS && then.whole.startsWith(ADDED))) return then;
    const now = await run();
    this.#compare(place, call, now.whole);
    return now;
  }

  async command(key: string, look: () => Promise<Verdict>): Promise<Verdict> {
    return this.#recording.verdict(key) ?? look();
  }

  citations(key: string, check: () => CitationReport): CitationReport {
    const found = this.#recording.citations(key);
    return found === undefined ? check() : JSON.parse(found);
  }

  forecast(draw: () => string): string {
    return this.#recording.forecast ?? draw();
  }

  route(place: Place, decide: () => RouteDecision): RouteDecision {
    return this.#recording.route(place) ?? decide();
  }

  async entry<Entry>(place: Place, wait: () => Promise<Entry>): Promise<Entry | Unbegun> {
    const end = this.#recording.unbegun(place);
    return end === undefined ? wait() : { kind: "ended", outcome: end.outcome, cause: end.cause };
  }

  /** Who was not let in says so before it asks (`entry`), or at its next turn. */
  async refusal(): Promise<undefined> {
    return undefined;
  }

  stepsLeft(wish: "read" | "add"): number {
    return wish === "read" && !this.#recording.offersTools() ? 0 : Infinity;
  }

  async writesSeen(log: WriteLog, place: Place, step: number | undefined): Promise<number> {
    const writes = this.#recording.writesSeen(place, step);
    await this.#arrived(log, writes);
    return writes;
  }

  async turnToWrite(log: WriteLog, by: WriteOrigin): Promise<void> {
    const place = this.#recording.nextWrite(keyOf(by));
    if (place !== undefined) await this.#arrived(log, place - 1);
  }

  account(): Account {
    const { denied, changedDocuments } = this.#recording;
    return { denied, changedDocuments };
  }

  /** Resolves once there are so many writes. What a process that is gone had written is there where its step is done again. */
  async #arrived(log: WriteLog, writes: number): Promise<void> {
    while (log.size < writes) {
      const lost = this.#recording.orphan(log.size + 1);
      await (lost === undefined ? log.reached(log.size + 1) : log.restore(lost.event, lost.content));
    }
  }

  #answerThen(place: Step, call: Called): ToolAnswer {
    const recording = this.#recording;
    const where = `${placeText(place)}, step ${place.turn}`;
    const known = recording.answer(place, place.turn, call.id);
    if (known === undefined) throw differs(`${where}: ${call.name} is called (${call.id}), and was not then`);
    const { args, kept, seq, outcome } = known;
    const then = kept === undefined ? JSON.stringify(args) : contentText(recording.contents, kept.digest);
    const now = JSON.stringify(call.args);
    // A line has the members of an object in an order of its own.
    if (known.tool !== call.name || !isDeepStrictEqual(JSON.parse(then), JSON.parse(now)))
      throw differs(
        `${where}: the call of ${known.tool} at line ${seq} is another: recorded ${then.slice(0, 200)}, now ${call.name} ${now.slice(0, 200)}`,
      );
    // Who ended it is said in the lane's next signal.
    const end = outcome === "ended" ? recording.refusal(place) : undefined;
    return { outcome, whole: this.#textOf(known) ?? "", redacted: {}, ...defined({ end }) };
  }

  /** Holds what a tool of the run's own answers against what it answered then. */
  #compare(place: Step, { id, name }: Called, text: string): void {
    const known = this.#recording.answer(place, place.turn, id);
    const then = known && this.#textOf(known);
    if (known === undefined || then === undefined || then === text) return;
    let at = 0;
    while (then[at] === text[at]) at += 1;
    throw differs(
      `${placeText(place)}, step ${place.turn}: ${name} at line ${known.seq} answers something else, at character ${at + 1}: recorded ${JSON.stringify(then.slice(Math.max(0, at - 40), at + 40))}, now ${JSON.stringify(text.slice(Math.max(0, at - 40), at + 40))}`,
    );
  }

  #textOf({ answer }: RecordedAnswer): string | undefined {
    return answer === undefined ? undefined : contentText(this.#recording.contents, answer);
  }
}
