import { HumanMessage } from "@langchain/core/messages";
import { isGraphDrained } from "@langchain/langgraph";
import { NO_CONTENTS } from "../../../../../adapters/storage/content-store.ts";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { SYSTEM_CLOCK } from "../../../../../adapters/clock/system-clock.ts";
import { createModelProvider } from "../../../../../adapters/models/model-provider.ts";
import { readDetection } from "../../../../../app/config/read-agents.ts";
import { AdaptiveLimiter } from "../../../../../engine/runtime/limits/adaptive-limiter.ts";
import { Admission } from "../../../../../engine/policy/budget/admission.ts";
import { Ledger } from "../../../../../engine/policy/budget/ledger.ts";
import type { Hedge } from "../../../../../engine/runtime/turns/hedging.ts";
import { ModelTurns, type TurnServices } from "../../../../../engine/runtime/turns/model-turns.ts";
import { PromptWarmUp } from "../../../../../engine/runtime/turns/prompt-warm-up.ts";
import { ReplyGate } from "../../../../../engine/runtime/turns/reply-gate.ts";
import type { TurnRequest } from "../../../../../engine/ports/turns.ts";
import type { JournalEntry } from "../../../../../engine/journal/events.ts";
import { NO_USAGE, NOTHING, type Usage } from "../../../../../state/usage.ts";
import { startModelServer, type Reply } from "../../../../support/model-server/index.ts";

const never = new AbortController().signal;
const REQUEST: TurnRequest = {
  ...{ purpose: "work", prompt: { messages: [new HumanMessage("hello")], tools: [] }, config: {} },
  lane: { subtask: "s1", attempt: 1, agent: "a", priority: 0 },
};

interface Scene {
  saved?: () => Promise<void>;
  reply?: Reply;
  hedge?: Hedge;
  slots?: number;
  isCapped?: boolean;
}

/** One slot at one endpoint and a run with 10,000 tokens, unless it is said otherwise. */
async function scene({
  saved = () => Promise.resolve(),
  reply = { content: "done" },
  hedge,
  slots = 1,
  isCapped = true,
}: Scene = {}) {
  const server = await startModelServer({ behaviour: () => reply });
  onTestFinished(() => server.close());
  const model = createModelProvider({ model: "m", baseUrl: server.url, apiKey: "test", concurrency: 1 });
  const limiter = new AdaptiveLimiter(slots, SYSTEM_CLOCK);
  const ledger = new Ledger({ maxAgents: 1, maxSteps: 100, ...(isCapped ? { maxTokens: 10_000 } : {}) }, NOTHING);
  const drain = new AbortController();
  const lines: JournalEntry[] = [];
  const journal = { append: async (...entries: JournalEntry[]) => void lines.push(...entries) };
  const services: TurnServices = {
    ...{ run: "r", clock: SYSTEM_CLOCK, models: model, lastReservation: 0 },
    detection: readDetection({ idleMs: reply.hang === true ? 200 : 60_000 }),
    record: { journal, contents: NO_CONTENTS, saved },
    stop: { draining: drain.signal, lanesDeadline: never, deadline: never },
    budget: { ledger, admission: new Admission(), accountsOf: () => [] },
    limiters: { of: () => limiter, close: () => undefined },
    hedging: { of: () => hedge, took: () => undefined },
    warmUp: new PromptWarmUp(SYSTEM_CLOCK, 0),
    gate: new ReplyGate(SYSTEM_CLOCK),
  };
  const turns = new ModelTurns(services);
  /** Reserves nearly all that the run has. */
  const takeAll = (): void => {
    const price = { input: 0, output: 0 };
    const ask = { inputTokens: 100, outputTokens: 9_850, leastOutputTokens: 9_850 };
    expect(ledger.reserve({ id: "other", share: "lanes", model: "m", price, ...ask }).kind).toBe("granted");
  };
  const slotIsFree = async (): Promise<void> => {
    const asking = { run: "another", priority: 0, isUrgent: false };
    (await limiter.acquire(asking, AbortSignal.timeout(1000))).release();
  };
  const asked = vi.spyOn(ledger, "changed");
  const waitsForMoney = (): Promise<void> => vi.waitFor(() => expect(asked).toHaveBeenCalled());
  return { turns, drain, journal, ledger, limiter, lines, server, slotIsFree, takeAll, waitsForMoney };
}

describe("a turn that waits for money which others have reserved", () => {
  it("holds no slot meanwhile, and goes out when the money is there", async () => {
    const { turns, ledger, limiter, server, slotIsFree, takeAll, waitsForMoney } = await scene();
    takeAll();
    const turn = turns.take(REQUEST);
    await waitsForMoney();
    await slotIsFree();
    expect(server.stats().calls).toBe(0);
    ledger.settle("other", NO_USAGE);
    expect(await turn).toMatchObject({ kind: "reply" });
    expect([limiter.inFlight, server.stats().calls]).toEqual([0, 1]);
  });

  it("is drained at once, with nothing held and nothing written", async () => {
    const { turns, drain, limiter, lines, server, takeAll, waitsForMoney } = await scene();
    takeAll();
    const turn = turns.take(REQUEST);
    await waitsForMoney();
    drain.abort("stopped");
    await expect(turn).rejects.toSatisfy(isGraphDrained);
    expect([limiter.inFlight, lines, server.stats().calls]).toEqual([0, [], 0]);
  });
});

describe("a call", () => {
  it("goes out once what the steps before have done is saved", async () => {
    const save = Promise.withResolvers<void>();
    const { turns, lines, server } = await scene({ saved: () => save.promise });
    const turn = turns.take(REQUEST);
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    expect([lines.map(({ kind }) => kind), server.stats().calls]).toEqual([["reserve"], 0]);
    save.resolve();
    expect(await turn).toMatchObject({ kind: "reply" });
    expect(server.stats().calls).toBe(1);
  });

  it("does not go out where the steps before could not be saved, and is on record as one that did not", async () => {
    const { turns, ledger, limiter, lines, server } = await scene({
      saved: () => Promise.reject(new Error("is locked")),
    });
    await expect(turns.take(REQUEST)).rejects.toThrow("is locked");
    expect([limiter.inFlight, server.stats().calls, ledger.spent]).toEqual([0, 0, NO_USAGE]);
    expect(lines.map(({ kind, data }) => [kind, kind === "settle" ? data.usage : undefined])).toEqual([
      ["reserve", undefined],
      ["settle", NO_USAGE],
    ]);
  });

  it("that cannot be put on record does not go out, and gives back its slot and its money", async () => {
    const { turns, journal, limiter, server, takeAll } = await scene();
    journal.append = () => Promise.reject(new Error("disk is full"));
    await expect(turns.take(REQUEST)).rejects.toThrow("disk is full");
    expect([limiter.inFlight, server.stats().calls]).toEqual([0, 0]);
    takeAll();
  });
});

/** All that the call may use, as its reservation has it. */
async function settledAfter(reply: Reply) {
  const { turns, ledger, lines } = await scene({ reply });
  const turn = await turns.take(REQUEST);
  const reserved = lines.find((line) => line.kind === "reserve")!.data as unknown as Usage;
  const settled = lines.find((line) => line.kind === "settle")!.data.usage;
  expect(ledger.accounts.standing("run").open).toBe(0);
  expect(ledger.spent).toEqual(settled);
  return { signal: turn.kind === "signal" ? turn.signal.kind : turn.kind, reserved, settled };
}

describe("a call that left and whose end is unknown", () => {
  it.each<[string, Reply, string]>([
    ["is reset after it was read", { resetSocket: true }, "network"],
    ["is cut off", { content: "half a result", truncateAfterChunks: 3 }, "truncated-stream"],
    ["is silent", { hang: true }, "idle"],
    ["breaks inside the server", { status: 500 }, "server"],
    ["times out at a gateway", { status: 504 }, "timeout"],
    ["ends before its first event", { rawBody: "" }, "truncated-stream"],
    [
      "is an error under the status of success",
      { rawBody: 'data: {"error":{"code":"429","message":"no"}}\n\n' },
      "rate-limit",
    ],
  ])("(it %s) is a step, and costs all that was reserved for it", async (_, reply, kind) => {
    const { signal, reserved, settled } = await settledAfter(reply);
    expect(signal).toBe(kind);
    const { inputTokens, outputTokens } = reserved;
    expect(settled).toMatchObject({ steps: 1, modelCalls: 1, inputTokens, outputTokens });
    expect(outputTokens).toBeGreaterThan(0);
  });

  it("is a step when the race beside it cannot be put on record", async () => {
    const hedge = { afterMs: () => 10, lookEveryMs: 5, begin: () => [] };
    const { turns, journal, ledger } = await scene({ reply: { hang: true }, hedge, slots: 2, isCapped: false });
    journal.append = (...entries) =>
      JSON.stringify(entries).includes("secondAttempt")
        ? Promise.reject(new Error("disk is full"))
        : Promise.resolve(undefined);
    await expect(turns.take(REQUEST)).rejects.toThrow("disk is full");
    expect(ledger.spent).toMatchObject({ steps: 1, modelCalls: 1 });
    expect(ledger.spent.inputTokens + ledger.spent.outputTokens).toBeGreaterThan(0);
  });
});

describe("a race", () => {
  it("is on record with its second attempt in one piece, and not where the call ends before that goes out", async () => {
    const why: JournalEntry = {
      kind: "recovery",
      data: { signal: "straggler", action: "hedge", rule: "straggler[0] hedge 1/1", delayMs: 0 },
    };
    const kindsOf = async (slots: number): Promise<string[]> => {
      let left = 1;
      const end = Promise.withResolvers<void>();
      const begin = (): JournalEntry[] | undefined => (left > 0 ? ((left -= 1), [why]) : undefined);
      const hedge = { afterMs: () => 10, lookEveryMs: 5, begin };
      const { turns, lines } = await scene({
        ...{ reply: { content: "done", when: end.promise }, hedge, slots, isCapped: false },
      });
      const turn = turns.take(REQUEST);
      await vi.waitFor(() => expect([left, lines.length]).toEqual([0, slots === 1 ? 1 : 3]));
      end.resolve();
      expect(await turn).toMatchObject({ kind: "reply" });
      return lines.map(({ kind }) => kind);
    };
    expect(await kindsOf(1)).toEqual(["reserve", "model-call", "settle"]);
    expect((await kindsOf(2)).slice(0, 3)).toEqual(["reserve", "recovery", "reserve"]);
  });
});

describe("a call that was not worked", () => {
  it.each<[string, Reply]>([
    ["for its rate", { status: 429 }],
    ["by a server that is too busy", { status: 503 }],
    ["for what it asks", { status: 400 }],
  ])("(refused %s) costs its step and no token", async (_, reply) => {
    const { settled } = await settledAfter(reply);
    expect(settled).toEqual({ ...NO_USAGE, steps: 1, modelCalls: 1 });
  });

  it("costs nothing where nobody listens at the address", async () => {
    const { turns, ledger, server } = await scene();
    await server.close();
    expect(await turns.take(REQUEST)).toMatchObject({ kind: "signal", signal: { kind: "network" } });
    expect(ledger.spent).toEqual({ ...NO_USAGE, modelCalls: 1 });
  });
});

describe("what fails while the run drains", () => {
  it("is told for what it is: only the abort's own reason makes an error a drain", async () => {
    const { turns, drain, journal } = await scene();
    journal.append = () => {
      drain.abort(new DOMException("stopped", "AbortError"));
      return Promise.reject(new Error("disk is full"));
    };
    await expect(turns.take(REQUEST)).rejects.toThrow("disk is full");
  });
});
