/** Many lanes, and a tenth of all calls fails at random, of every kind: every lane ends well or honestly, all on record. */
import { describe, expect, it } from "vitest";
import { runToEnd, type Planned } from "./fault-run.ts";
import { randomFaults } from "./random-faults.ts";

const LANES = 40;
const CALLS = 5;
const subtasks: Planned[] = Array.from({ length: LANES }, (_, index) => ({
  ...{ id: `s${index + 1}`, instructions: "Do it.", steps: CALLS + 2 },
  dependsOn: index < LANES / 2 ? [] : [`s${index + 1 - LANES / 2}`],
}));

describe("a storm of faults", () => {
  it.each([1, 2])(
    "seed %i: every subtask has one outcome, each signal its decision, and no rule of the records is broken",
    async (seed) => {
      const run = await runToEnd({
        subtasks,
        agent: randomFaults({ seed, share: 0.1, calls: CALLS, delay: { kind: "fixed", ms: 30 } }),
        recovery: Object.fromEntries(
          ["rate-limit", "server", "network", "truncated-stream"].map((kind) => [
            kind,
            [{ do: "retry", max: 6, backoffMs: 20, maxBackoffMs: 100 }],
          ]),
        ),
        detection: { idleMs: 3000, straggler: { leastMs: 500 } },
        flags: ["--concurrency", "30"],
      });
      expect([run.outcome.code, run.outcome.stderr]).toEqual([0, ""]);
      expect(run.result.coverage).toMatchObject({ total: LANES, done: LANES });
      const kinds = new Set(run.lines.filter(({ kind }) => kind === "signal").map(({ data }) => data["kind"]));
      expect(kinds.size).toBeGreaterThanOrEqual(6);
      expect(run.stats.unexpected).toEqual([]);
      expect(run.stats.inFlight).toBe(0);
    },
  );
});
