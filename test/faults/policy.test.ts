/** The policy is data: one number changes what is done, the journal names the rule, and the nearer layer wins. */
import { beforeAll, describe, expect, it } from "vitest";
import type { RecoveryPolicyInput } from "../../state/recovery-policy.ts";
import { bySubtask, decisionsOf, evidenceOf, failing, laneIn, runToEnd } from "./fault-run.ts";

const answerOf = (id: string | null) => ({ content: `Result of ${id}.` });

describe("one number in the policy file", () => {
  const withRetries = (max: number) =>
    runToEnd({
      subtasks: [{ id: "s1", instructions: "Do it." }],
      agent: failing({ status: 500 }, 3),
      recovery: { server: [{ do: "retry", max, backoffMs: 10, maxBackoffMs: 10, jitter: 0 }] },
    });

  it("changes how a run ends; the journal says which rule fired, and how often it may", async () => {
    const patient = await withRetries(3);
    expect(patient.result.coverage.done).toBe(1);
    expect(decisionsOf(patient.lines, "s1")).toEqual([
      "server[0] retry 1/3 → retry",
      "server[0] retry 2/3 → retry",
      "server[0] retry 3/3 → retry",
    ]);
    const hasty = await withRetries(2);
    expect(hasty.result.coverage).toMatchObject({ done: 0, infra: 1 });
    expect(decisionsOf(hasty.lines, "s1")).toEqual([
      "server[0] retry 1/2 → retry",
      "server[0] retry 2/2 → retry",
      "server give-up → give-up",
    ]);
    expect(laneIn(hasty.shown, "s1")).toContain("policy: given up (server: no rule is left)");
  });
});

describe("actions and layers of the policy", () => {
  const agents = [
    { name: "worker", description: "does what it is told", tools: ["read_result"] },
    {
      name: "careful",
      description: "asks for nothing",
      recovery: { server: [{ do: "wait", max: 1, ms: 321 }], timeout: [] } satisfies RecoveryPolicyInput,
    },
  ];
  const filtered = { content: "half", finishReason: "content_filter" } as const;
  let run: Awaited<ReturnType<typeof runToEnd>>;
  beforeAll(async () => {
    run = await runToEnd({
      agents,
      subtasks: [
        ...["of-run", "gives-up"].map((id) => ({ id, instructions: "Do it.", agent: "worker" })),
        ...["of-agent", "emptied-by-agent"].map((id) => ({ id, instructions: "Do it.", agent: "careful" })),
        {
          ...{ id: "of-subtask", instructions: "Do it.", agent: "careful" },
          recovery: { server: [{ do: "switch-model", models: ["m2", "m3"] }] },
        },
        {
          id: "other-models",
          instructions: "Do it.",
          recovery: { "content-filter": [{ do: "switch-model", models: ["m2", "m3"] }] },
        },
        { id: "reassigned", instructions: "Do it." },
        { id: "nobody-else", instructions: "Do it.", agent: "worker" },
      ],
      agent: bySubtask({
        "of-run": failing({ status: 500 }),
        "gives-up": failing({ status: 400 }),
        "of-agent": failing({ status: 500 }),
        "emptied-by-agent": failing({ status: 504 }),
        "of-subtask": failing({ status: 500 }),
        "other-models": (call) => (call.model === "m3" ? { content: `by ${call.model}` } : filtered),
        reassigned: (call) => (call.seen === 0 ? { content: "" } : answerOf(call.subtaskId)),
        "nobody-else": (call) => (call.seen === 0 ? { content: "" } : answerOf(call.subtaskId)),
      }),
      recovery: {
        server: [{ do: "retry", max: 1, backoffMs: 5, jitter: 0 }],
        "bad-request": [{ do: "give-up" }, { do: "retry", max: 5 }],
        "empty-answer": [
          { do: "reassign", max: 1 },
          { do: "wait", max: 1, ms: 7 },
        ],
      },
    });
  });
  const outcomeOf = (id: string) => run.result.subtasks.find((subtask) => subtask.id === id);
  const delayOf = (id: string) =>
    run.lines.find((line) => line.kind === "recovery" && line.subtask === id)?.data["delayMs"];

  it("take the run's rule where nobody has one of his own", () => {
    expect(decisionsOf(run.lines, "of-run")).toEqual(["server[0] retry 1/1 → retry"]);
    expect(delayOf("of-run")).toBe(5);
  });

  it("take the agent's over the run's: another action, or none at all", () => {
    expect(decisionsOf(run.lines, "of-agent")).toEqual(["server[0] wait 1/1 → wait"]);
    expect(delayOf("of-agent")).toBe(321);
    expect(outcomeOf("of-agent")?.outcome).toBe("done");
    expect(decisionsOf(run.lines, "emptied-by-agent")).toEqual(["timeout give-up → give-up"]);
    expect(outcomeOf("emptied-by-agent")).toMatchObject({ outcome: "infra" });
    expect(evidenceOf(run.lines, "emptied-by-agent", "timeout")).toMatch(/^504/);
  });

  it("take the subtask's over both", () => {
    expect(decisionsOf(run.lines, "of-subtask")).toEqual(["server[0] switch-model 1/2 → switch-model"]);
    const models = run.lines
      .filter((line) => line.kind === "model-call" && line.subtask === "of-subtask")
      .map(({ data }) => data["model"]);
    expect(models).toEqual(["m", "m2"]);
  });

  it("switch-model: goes through the list, one model at each firing", () => {
    expect(decisionsOf(run.lines, "other-models")).toEqual([
      "content-filter[0] switch-model 1/2 → switch-model",
      "content-filter[0] switch-model 2/2 → switch-model",
    ]);
    expect(outcomeOf("other-models")).toMatchObject({ outcome: "done", output: "by m3" });
    expect(laneIn(run.shown, "other-models")).toMatch(
      /signal content-filter: .+\n.*policy: content-filter\[0\] switch-model 1\/2/,
    );
  });

  it("give-up: nothing after it is tried", () => {
    expect(decisionsOf(run.lines, "gives-up")).toEqual(["bad-request give-up → give-up"]);
    expect(outcomeOf("gives-up")).toMatchObject({ outcome: "failed" });
  });

  it("pass over what cannot be done: no other agent, so the next action", () => {
    expect(decisionsOf(run.lines, "reassigned")).toEqual(["empty-answer[0] reassign 1/1 → reassign"]);
    expect(decisionsOf(run.lines, "nobody-else")).toEqual(["empty-answer[1] wait 1/1 → wait"]);
    expect(outcomeOf("nobody-else")?.outcome).toBe("done");
  });
});
