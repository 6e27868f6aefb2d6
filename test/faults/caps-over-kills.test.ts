/** G1: random faults, random caps, random kills, and a server that counts: no cap is passed by one call (more: bench/soak.ts). */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkInvariants } from "../support/invariants.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { countedRun } from "./counted-run.ts";

describe("a run that is killed again and again at a provider that fails", () => {
  it("asks no more than the steps that it was granted, and can be billed no more than the tokens", async () => {
    const folder = temporaryFolder();
    const runs = await Promise.all([1, 2].map((seed) => countedRun(seed, join(folder, String(seed)))));
    for (const { caps, asked, billable, result, home } of runs) {
      expect(asked).toBeLessThanOrEqual(result.usage.steps);
      expect(result.usage.steps).toBeLessThanOrEqual(caps.steps);
      const { inputTokens, outputTokens } = result.usage;
      expect(billable).toBeLessThanOrEqual(inputTokens + outputTokens);
      expect(inputTokens + outputTokens).toBeLessThanOrEqual(caps.tokens);
      await checkInvariants(home, "r");
    }
  }, 120_000);
});
