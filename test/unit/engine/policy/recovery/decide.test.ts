import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chanceOf, decideRecovery, type RecoveryFacts } from "../../../../../engine/policy/recovery/decide.ts";
import {
  DEFAULT_RECOVERY,
  layeredPolicy,
  OUTCOME_OF_SIGNAL,
  partsAllowed,
} from "../../../../../engine/policy/recovery/policy.ts";
import { RecoveryPolicy, type RecoveryPolicyInput } from "../../../../../state/recovery-policy.ts";
import { SIGNAL_KINDS, type SignalKind } from "../../../../../state/signal.ts";
import { holds } from "../../../../property/law.ts";

const decide = (policy: RecoveryPolicyInput, more: Partial<RecoveryFacts> = {}) =>
  decideRecovery({
    signal: { kind: "server", evidence: "500" },
    firings: {},
    policy: RecoveryPolicy.parse(policy),
    impossible: new Set(),
    chance: 0,
    ...more,
  });
/** The decisions on the same signal again and again, up to the one that gives up. */
function chain(policy: RecoveryPolicy, kind: SignalKind, impossible: RecoveryFacts["impossible"] = new Set()) {
  const decisions = [];
  let firings = {};
  for (let turn = 0; turn < 1000; turn += 1) {
    const decision = decideRecovery({ signal: { kind, evidence: "x" }, firings, policy, impossible, chance: 1 });
    decisions.push(decision);
    if (decision.action === "give-up") return decisions;
    firings = decision.firings;
  }
  throw new Error(`${kind} is never given up`);
}

describe("a recovery decision", () => {
  it("takes the first action whose limit is not reached, names the rule, and counts it", () => {
    const policy: RecoveryPolicyInput = {
      server: [
        { do: "retry", max: 2, backoffMs: 10 },
        { do: "reassign", max: 1 },
      ],
    };
    const rules = chain(RecoveryPolicy.parse(policy), "server").map(({ rule, action }) => [rule, action]);
    expect(rules).toEqual([
      ["server[0] retry 1/2", "retry"],
      ["server[0] retry 2/2", "retry"],
      ["server[1] reassign 1/1", "reassign"],
      ["server give-up", "give-up"],
    ]);
  });

  it("counts each signal by itself", () => {
    const policy: RecoveryPolicyInput = { server: [{ do: "retry", max: 1 }], network: [{ do: "retry", max: 1 }] };
    const { firings } = decide(policy);
    expect(decide(policy, { firings, signal: { kind: "network", evidence: "x" } })).toMatchObject({
      rule: "network[0] retry 1/1",
      firings: { "server/retry": 1, "network/retry": 1 },
    });
    expect(decide(policy, { firings }).action).toBe("give-up");
  });

  it("passes over what is impossible, and stops at give-up", () => {
    const actions: RecoveryPolicyInput["server"] = [
      { do: "reassign", max: 1 },
      { do: "wait", max: 1, ms: 7 },
    ];
    expect(decide({ server: actions }, { impossible: new Set(["reassign"]) })).toMatchObject({
      ...{ action: "wait", rule: "server[1] wait 1/1", delayMs: 7 },
    });
    expect(decide({ server: [{ do: "give-up" }, ...actions] })).toMatchObject({
      action: "give-up",
      delayMs: 0,
      firings: {},
    });
    expect(decide({ server: [] }).action).toBe("give-up");
    expect(decide({}).action).toBe("give-up");
  });

  it("doubles a retry's wait with each firing, up to its most, and lengthens it by its jitter", () => {
    const policy = RecoveryPolicy.parse({
      server: [{ do: "retry", max: 5, backoffMs: 100, maxBackoffMs: 500, jitter: 0.2 }],
    });
    expect(chain(policy, "server").map(({ delayMs }) => delayMs)).toEqual([120, 240, 480, 600, 600, 0]);
    expect(decide({ server: [{ do: "retry", max: 1, backoffMs: 100, jitter: 0 }] }, { chance: 1 }).delayMs).toBe(100);
  });

  it("waits as long as the provider asks, where that is longer", () => {
    const policy: RecoveryPolicyInput = { "rate-limit": [{ do: "retry", max: 1, backoffMs: 100, jitter: 0 }] };
    const asked = (retryAfterMs: number) =>
      decide(policy, { signal: { kind: "rate-limit", evidence: "429", retryAfterMs } }).delayMs;
    expect([asked(5000), asked(50)]).toEqual([5000, 100]);
  });

  it("goes through the models of switch-model in order, and knows the most parts of a split", () => {
    const policy = RecoveryPolicy.parse({ server: [{ do: "switch-model", models: ["a", "b"] }] });
    expect(chain(policy, "server").map(({ model }) => model)).toEqual(["a", "b", undefined]);
    expect(decide({ server: [{ do: "split", parts: 7 }] })).toMatchObject({ action: "split" });
    expect(partsAllowed(RecoveryPolicy.parse({ server: [{ do: "split", parts: 7 }] }), "server")).toBe(7);
    expect(partsAllowed(RecoveryPolicy.parse({ server: [] }), "server")).toBe(2);
  });

  it("gives each signal up in the end, whatever was impossible: no default policy goes on for ever", () => {
    for (const kind of SIGNAL_KINDS) {
      expect(chain(DEFAULT_RECOVERY, kind).length).toBeLessThanOrEqual(101);
      expect(chain(DEFAULT_RECOVERY, kind, new Set(["reassign", "split", "hedge"])).at(-1)?.action).toBe("give-up");
    }
  });

  it("is bounded by the sum of its limits, for any policy", () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant("retry" as const), max: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ do: fc.constant("repair" as const), max: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ do: fc.constant("reassign" as const), max: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ do: fc.constant("give-up" as const) }),
    );
    holds(
      fc.property(fc.array(action, { maxLength: 6 }), (actions) => {
        const decisions = chain(RecoveryPolicy.parse({ server: actions }), "server");
        const most = actions.reduce((sum, each) => sum + ("max" in each ? each.max : 0), 0);
        expect(decisions.length - 1).toBeLessThanOrEqual(most);
      }),
    );
  });
});

describe("the layers of a policy", () => {
  it("replace each other signal by signal, the nearer one last", () => {
    const run = RecoveryPolicy.parse({ server: [{ do: "wait", max: 1, ms: 1 }], network: [{ do: "give-up" }] });
    const agent = RecoveryPolicy.parse({ server: [{ do: "wait", max: 1, ms: 2 }] });
    const subtask = RecoveryPolicy.parse({ server: [] });
    expect(layeredPolicy(run, agent, undefined).server).toEqual(agent.server);
    expect(layeredPolicy(run, agent, subtask)).toEqual({ server: [], network: run.network });
  });
});

/** Never the agent's fault, never an answer (G7). */
const INFRASTRUCTURE: ReadonlySet<SignalKind> = new Set([
  ...(["rate-limit", "quota", "timeout", "server", "network", "auth", "endpoint", "model"] as const),
  ...(["parameter", "truncated-stream", "lost-worker"] as const),
]);

describe("what a signal means in the end", () => {
  it("is infra for what is infrastructure, and for nothing else", () => {
    for (const kind of SIGNAL_KINDS) expect(OUTCOME_OF_SIGNAL[kind] === "infra").toBe(INFRASTRUCTURE.has(kind));
  });
});

describe("chance", () => {
  it("is the same for the same text, within 0 and 1, and spread", () => {
    const chances = Array.from({ length: 1000 }, (_, index) => chanceOf(`s${index}/1/0/0`));
    expect(chances.every((chance) => chance >= 0 && chance < 1)).toBe(true);
    expect(chanceOf("s1/1/0/0")).toBe(chances[1]);
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const within = chances.filter((chance) => Math.floor(chance * 10) === tenth).length;
      expect(within).toBeGreaterThan(50);
      expect(within).toBeLessThan(200);
    }
  });
});
