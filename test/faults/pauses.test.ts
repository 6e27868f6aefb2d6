/** What stops the whole run or waits for a human: quota, a refused key, `ask-human`, a dead process. Each resumes to the end. */
import type { ChildProcess } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Behaviour, Reply } from "../support/model-server/index.ts";
import { resultOf } from "../support/run-command.ts";
import { checkSignals, decisionsOf, evidenceOf, faultRun, laneIn, type Planned } from "./fault-run.ts";

const answer: Behaviour = (call) =>
  call.turn === 0
    ? { toolCalls: [{ name: "read_result", args: { subtask: "s1" } }] }
    : { content: `Result of ${call.subtaskId}.` };
const lanes = (count: number): Planned[] =>
  Array.from({ length: count }, (_, index) => ({ id: `s${index + 1}`, instructions: "Do it.", steps: 4 }));

const QUOTA_BODY: Reply = {
  status: 429,
  body: {
    error: { message: "You exceeded your current quota, check your plan and billing", type: "insufficient_quota" },
  },
};

describe("a provider that refuses the account", () => {
  it.each<[string, "quota" | "auth" | "endpoint", Reply, RegExp]>([
    ["403 quota", "quota", { status: 403 }, /^403 insufficient_quota/],
    ["429 with a quota body", "quota", QUOTA_BODY, /^429 insufficient_quota/],
    ["401", "auth", { status: 401 }, /^401 invalid_api_key/],
    ["404", "endpoint", { status: 404 }, /chat\/completions: there are no chat completions at this address/],
  ])(
    "%s pauses the run at once; resume finishes it, and repeats nothing that was finished",
    async (_, kind, refusal, evidence) => {
      let isMended = false;
      let firstRefusal = 0;
      const LANES = 14;
      const lab = await faultRun({
        subtasks: lanes(LANES),
        agent: (call) => {
          if (isMended || call.n <= LANES) return answer(call);
          firstRefusal ||= call.n;
          return refusal;
        },
        delayMs: 30,
        flags: ["--concurrency", "10"],
      });
      const paused = await lab.run();
      expect(paused.code).toBe(4);
      const before = resultOf(paused);
      expect(before.status).toBe("paused");
      expect(before.interrupts).toMatchObject([{ kind: "budget", request: { signal: kind } }]);
      // Only what was in flight with the first refusal.
      expect(lab.server.stats().calls - firstRefusal).toBeLessThan(10);
      const lines = lab.lines();
      checkSignals(lines);
      const refused = lines.find((line) => line.kind === "signal")?.subtask ?? "";
      expect(evidenceOf(lines, refused, kind)).toMatch(evidence);
      expect(decisionsOf(lines, refused)).toEqual([`${kind}[0] pause-run 1/20 → pause-run`]);
      expect(laneIn(await lab.show(), refused)).toMatch(
        new RegExp(`signal ${kind}: .+\\n.*policy: ${kind}\\[0\\] pause-run 1/20`),
      );
      const done = before.subtasks.filter(({ outcome }) => outcome === "done").map(({ id }) => id);
      const callsOfDone = () => lab.server.records().filter(({ subtask }) => done.includes(subtask ?? "")).length;
      const spentOnDone = callsOfDone();
      isMended = true;
      const resumed = await lab.resume();
      expect([resumed.code, resumed.stderr]).toEqual([0, ""]);
      expect(callsOfDone()).toBe(spentOnDone);
      const { result } = await lab.ended();
      expect(result.coverage).toMatchObject({ total: LANES, done: LANES });
      // Each refused call is taken once more, and none else.
      const { calls, callsByStatus } = lab.server.stats();
      const refusals = Object.entries(callsByStatus).reduce(
        (sum, [status, count]) => (status === "200" ? sum : sum + count),
        0,
      );
      expect(calls).toBe(2 * LANES + 1 + refusals);
    },
  );
});

describe("a policy that asks a human", () => {
  const asking = async () => {
    let isMended = false;
    const lab = await faultRun({
      subtasks: [
        { id: "well", instructions: "Do it." },
        { id: "ill", instructions: "Do it.", recovery: { "bad-request": [{ do: "ask-human", max: 2 }] } },
        { id: "after", instructions: "Do it.", dependsOn: ["ill"] },
      ],
      agent: (call) => (call.subtaskId === "ill" && !isMended ? { status: 400 } : answer(call)),
    });
    const paused = await lab.run();
    expect(paused.code).toBe(4);
    const { interrupts, subtasks } = resultOf(paused);
    expect(interrupts).toMatchObject([{ kind: "task", subtask: "ill" }]);
    // The others are not held up.
    expect(subtasks.find(({ id }) => id === "well")?.outcome).toBe("done");
    return { lab, mend: () => void (isMended = true) };
  };

  it("pauses that lane (exit 4) and takes its step again when the human says so, the others untouched", async () => {
    const { lab, mend } = await asking();
    mend();
    const resumed = await lab.resume("--answer", "approve");
    expect(resumed.code).toBe(0);
    const { result, lines } = await lab.ended();
    expect(result.coverage).toMatchObject({ total: 3, done: 3 });
    expect(decisionsOf(lines, "ill")).toEqual(["bad-request[0] ask-human 1/2 → ask-human"]);
    expect(lab.server.records().filter(({ subtask }) => subtask === "well")).toHaveLength(2);
    expect(laneIn(await lab.show(), "ill")).toMatch(
      /policy: bad-request\[0\] ask-human 1\/2[^]*waits for a human: [^]*a human answered/,
    );
  });

  it("takes the output that the human gives, and the human's word that it is given up", async () => {
    const edited = await asking();
    const edit = { type: "edit", edited_action: { name: "try_again", args: { output: "by hand" } } };
    expect((await edited.lab.resume("--answer", JSON.stringify(edit))).code).toBe(0);
    const { result } = await edited.lab.ended();
    expect(result.subtasks.find(({ id }) => id === "ill")).toMatchObject({ outcome: "done", output: "by hand" });
    const refused = await asking();
    expect((await refused.lab.resume("--answer", '{"type":"reject","message":"not worth it"}')).code).toBe(3);
    const { result: rejected } = await refused.lab.ended();
    expect(rejected.coverage).toMatchObject({ done: 1, rejected: 1, skipped: 1 });
    expect(rejected.answer).toContain("not worth it");
  });
});

describe("a worker that is gone", () => {
  it("lost-worker: the process dies in a call; the next one books it, says so, and takes the step again", async () => {
    let child: ChildProcess | undefined;
    const lab = await faultRun({
      subtasks: lanes(2),
      agent: (call) => {
        if (call.subtaskId !== "s2" || call.turn === 0 || child === undefined) return answer(call);
        child.kill("SIGKILL");
        child = undefined;
        return { hang: true };
      },
    });
    const started = lab.start();
    child = started.child;
    expect((await started.ended).signal).toBe("SIGKILL");
    expect((await lab.resume()).code).toBe(0);
    const { result, lines } = await lab.ended();
    expect(result.coverage).toMatchObject({ total: 2, done: 2 });
    expect(evidenceOf(lines, "s2", "lost-worker")).toMatch(/^the process that made call call-\d+ is gone$/);
    expect(decisionsOf(lines, "s2")).toEqual([expect.stringMatching(/^lost-worker\[0\] retry.* → retry$/)]);
    expect(laneIn(await lab.show(), "s2")).toMatch(/signal lost-worker: .+\n.*policy: lost-worker\[0\] retry/);
    expect(lab.server.stats().repeated.every(({ calls }) => calls === 2)).toBe(true);
  });
});

describe("a model that is refused", () => {
  it("pauses the run and names the profile; resume puts another in its place", async () => {
    const refusal: Reply = { status: 403, body: { error: { message: "You have no access to model fast" } } };
    const lab = await faultRun({
      subtasks: [
        { id: "s1", instructions: "Do it.", agent: "slow" },
        { id: "s2", instructions: "Do it.", agent: "quick" },
      ],
      agents: [
        { name: "slow", description: "thinks", tools: ["read_result"] },
        { name: "quick", description: "is quick", tools: ["read_result"], model: "fast" },
      ],
      agent: (call) => (call.model === "fast" ? refusal : answer(call)),
    });
    const paused = await lab.run();
    expect(paused.code).toBe(4);
    expect(evidenceOf(lab.lines(), "s2", "model")).toBe(
      'the model fast of the agent profile "quick": 403: You have no access to model fast',
    );
    const unknown = await lab.resume("--model", "fastest=m");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('run r has no model "fastest"')]);
    const resumed = await lab.resume("--model", "fast=m");
    expect([resumed.code, resumed.stderr]).toEqual([0, ""]);
    expect(resultOf(resumed).coverage).toMatchObject({ total: 2, done: 2 });
  });
});
