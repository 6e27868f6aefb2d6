/** G6, G7: what goes wrong in one lane stays there; infrastructure failure is never an answer. Through the command line. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { byRole, synthesizerAnswer, toolCallsThenAnswer, type Behaviour } from "../support/model-server/index.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const FAST_RECOVERY = { recovery: { server: [{ do: "retry", max: 1, backoffMs: 1, maxBackoffMs: 1 }] } };

async function run(agent: Behaviour, plan: object) {
  const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }));
  const home = temporaryFolder();
  writeFileSync(join(home, "plan.json"), JSON.stringify(plan));
  writeFileSync(join(home, "config.json"), JSON.stringify(FAST_RECOVERY));
  const outcome = await commandHere(
    [
      "run",
      "--plan",
      "plan.json",
      "--config",
      "config.json",
      "--model",
      "m",
      "--base-url",
      server.url,
      "--home",
      home,
      "--id",
      "r",
      "--json",
    ],
    { cwd: home },
  );
  const show = await commandHere(["show", "r", "--home", home]);
  return { outcome, result: resultOf(outcome), stats: server.stats(), shown: show.stdout };
}

describe("a lane that goes wrong", () => {
  it("does not touch the others: a failing provider, nonsense, too many steps, and what depends on them", async () => {
    const good = toolCallsThenAnswer({ toolCalls: 1, args: { subtask: "good-1" } });
    const agent: Behaviour = (call) => {
      if (call.subtaskId === "broken") return { status: 500 };
      if (call.subtaskId === "nonsense") return { content: "blah" };
      if (call.subtaskId === "endless")
        return { toolCalls: [{ name: "read_result", args: { subtask: `x${call.turn}` } }] };
      if (call.subtaskId === "garbled")
        return call.turn === 0 ? { toolCalls: [{ name: "read_result", args: "{not json" }] } : { content: "mended" };
      if (call.subtaskId === "cannot") return { content: "CANNOT: the material is missing" };
      return good(call);
    };
    const subtask = (id: string, more: object = {}) => ({ id, instructions: `Do ${id}.`, ...more });
    const plan = {
      task: "many things",
      subtasks: [
        ...["good-1", "good-2", "good-3", "broken", "garbled", "cannot"].map((id) => subtask(id)),
        subtask("nonsense", { expects: { type: "object", required: ["x"] } }),
        subtask("endless", { steps: 3 }),
        subtask("after-broken", { dependsOn: ["broken", "good-1"] }),
        subtask("after-that", { dependsOn: ["after-broken"] }),
        subtask("bears-it", { dependsOn: ["broken", "good-1"], allowMissingInputs: true }),
      ],
    };
    const { outcome, result, shown } = await run(agent, plan);
    expect(outcome.code).toBe(3);
    const outcomes = Object.fromEntries(result.subtasks.map(({ id, outcome: how }) => [id, how]));
    expect(outcomes).toEqual({
      ...{ "good-1": "done", "good-2": "done", "good-3": "done", garbled: "done", "bears-it": "done" },
      ...{ broken: "infra", nonsense: "invalid", endless: "budget", cannot: "failed" },
      ...{ "after-broken": "skipped", "after-that": "skipped" },
    });
    for (const id of ["broken", "nonsense", "endless", "cannot", "after-broken"])
      expect(result.answer).toContain(`(${id}): `);
    expect(result.answer).toContain("the material is missing");
    // Why, in order, for each of them.
    expect(shown).toMatch(/signal server: .*\n.*policy: server\[0\] retry 1\/1/);
    expect(shown).toMatch(/signal invalid-output: .*\n.*policy: invalid-output\[0\] repair 1\/2/);
    expect(shown).toContain("policy: invalid-output[1] reassign 1/1");
  }, 60_000);

  it("never turns a provider that fails for everyone into an answer", async () => {
    const plan = {
      task: "Verify the claims",
      subtasks: [{ id: "claim", forEach: ["a", "b", "c"], instructions: "Is {{item}} true?" }],
    };
    const { outcome, result, stats } = await run(() => ({ status: 503 }), plan);
    expect(outcome.code).toBe(1);
    expect(result.status).toBe("failed");
    expect(result.coverage).toMatchObject({ total: 3, done: 0, infra: 3 });
    expect(result.answer).toContain("nothing was examined");
    expect(result.answer).not.toMatch(/refuted/i);
    expect(stats.callsByRole.synthesizer).toBeUndefined();
  }, 60_000);
});
