/**
 * The synthesizer at work: one answer from the results. It may read more before it writes; what it has written is checked by code,
 * and what does not hold (citations, items without a row) is its own to mend once.
 *
 * 1. Whatever becomes of reading and mending, an answer that was written is not lost by it.
 * 2. A prompt that is too long is halved, a bounded number of times: a model's real window may be smaller than we believe.
 */
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { ArtifactRecord } from "../../../state/artifact.ts";
import { coverageSentence, type Coverage } from "../../../state/outcome.ts";
import type { Plan } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Draft } from "../../../state/swarm-state.ts";
import { workOf } from "../../policy/answer/build-result.ts";
import { answerId } from "../../policy/answer/deliverable.ts";
import { gatherResults, promptSizeOf } from "../../policy/answer/gather-results.ts";
import { promptRoom, TOO_LONG } from "../../policy/answer/material.ts";
import {
  closestIn,
  earlierAnswer,
  emptyAnswer,
  plainAnswer,
  type Answer,
  type MissingLine,
} from "../../policy/answer/plain-answer.ts";
import { allowances, beginningWithin } from "../../policy/answer/shorten.ts";
import {
  ANSWER_NOW,
  artifactBytes,
  synthesizerPrompt,
  type FinalArtifact,
} from "../../policy/prompts/synthesizer-prompt.ts";
import { hasToolCalls } from "../../policy/reply/reply-message.ts";
import type { SynthesizerBrief } from "../../ports/brief.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Run } from "../run/run.ts";
import { coordinatorTurn } from "./coordinator-turn.ts";
import { mendedAnswer, type Heard } from "./mend-answer.ts";

/** How often a prompt that was too long is tried at half its size. */
const MOST_HALVINGS = 5;
const MOST_READS = 8;
/** Steps that have to be left for it to read at all. */
const STEPS_TO_READ = 3;
/** Of the room in a prompt, what artifacts may take from results at most. */
const ARTIFACTS_SHARE = 0.25;

export interface Reading {
  tools: readonly StructuredToolInterface[];
  /** A reply with its calls as they are meant. */
  understood(reply: AIMessage, before: readonly BaseMessage[]): AIMessage;
  /** The answers to its calls; `turn` counts those of the run's synthesizer. */
  answers(reply: AIMessage, turn: number): Promise<BaseMessage[]>;
}

export interface Writing {
  plan: Plan;
  coverage: Coverage;
  missing: readonly MissingLine[];
  /** The draft that a human sent back, with every reason so far. */
  rejected: Draft | undefined;
  /** The answer that the run had when it ended before; empty: it did not. */
  earlier: Answer;
  reading: Reading;
  clock: Clock;
  config: RunnableConfig;
}

export async function writeAnswer(run: Run, writing: Writing): Promise<Answer> {
  const { plan, coverage, earlier, config } = writing;
  const lookup = (id: string) => run.shared.board.result(id);
  const synthesizer = new Synthesizer(run, writing);
  let bytes = roomFor(run);
  for (let halvings = 0; ; halvings += 1) {
    const artifacts = await finalArtifacts(run, Math.floor(bytes * ARTIFACTS_SHARE));
    const results = gatherResults(plan, lookup, bytes - artifacts.bytes);
    if (results.length === 0) {
      const empty = emptyAnswer(coverage, run.shared.documents !== undefined);
      const closest = closestIn(workOf(plan).flatMap(({ id }) => lookup(id) ?? []));
      return { text: [empty, ...closest].join("\n\n"), by: "code" };
    }
    const { task, history } = run.question;
    const rules = run.options.synthesizerPrompt;
    const facts = { task, history, rules, coverage: coverageSentence(coverage), results, artifacts: artifacts.shown };
    const { missing, rejected } = writing;
    const isAll = artifacts.isWhole && results.every(({ detail }) => detail === "full");
    const tools = synthesizer.offer({ isAll }).map(({ name }) => name);
    synthesizer.brief = { role: "synthesizer", task, results, isPart: false };
    // A draft is shown by the question about it.
    const shownAs = run.options.approve.includes("answer") ? undefined : answerId(run.question);
    const said = await synthesizer.ask(synthesizerPrompt({ ...facts, missing, rejected, tools }), shownAs);
    const streamed = said.kind === "reply" && shownAs !== undefined ? { streamedAs: said.message.id } : {};
    const mended = said.kind === "reply" ? await mendedAnswer(run, { plan, said, ask: synthesizer.ask }) : said;
    if (mended.kind === "answer") return { text: mended.text, by: "model", ...streamed };
    const { signal } = mended;
    // Who called off the run gets no answer that says so: the run is not over, and can go on from here.
    config.signal?.throwIfAborted();
    // A prompt that is too dear for what is left costs nothing: half of it may fit.
    if (!isTooMuch(signal) || halvings === MOST_HALVINGS) {
      const failed = said.kind === "reply" ? "has written no answer" : "could not be called";
      const reason = `the synthesizer ${failed} (${signal.kind}: ${signal.evidence}).`;
      const kept = earlierAnswer(earlier, reason);
      if (kept !== undefined) return { text: kept, by: earlier.by, ...streamed };
      return { text: plainAnswer(gatherResults(plan, lookup, roomFor(run)), reason), by: "code", ...streamed };
    }
    bytes = Math.floor(Math.min(bytes, promptSizeOf(results) + artifacts.bytes) / 2);
  }
}

/** Its conversation with a model, in turns in which it reads and one in which it answers. */
class Synthesizer {
  readonly #run: Run;
  readonly #writing: Writing;
  #turn = 0;
  #reads = 0;
  brief: SynthesizerBrief | undefined;
  readonly #mayRead: boolean;
  /** Those that it is told of. */
  #tools: readonly StructuredToolInterface[] = [];

  constructor(run: Run, writing: Writing) {
    this.#run = run;
    this.#writing = writing;
    const left = run.effects.stepsLeft("read", () => run.budget.ledger.left("coordinator").steps);
    this.#mayRead = left >= STEPS_TO_READ;
    // A rewrite's turns have numbers of their own.
    this.#turn = 1000 * (writing.rejected?.reasons.length ?? 0);
  }

  /** `isAll`: the prompt shows all results and artifacts in full; without documents there is nothing to read beside them. */
  offer({ isAll }: { isAll: boolean }): readonly StructuredToolInterface[] {
    const hasMore = !isAll || this.#run.shared.documents !== undefined;
    return (this.#tools = this.#mayRead && hasMore ? this.#writing.reading.tools : []);
  }

  /** `shownAs`: what it answers is streamed as it comes, as this message. */
  readonly ask = async (messages: readonly BaseMessage[], shownAs?: string): Promise<Heard> => {
    const { reading } = this.#writing;
    let tools = this.#tools;
    let read: BaseMessage[] = [];
    for (;;) {
      const isLast = this.#reads >= MOST_READS;
      const asked = [...messages, ...read, ...(isLast && read.length > 0 ? [ANSWER_NOW] : [])];
      const reply = await this.#take(asked, { tools, shownAs });
      if (reply.kind === "signal") {
        if (read.length === 0 || !isTooMuch(reply.signal)) return reply;
        // Without what it has read there may be room.
        [read, tools] = [[], []];
      } else if (!hasToolCalls(reply.message)) return { ...reply, conversation: [...asked, reply.message] };
      else if (isLast) [read, tools] = [[], []];
      else {
        this.#reads += 1;
        read = [...read, reply.message, ...(await reading.answers(reply.message, this.#turn))];
      }
    }
  };

  #take(messages: BaseMessage[], { tools, shownAs }: Pick<Reading, "tools"> & { shownAs: string | undefined }) {
    const { reading, clock, config } = this.#writing;
    this.#turn += 1;
    const understood = (reply: AIMessage): AIMessage => reading.understood(reply, messages);
    return coordinatorTurn(this.#run, {
      purpose: "synthesize",
      messages,
      brief: this.brief as SynthesizerBrief,
      shownAs,
      clock,
      config,
      ...(tools.length > 0 ? { tools, understood } : {}),
    });
  }
}

function isTooMuch({ kind }: Signal): boolean {
  return TOO_LONG.has(kind) || kind === "budget";
}

/** Bytes of results in a prompt. Under a cap on tokens or money it must leave room for the answer. */
function roomFor(run: Run): number {
  const { tokens, usd } = run.budget.ledger.left("coordinator");
  const perToken = (run.team.model.price?.input ?? 0) / 1e6;
  const left = Math.min(tokens, perToken === 0 ? Infinity : usd / perToken);
  const room = promptRoom(run.team.model);
  return Math.min(room, Number.isFinite(left) ? Math.max(500, Math.floor(left * 0.6) - 3000) : room);
}

/** In a prompt; the others can be listed. */
const MOST_SHOWN = 60;

/** In the order of their names. What a plan declares and nobody has written is none. */
export function writtenArtifacts({ shared: { artifacts } }: Run): ArtifactRecord[] {
  const isWritten = ({ artifact }: ArtifactRecord): boolean =>
    artifacts.versions(artifact).some(({ by }) => by.attempt > 0);
  return Object.values(artifacts.records)
    .filter(isWritten)
    .toSorted((one, other) => (one.artifact < other.artifact ? -1 : 1));
}

interface ShownArtifacts {
  shown: FinalArtifact[];
  bytes: number;
  /** There is no more of them. */
  isWhole: boolean;
}

/** Shortened so that they take at most about `room` bytes. */
async function finalArtifacts(run: Run, room: number): Promise<ShownArtifacts> {
  const all = writtenArtifacts(run);
  const written = all.slice(0, MOST_SHOWN);
  const most = allowances(
    written.map(({ type, bytes }) => ({ bytes: type === "binary" ? 0 : bytes, isBuiltOn: false })),
    room,
  );
  const shown = await Promise.all(
    written.map(async ({ artifact: name, type, version }, index) => {
      const text = type === "binary" ? "" : await run.shared.artifacts.content(name, version);
      const kept = beginningWithin(text, most[index] ?? Infinity);
      const cut = kept === undefined ? text : `${kept.trimEnd()}\n[cut: ${text.length - kept.length} more characters]`;
      return { artifact: { name, type, version, text: cut }, isCut: kept !== undefined };
    }),
  );
  return {
    shown: shown.map(({ artifact }) => artifact),
    bytes: shown.reduce((sum, { artifact }) => sum + artifactBytes(artifact), 0),
    isWhole: all.length === written.length && !shown.some(({ isCut }) => isCut),
  };
}
