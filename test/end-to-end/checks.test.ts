/** Invariants across artifacts through the real command: named writes, repairs, humans, commands, judges. */
import { expect, describe, it } from "vitest";
import { chain, checkedRun, endOf, patch, write, writesOnce } from "../support/checked-run.ts";
import type { Behaviour, Reply } from "../support/model-server/index.ts";
import { textOf } from "../support/model-server/call.ts";
import { resultOf } from "../support/run-command.ts";

const TOTAL = { type: "object", properties: { total: { type: "integer", minimum: 0 } }, required: ["total"] };
const SCHEMA = { id: "sum", title: "The total", artifact: "data.json", schema: TOTAL };
const LANES = ["a", "b", "c", "d", "e"];
const plan = (...checks: object[]) => ({
  task: "sum up",
  artifacts: [{ name: "data.json", policy: "last-wins" }],
  subtasks: chain(LANES, ["data.json"]),
  checks,
});

/** `c` breaks the total; the others add members of their own. */
const breaking = (mend: unknown): Behaviour => {
  const read = { name: "read_artifact", args: { name: "data.json" } };
  const writes: Record<string, NonNullable<Reply["toolCalls"]>> = {
    a: [write("data.json", '{"total": 1}')],
    ...Object.fromEntries(["b", "d", "e"].map((id) => [id, [patch("data.json", { [id]: 1 })]])),
    c: [patch("data.json", { total: -3 })],
  };
  const lanes = writesOnce(writes);
  return (call) => {
    const isRepair = call.subtaskId?.includes(".repair-") === true;
    if (!isRepair) {
      if (call.turn === 0 && call.subtaskId !== "a") return { toolCalls: [read] };
      return lanes(call.subtaskId === "a" ? call : { ...call, turn: call.turn - 1 });
    }
    if (call.turn === 0) return { toolCalls: [read] };
    if (call.turn === 1 && mend !== undefined) return { toolCalls: [patch("data.json", { total: mend })] };
    return { content: `${call.subtaskId} is through.` };
  };
};
const BROKE_IT = { artifact: "data.json", version: 3, subtask: "c", attempt: 1 };

describe("a violated schema check", () => {
  it("names the write that broke it, though others wrote before and after; a lane of its own mends it", async () => {
    const { lab, code, result, check, shown } = await endOf({ plan: plan(SCHEMA), agent: breaking(7) });
    expect({ code, status: result.status }).toEqual({ code: 0, status: "complete" });
    expect(check).toMatchObject({ id: "sum", title: "The total", status: "mended", isLeft: false });
    expect(check?.writes[0]).toEqual(BROKE_IT);
    expect(check?.writes.map(({ version }) => version)).toEqual([3, 4, 5]);
    expect(check?.repairs).toMatchObject([{ id: "sum.repair-1", outcome: "done", steps: 3, attempts: 1 }]);
    expect(result.coverage).toMatchObject({ total: 5, done: 5 });
    expect(result.subtasks.map(({ id }) => id)).toEqual(LANES);
    expect(result.usage.modelCalls).toBe(lab.server.stats().calls);
    expect(shown).toContain("check The total: mended");
    expect(shown).toContain('sum.repair-1 "Mend The total" — done');
    expect(shown).toContain("policy: invariant-violated[0] repair 1/2");
    expect(await lab.show("--subtask", "sum.repair-1")).toContain("sum.repair-1 is through.");
    const asked = lab.server.records().find(({ subtask }) => subtask === "sum.repair-1");
    expect(asked?.role).toBe("agent");
    expect(result.answer).toContain("Checks: 1 of 1 hold.");
  });

  it("that repairs do not help is tried twice and said: partial, exit 3", async () => {
    const { lab, code, result, check, shown } = await endOf({ plan: plan(SCHEMA), agent: breaking(undefined) });
    expect({ code, status: result.status }).toEqual({ code: 3, status: "partial" });
    expect(check).toMatchObject({ status: "violated", writes: [BROKE_IT, { version: 4 }, { version: 5 }] });
    expect(check?.repairs.map(({ id }) => id)).toEqual(["sum.repair-1", "sum.repair-2"]);
    for (const said of [result.answer, shown]) {
      expect(said).toContain("version 3 of data.json by c");
      expect(said).toContain("sum.repair-2 did not mend it");
    }
    expect(result.answer).toContain("Checks: 0 of 1 hold. The total is violated");
    const rules = lab.lines().filter(({ kind, data }) => kind === "recovery" && data["check"] === "sum");
    expect(rules.map(({ data }) => data["rule"])).toEqual([
      "invariant-violated[0] repair 1/2",
      "invariant-violated[0] repair 2/2",
      "invariant-violated give-up",
    ]);
    const again = await lab.resume();
    expect({ code: again.code, checks: resultOf(again).checks }).toEqual({ code: 3, checks: result.checks });
  });

  it("is not repaired where the policy gives up at once", async () => {
    const recovery = { "invariant-violated": [{ do: "give-up" }] };
    const { code, check } = await endOf({ plan: plan(SCHEMA), agent: breaking(7), config: { recovery } });
    expect(code).toBe(3);
    expect(check).toMatchObject({ status: "violated", repairs: [] });
  });

  it("stays violated, with the cause, where no agent may write artifacts", async () => {
    const agents = [
      { name: "writer", description: "writes", tools: ["write_artifact", "patch_artifact"] },
      { name: "talker", description: "talks", tools: [] },
    ];
    const { code, check, result } = await endOf({
      plan: { ...plan(SCHEMA), subtasks: chain(["a"], ["data.json"]) },
      agent: writesOnce({ a: [write("data.json", '{"total": -1}')] }),
      agents,
    });
    expect(code).toBe(3);
    expect(check?.repairs.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
    expect(result.answer).toMatch(/sum\.repair-1 ended as failed: .*no agent/);
  });
});

describe("a policy that asks a human about a violated check", () => {
  const config = { recovery: { "invariant-violated": [{ do: "ask-human", max: 1 }] } };
  const second = { ...SCHEMA, id: "sum.repair", title: "The total again" };

  it("pauses; each answer goes to its own check, whatever was answered before", async () => {
    const lab = await checkedRun({ plan: plan(SCHEMA, second), agent: breaking(7), config });
    const paused = await lab.run();
    expect(paused.code).toBe(4);
    const first = resultOf(paused);
    expect(first.checks.map(({ status }) => status)).toEqual(["violated", "violated"]);
    expect(first.interrupts).toMatchObject([
      { kind: "task", request: { action_requests: [{ args: { check: "sum" } }] } },
    ]);
    const calls = lab.server.stats().calls;
    const rejected = await lab.resume("--answer", "reject");
    expect(rejected.code).toBe(4);
    expect(resultOf(rejected).interrupts).toMatchObject([
      { request: { action_requests: [{ args: { check: "sum.repair" } }] } },
    ]);
    expect(lab.server.stats().calls).toBe(calls);
    const ended = await lab.resume("--answer", "approve");
    // The repair of the one has mended the other too: both look at the same artifact.
    expect(resultOf(ended).checks).toMatchObject([
      { id: "sum", status: "mended", isLeft: true, repairs: [] },
      { id: "sum.repair", status: "mended", isLeft: false, repairs: [{ id: "sum.repair.repair-1" }] },
    ]);
    expect(ended.code).toBe(0);
  });

  it("leaves it as it is where the human says so", async () => {
    const lab = await checkedRun({ plan: plan(SCHEMA), agent: breaking(7), config });
    expect((await lab.run()).code).toBe(4);
    const ended = await lab.resume("--answer", "reject");
    expect(ended.code).toBe(3);
    expect(resultOf(ended).checks).toMatchObject([{ status: "violated", isLeft: true, writes: [BROKE_IT, {}, {}] }]);
    expect(resultOf(ended).answer).toContain("a human left it as it is");
  });
});

describe("a check by command", () => {
  const text = (command: string[], more: object = {}) => ({
    plan: {
      task: "list",
      artifacts: [{ name: "docs/list.md", content: "one\ntwo\n" }],
      subtasks: [{ id: "a", instructions: "Do a." }],
      checks: [{ id: "cmd", artifacts: ["docs/list.md"], command, ...more }],
    },
    agent: writesOnce({}),
    config: { recovery: { "invariant-violated": [] } },
  });
  const answering: Behaviour = () => ({ content: "A result." });
  const sh = (script: string, more?: object) => ({ ...text(["sh", "-c", script], more), agent: answering });

  it("sees the artifacts as files and no keys; 0 holds", async () => {
    const lab = await checkedRun(sh('test "$OPENAI_API_KEY" = "" && wc -l < docs/list.md && ls'));
    const outcome = await lab.start({ env: { OPENAI_API_KEY: "sk-of-the-test" } }).ended;
    expect(resultOf(outcome).checks).toMatchObject([{ status: "held", evidence: "2 docs" }]);
    expect(outcome.code).toBe(0);
  });

  it("is violated by any other exit code, with the output as evidence and the write that broke it", async () => {
    const { check, code, shown } = await endOf(sh("echo 'two is there' >&2; ! grep -q two docs/list.md"));
    expect(check).toMatchObject({
      status: "violated",
      evidence: "two is there",
      writes: [{ version: 1, subtask: "plan" }],
    });
    expect(code).toBe(3);
    expect(shown).toContain("check cmd by command: violated: two is there");
  });

  it("that does not end in time is unchecked, and all that it started ends with it", async () => {
    const mark = `${4000 + (process.pid % 1000)}`;
    const { check, code } = await endOf(sh(`sleep ${mark} & sleep ${mark}`, { timeoutMs: 300 }));
    expect(check).toMatchObject({
      status: "unchecked",
      evidence: expect.stringContaining("did not end within 300 ms"),
    });
    expect(code).toBe(3);
    const { execFileSync } = await import("node:child_process");
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(`sleep ${mark}`);
  });

  it("that is not there is unchecked", async () => {
    const { check, code } = await endOf({ ...text(["no-such-command-anywhere"]), agent: answering });
    expect(check).toMatchObject({ status: "unchecked", evidence: expect.stringContaining("cannot be run") });
    expect(code).toBe(3);
  });
});

describe("a check by a judge", () => {
  const judged = (judge: Behaviour, more: object = {}) => ({
    plan: {
      task: "list",
      artifacts: [{ name: "list.md", content: "one" }],
      subtasks: [{ id: "a", instructions: "Do a." }],
      checks: [{ id: "says", artifacts: ["list.md"], predicate: "It says one.", ...more }],
    },
    agent: (() => ({ content: "A result." })) satisfies Behaviour,
    judge,
    config: { recovery: { "invariant-violated": [] } },
  });

  it.each([
    ["HOLDS: it does.", "held", "HOLDS: it does."],
    ["**VIOLATED**: it says two.", "violated", "it says two."],
    ["I cannot say.", "unchecked", "the judge said neither HOLDS nor VIOLATED: I cannot say."],
  ])("%s → %s", async (content, status, evidence) => {
    let prompt = "";
    const { lab, check, code } = await endOf(
      judged((call) => {
        prompt = call.messages.map((message) => textOf(message)).join("\n");
        return { content };
      }),
    );
    expect(check).toMatchObject({ status, evidence });
    expect(code).toBe(status === "held" ? 0 : 3);
    // What says neither is asked for once more.
    expect(lab.judged()).toBe(status === "unchecked" ? 2 : 1);
    expect(prompt).toMatch(/^You are the judge of a Glasshive swarm\./);
    expect(prompt).toContain("It says one.");
  });

  it("is asked in the judge's own words and by its model", async () => {
    const agents = [
      { name: "strict", description: "is strict", model: "m2", instructions: "Mind each comma.", tools: [] },
    ];
    let seen = { model: "", said: "" };
    const { check } = await endOf({
      ...judged(
        (call) => {
          seen = { model: call.model, said: call.systemText };
          return { content: "HOLDS" };
        },
        { agent: "strict" },
      ),
      agents,
    });
    expect(check?.status).toBe("held");
    expect(seen.model).toBe("m2");
    expect(seen.said).toContain("Mind each comma.");
  });

  it("by an agent that the run does not have is refused with the plan", async () => {
    const lab = await checkedRun(judged(() => ({ content: "HOLDS" }), { agent: "nobody" }));
    const { code, stderr } = await lab.run();
    expect(code).toBe(2);
    expect(stderr).toContain('check "says" names agent "nobody", which the run does not have');
    expect(lab.server.stats().calls).toBe(0);
  });
});

describe("a plan of the model", () => {
  it("may not run commands: it is refused and mended", async () => {
    const made = (check: object) =>
      JSON.stringify({
        artifacts: [{ name: "x.md", content: "x" }],
        subtasks: [{ id: "a", instructions: "Do a." }],
        checks: [{ id: "k", artifacts: ["x.md"], ...check }],
      });
    let refusal = "";
    const { check, code } = await endOf({
      planner: (call) => {
        if (call.turn === 0) return { content: made({ command: ["true"] }) };
        refusal = textOf(call.messages.at(-1)!);
        return { content: made({ predicate: "It is x." }) };
      },
      agent: () => ({ content: "A result." }),
      judge: () => ({ content: "HOLDS" }),
    });
    expect(refusal).toContain('check "k": a command is for a person to give; use a schema or a predicate');
    expect(check).toMatchObject({ id: "k", status: "held" });
    expect(code).toBe(0);
  });
});
