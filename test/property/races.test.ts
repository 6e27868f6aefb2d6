import { AIMessageChunk, HumanMessage } from "@langchain/core/messages";
import { NO_CONTENTS } from "../../adapters/storage/content-store.ts";
import { isGraphDrained, type GraphDrained } from "@langchain/langgraph";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDetection } from "../../app/config/read-agents.ts";
import { AdaptiveLimiter } from "../../engine/runtime/limits/adaptive-limiter.ts";
import { Admission } from "../../engine/policy/budget/admission.ts";
import { NOTHING } from "../../state/usage.ts";
import { Ledger } from "../../engine/policy/budget/ledger.ts";
import type { Hedge } from "../../engine/runtime/turns/hedging.ts";
import { ModelTurns } from "../../engine/runtime/turns/model-turns.ts";
import { PromptWarmUp } from "../../engine/runtime/turns/prompt-warm-up.ts";
import { ReplyGate } from "../../engine/runtime/turns/reply-gate.ts";
import type { ResolvedModel } from "../../engine/ports/models.ts";
import type { TurnReply } from "../../engine/ports/turns.ts";
import { HandClock } from "../unit/engine/policy/recovery/hand-clock.ts";
import { holdsInTime } from "./law.ts";

/** How one call ends: after so long well, with an error, or never by itself. */
type Ending = { ms: number; kind: "good" | "fails" | "hangs" };

const ending = fc.record({
  ms: fc.integer({ min: 0, max: 400 }),
  kind: fc.constantFrom<Ending["kind"]>("good", "good", "fails", "hangs"),
});
const world = fc.record({
  slots: fc.integer({ min: 1, max: 3 }),
  /** Of the run, and of each turn alone: absent where nothing but the other limits. */
  maxSteps: fc.integer({ min: 1, max: 12 }),
  ownSteps: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  maxTokens: fc.option(fc.integer({ min: 200, max: 4000 }), { nil: undefined }),
  slowAfterMs: fc.integer({ min: 0, max: 100 }),
  mostSecond: fc.integer({ min: 0, max: 3 }),
  turns: fc.integer({ min: 1, max: 6 }),
  endings: fc.array(ending, { minLength: 1, maxLength: 24 }),
  drainsAtMs: fc.option(fc.integer({ min: 0, max: 600 }), { nil: undefined }),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

const never = new AbortController().signal;
const USAGE = { input_tokens: 5, output_tokens: 5, total_tokens: 10 };
const usage = { inputTokens: 5, cachedInputTokens: 0, outputTokens: 5 };

function modelOf(clock: HandClock, endings: readonly Ending[]): ResolvedModel {
  let calls = 0;
  const stream = async (_: unknown, { signal }: { signal: AbortSignal }) => {
    const { ms, kind } = endings[calls++ % endings.length] as Ending;
    return (async function* () {
      await clock.sleep(kind === "hangs" ? 1e9 : ms, signal);
      if (kind === "fails") throw new Error("503");
      yield new AIMessageChunk({ content: "good", usage_metadata: USAGE });
    })();
  };
  return {
    ...{ id: "m", endpoint: { key: "m", concurrency: 1 }, contextWindow: 1000, maxOutputTokens: 100, price: undefined },
    chat: { stream } as unknown as ResolvedModel["chat"],
    failure: () => ({ signal: { kind: "server", evidence: "503" }, reach: "refused" }),
    inspect: () => undefined,
    usageOf: () => usage,
  };
}

interface Ran {
  ends: (TurnReply | GraphDrained)[];
  pending: number;
  ledger: Ledger;
  limiter: AdaptiveLimiter;
  sleeping: number;
}

/** All turns at once; then time passes until nobody can be waiting for it any more. */
async function run(facts: World): Promise<Ran> {
  const { slots, maxSteps, ownSteps, maxTokens, slowAfterMs, mostSecond, turns, endings, drainsAtMs } = facts;
  const clock = new HandClock();
  const limiter = new AdaptiveLimiter(slots, clock);
  const ledger = new Ledger({ maxAgents: 9, maxSteps, ...(maxTokens === undefined ? {} : { maxTokens }) }, NOTHING);
  const drain = new AbortController();
  const model = modelOf(clock, endings);
  const hedges = new Map<string, Hedge>();
  const modelTurns = new ModelTurns({
    ...{ run: "r", clock, lastReservation: 0, warmUp: new PromptWarmUp(clock, 0), gate: new ReplyGate(clock) },
    record: { journal: { append: async () => undefined }, contents: NO_CONTENTS, saved: async () => undefined },
    detection: readDetection({ idleMs: 5000, callMs: 10_000 }),
    stop: { draining: drain.signal, lanesDeadline: never, deadline: never },
    budget: {
      ...{ ledger, admission: new Admission() },
      accountsOf: (subtask) =>
        ownSteps === undefined ? [] : [{ name: `subtask ${subtask}`, budget: { maxSteps: ownSteps } }],
    },
    models: { resolve: () => model },
    limiters: { of: () => limiter, close: () => undefined },
    hedging: { of: ({ lane }) => hedges.get(lane?.subtask ?? ""), took: () => undefined },
  });
  const ends: (TurnReply | GraphDrained)[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    let left = mostSecond;
    const hedge: Hedge = { afterMs: () => slowAfterMs, lookEveryMs: 50, begin: () => (left-- > 0 ? [] : undefined) };
    const prompt = { messages: [new HumanMessage("hello")], tools: [] };
    const lane = { subtask: `s${turn}`, attempt: 1, agent: "a", priority: 0 };
    hedges.set(lane.subtask, hedge);
    const turned = modelTurns.take({ purpose: "work", prompt, lane, config: {} });
    void turned.catch(drainOf).then((end) => ends.push(end));
  }
  if (drainsAtMs !== undefined) {
    await clock.pass(drainsAtMs);
    drain.abort(new DOMException("drained", "AbortError"));
  }
  // The longest that one call may take, for each that there can be, one after another.
  await clock.pass(10_000 * turns * (mostSecond + 1));
  return { ends, pending: turns - ends.length, ledger, limiter, sleeping: clock.sleeping };
}

function drainOf(error: unknown): GraphDrained {
  if (isGraphDrained(error)) return error;
  throw error;
}

describe("turns that race", () => {
  it("all end, whatever each call comes to and whatever is short; they leave no slot, reservation or timer behind", async () => {
    await holdsInTime(
      fc.asyncProperty(world, async (facts) => {
        const { pending, ledger, limiter, sleeping } = await run(facts);
        expect({ pending, open: ledger.accounts.standing("run").open, inFlight: limiter.inFlight, sleeping }).toEqual({
          ...{ pending: 0, open: 0, inFlight: 0, sleeping: 0 },
        });
        expect(ledger.spent.steps).toBeLessThanOrEqual(facts.maxSteps);
      }),
    );
  });

  it("end where a second attempt waits for the slot, or the tokens, that the first holds until it fails", async () => {
    const only = { slowAfterMs: 10, mostSecond: 1, turns: 1, drainsAtMs: undefined, maxTokens: undefined };
    const endings: Ending[] = [
      { ms: 300, kind: "fails" },
      { ms: 10, kind: "good" },
    ];
    const slot = await run({ ...only, endings, slots: 1, maxSteps: 9, ownSteps: undefined });
    expect(slot.ends).toMatchObject([{ kind: "reply" }]);
    const tokens = await run({ ...only, endings, slots: 2, maxSteps: 9, ownSteps: undefined, maxTokens: 150 });
    expect(tokens.ends).toMatchObject([{ kind: "reply" }]);
  });
});
