/** G1: a resume under other caps: what is spent is not undone by a lower one, and nothing is asked in vain. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { RUN, smallRun } from "../support/crash-run.ts";
import { layeredPlan } from "../support/layered-plan.ts";
import { byRole } from "../support/model-server/index.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("a run that ended at its cap", () => {
  it("is not resumed below what it has spent, asks nothing again under the same cap, and goes on under a higher one", async () => {
    const small = await smallRun(join(temporaryFolder(), "home"));
    onTestFinished(() => small.close());
    const ended = await small.run(undefined, ["--max-steps", "5"]);
    expect(ended.code).toBe(3);
    const { calls } = small.stats();
    const settings = join(small.home, "runs", RUN, "run.json");
    const before = readFileSync(settings, "utf8");
    const resume = (...flags: string[]) => small.command(["resume", RUN, "--home", small.home, "--json", ...flags]);
    const lower = await resume("--max-steps", "2");
    expect([lower.code, lower.stdout]).toEqual([2, ""]);
    expect(lower.stderr).toMatch(
      /^glasshive: run r has spent \d steps: a cap of 2 is below that — give a higher --max-steps/,
    );
    expect(readFileSync(settings, "utf8")).toBe(before);
    const again = await resume();
    expect([again.code, resultOf(again).answer]).toEqual([3, resultOf(ended).answer]);
    expect(small.stats().calls).toBe(calls);
    const higher = await resume("--max-steps", "20");
    expect([higher.code, resultOf(higher).coverage.done]).toEqual([0, 3]);
  }, 60_000);
});

describe("an answer that was written", () => {
  it("stays where a resume cannot write it anew, however it begins, and the answer says so", async () => {
    const words = "There is no answer to the last part yet; the first three say this.";
    const server = await serve(
      byRole({
        agent: (call) => ({ content: `Result of ${call.subtaskId}.` }),
        synthesizer: (call) => (call.seen === 0 ? { content: words } : { status: 400 }),
      }),
    );
    const home = temporaryFolder();
    const plan = join(home, "plan.json");
    writeFileSync(plan, JSON.stringify(layeredPlan({ subtasks: 4, layers: 4, fanIn: 1, seed: 1, steps: 1 })));
    const model = ["--model", "m", "--base-url", server.url, "--plan", plan];
    const place = ["--home", home, "--json"];
    const ended = await commandHere(["run", "--id", RUN, ...model, ...place, "--max-steps", "3"]);
    expect(resultOf(ended)).toMatchObject({
      ...{ status: "partial", answeredBy: "model", answer: expect.stringContaining(words) },
    });
    const resumed = resultOf(await commandHere(["resume", RUN, ...place, "--max-steps", "20"]));
    expect(resumed.coverage.done).toBe(4);
    expect(resumed.answeredBy).toBe("model");
    expect(resumed.answer).toMatch(/^There is no answer to .*\n\nThis was written before the last results came: .*400/);
  }, 60_000);
});

describe("a cap that is reached while the run plans", () => {
  it.each([
    ["tokens", ["--max-tokens", "400"], "budget"],
    ["time", ["--deadline", "1s"], "stalled"],
  ] as const)("(%s) is a partial answer, not a failure", async (_, flags, outcome) => {
    const server = await serve(() => ({ content: "no plan", delayMs: 3000 }));
    const args = ["run", "A task", "--model", "m", "--base-url", server.url, "--home", temporaryFolder(), "--json"];
    const ended = await commandHere([...args, ...flags]);
    expect(ended.code).toBe(3);
    expect(resultOf(ended).coverage[outcome]).toBe(1);
  });
});
