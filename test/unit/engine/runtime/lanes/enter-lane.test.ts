/** A lane that finds no place in the run's caps says which of them is short. */
import { describe, expect, it } from "vitest";
import { Admission } from "../../../../../engine/policy/budget/admission.ts";
import { Ledger } from "../../../../../engine/policy/budget/ledger.ts";
import { LIVE } from "../../../../../engine/runtime/run/effects.ts";
import type { Run } from "../../../../../engine/runtime/run/run.ts";
import { enterLane } from "../../../../../engine/runtime/lanes/enter-lane.ts";
import type { Caps } from "../../../../../state/usage.ts";
import { capsOf, subtaskOf, usageOf } from "../../builders.ts";

const NEVER = new AbortController().signal;
const NOTHING = { steps: 0, tokens: 0, usd: 0 };

/** As much of a run as a lane asks at its door, in which one call has spent 3 steps, 900 tokens and a dollar. */
function runWith(caps: Partial<Caps>): Run {
  const ledger = new Ledger(capsOf(caps), NOTHING);
  ledger.book({ usage: usageOf({ steps: 3, inputTokens: 800, outputTokens: 100, usd: 1 }) });
  return {
    effects: LIVE,
    team: { model: { price: { input: 1, output: 1 } } },
    life: { stop: { draining: NEVER, lanesDeadline: NEVER, deadline: NEVER } },
    budget: {
      ...{ ledger, admission: new Admission(), accountsOf: () => [] },
      ...{ slots: { acquire: async () => 0 }, priorityOf: () => 0 },
    },
  } as unknown as Run;
}

const enter = (caps: Partial<Caps>) =>
  enterLane(runWith(caps), { subtask: subtaskOf("a"), agent: "worker" }, undefined);

describe("a lane that finds no place", () => {
  it.each([
    [{ maxSteps: 3 }, { name: "steps", at: 3 }, "of 3 steps too little is left for a lane"],
    [{ maxTokens: 900 }, { name: "tokens", at: 900 }, "of 900 tokens too little is left for a lane"],
    [{ maxUsd: 1 }, { name: "usd", at: 1 }, "of 1 usd too little is left for a lane"],
    [{ maxUsd: 1, maxSteps: 100 }, { name: "usd", at: 1 }, "of 1 usd too little is left for a lane"],
  ])("under %j names the cap", async (caps, cap, evidence) => {
    expect(await enter(caps)).toEqual({ kind: "stopped", signal: { kind: "budget", evidence, cap } });
  });

  it("is let in where each has something left", async () => {
    expect(await enter({ maxSteps: 4, maxTokens: 901, maxUsd: 1.1 })).toEqual({ kind: "entered", waitedMs: 0 });
  });
});
