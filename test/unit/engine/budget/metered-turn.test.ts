import { HumanMessage } from "@langchain/core/messages";
import { describe, expect, it, onTestFinished } from "vitest";
import { SYSTEM_CLOCK } from "../../../../adapters/clock/system-clock.ts";
import { createModelProvider } from "../../../../adapters/models/model-provider.ts";
import { readDetection } from "../../../../app/config/read-recovery.ts";
import { AdaptiveLimiter } from "../../../../engine/budget/adaptive-limiter.ts";
import { AdmissionDesk } from "../../../../engine/budget/admission.ts";
import { NOTHING } from "../../../../engine/budget/amounts.ts";
import { Ledger } from "../../../../engine/budget/ledger.ts";
import { meteredTurn } from "../../../../engine/budget/metered-turn.ts";
import type { TurnDesk } from "../../../../engine/budget/turn-desk.ts";
import type { TurnRequest } from "../../../../engine/ports/turns.ts";
import type { JournalEntry } from "../../../../state/journal-line.ts";
import { NO_USAGE } from "../../../../state/usage.ts";
import { startModelServer } from "../../../support/model-server/index.ts";

const never = new AbortController().signal;
const REQUEST: TurnRequest = {
  ...{ purpose: "work", messages: [new HumanMessage("hello")], tools: [], subtask: "s1", attempt: 1, agent: "a" },
  ...{ priority: 0, config: {} },
};

/** One slot at one endpoint, and a run with 10,000 tokens. */
async function scene({ saved = () => Promise.resolve() }: { saved?: () => Promise<void> } = {}) {
  const server = await startModelServer({ behaviour: () => ({ content: "done" }) });
  onTestFinished(() => server.close());
  const model = createModelProvider({ model: "m", baseUrl: server.url, apiKey: "test", concurrency: 1 });
  const limiter = new AdaptiveLimiter(1, SYSTEM_CLOCK);
  const ledger = new Ledger({ maxAgents: 1, maxSteps: 100, maxTokens: 10_000 }, NOTHING);
  const drain = new AbortController();
  const lines: JournalEntry[] = [];
  let reservations = 0;
  const desk: TurnDesk = {
    ...{
      run: "r",
      ledger,
      admission: new AdmissionDesk(),
      clock: SYSTEM_CLOCK,
      detection: readDetection(undefined),
      saved,
    },
    journal: {
      append: async (...entries) => void lines.push(...entries),
      past: [],
      subscribe: () => () => undefined,
      close: () => Promise.resolve(),
    },
    stop: { draining: drain.signal, lanesDeadline: never, deadline: never },
    accountsOf: () => [],
    resolve: (name) => model.resolve(name),
    limiter: () => limiter,
    newReservationId: () => `call-${(reservations += 1)}`,
  };
  /** Reserves nearly all that the run has. */
  const takeAll = (): void => {
    const price = { input: 0, output: 0 };
    const ask = { inputTokens: 100, outputTokens: 9_850, leastOutputTokens: 9_850 };
    expect(ledger.reserve({ id: "other", purse: "lanes", model: "m", price, ...ask }).kind).toBe("granted");
  };
  const slotIsFree = async (): Promise<void> => {
    limiter.release(await limiter.acquire({ run: "another", priority: 0, isUrgent: false }, AbortSignal.timeout(1000)));
  };
  return { desk, drain, ledger, limiter, lines, server, slotIsFree, takeAll };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe("a turn that waits for money which others have reserved", () => {
  it("holds no slot meanwhile, and goes out when the money is there", async () => {
    const { desk, ledger, limiter, server, slotIsFree, takeAll } = await scene();
    takeAll();
    const turn = meteredTurn(desk, REQUEST);
    await pause();
    await slotIsFree();
    expect(server.stats().calls).toBe(0);
    ledger.settle("other", NO_USAGE);
    expect(await turn).toMatchObject({ kind: "reply" });
    expect([limiter.inFlight, server.stats().calls]).toEqual([0, 1]);
  });

  it("is drained at once, with nothing held and nothing written", async () => {
    const { desk, drain, limiter, lines, server, takeAll } = await scene();
    takeAll();
    const turn = meteredTurn(desk, REQUEST);
    await pause();
    drain.abort("stopped");
    expect(await turn).toEqual({ kind: "drained" });
    expect([limiter.inFlight, lines, server.stats().calls]).toEqual([0, [], 0]);
  });
});

describe("a call", () => {
  it("goes out once what the steps before have done is saved", async () => {
    const save = Promise.withResolvers<void>();
    const { desk, lines, server } = await scene({ saved: () => save.promise });
    const turn = meteredTurn(desk, REQUEST);
    await pause();
    expect([lines.map(({ kind }) => kind), server.stats().calls]).toEqual([["reserve"], 0]);
    save.resolve();
    expect(await turn).toMatchObject({ kind: "reply" });
    expect(server.stats().calls).toBe(1);
  });

  it("that cannot be put on record does not go out, and gives back its slot and its money", async () => {
    const { desk, limiter, server, takeAll } = await scene();
    desk.journal.append = () => Promise.reject(new Error("disk is full"));
    await expect(meteredTurn(desk, REQUEST)).rejects.toThrow("disk is full");
    expect([limiter.inFlight, server.stats().calls]).toEqual([0, 0]);
    takeAll();
  });
});
