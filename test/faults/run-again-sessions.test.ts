/**
 * Runs that were led on from outside, run again: after a cap, under another model, by another plan, by answers of people, and as forks.
 * `ended` runs each of them again and holds every end against the record.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Behaviour } from "../support/model-server/index.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { faultRun, type FaultRun, type Planned } from "./fault-run.ts";

const subtasks: Planned[] = [
  { id: "a", instructions: "Do a." },
  { id: "b", instructions: "Do b.", dependsOn: ["a"] },
  { id: "c", instructions: "Do c." },
  { id: "d", instructions: "Do d.", dependsOn: ["b", "c"], allowMissingInputs: true },
];

const writing = subtasks.map((subtask) => ({ ...subtask, writes: ["x.md"] })) as [Planned, Planned, Planned, Planned];

const inTwoSteps: Behaviour = ({ turn, subtaskId }) =>
  turn < 1
    ? { toolCalls: [{ name: "read_result", args: { subtask: "none" } }] }
    : { content: `Result of ${subtaskId}.` };

async function ends(lab: FaultRun): Promise<number> {
  const { stdout } = await commandHere(["replay", "r", "--home", lab.home, "--json"]);
  const told = JSON.parse(stdout) as { same: boolean; ends: number };
  expect(told).toMatchObject({ same: true });
  return told.ends;
}

const plan = (lab: FaultRun, subtasks: Planned[]): string => {
  const file = join(lab.home, "other.json");
  writeFileSync(file, JSON.stringify({ subtasks }));
  return file;
};

describe("a run that was led on from outside is run again to each of its ends", () => {
  it("that a cap had ended, under a higher one, twice", async () => {
    const lab = await faultRun({ subtasks, agent: inTwoSteps, flags: ["--max-steps", "6"] });
    expect((await lab.run()).code).toBe(3);
    const calls = lab.server.stats().calls;
    await lab.resume("--max-steps", "9");
    expect(lab.server.stats().calls).toBeGreaterThan(calls);
    expect((await lab.resume("--max-steps", "60")).code).toBe(0);
    await lab.ended();
    expect(await ends(lab)).toBe(3);
  }, 60_000);

  it("that was given another model after its end", async () => {
    const agent: Behaviour = ({ model, subtaskId }) =>
      model === "m" && subtaskId === "c" ? { content: "CANNOT: not me" } : { content: `Result of ${subtaskId}.` };
    const lab = await faultRun({ subtasks, agent });
    expect((await lab.run()).code).toBe(3);
    expect((await lab.resume("--model", "bigger")).code).toBe(0);
    await lab.ended();
    expect(await ends(lab)).toBe(2);
  }, 60_000);

  it("that paused for a model that is not there, and went on with another one", async () => {
    const agent: Behaviour = (call) =>
      call.model === "m" && call.subtaskId === "b" ? { status: 404 } : inTwoSteps(call);
    const lab = await faultRun({ subtasks, agent });
    expect((await lab.run()).code).toBe(4);
    expect((await lab.resume("--model", "other")).code).toBe(0);
    await lab.ended();
    expect(await ends(lab)).toBe(1);
  }, 60_000);

  it("that was given another plan while it was paused, and once more after its end", async () => {
    let isUp = false;
    const lab = await faultRun({
      subtasks,
      agent: (call) => (!isUp && call.subtaskId === "b" ? { status: 401 } : inTwoSteps(call)),
    });
    expect((await lab.run()).code).toBe(4);
    isUp = true;
    const [a, b, c] = subtasks as [Planned, Planned, Planned];
    const first = await lab.resume("--plan", plan(lab, [a, { ...b, instructions: "Do b otherwise." }, c]));
    expect(resultOf(first).coverage).toMatchObject({ total: 3, done: 3 });
    const second = await lab.resume("--plan", plan(lab, [a, c, { id: "e", instructions: "Do e.", dependsOn: ["a"] }]));
    expect(resultOf(second).coverage).toMatchObject({ total: 3, done: 3 });
    await lab.ended();
    expect(await ends(lab)).toBe(2);
  }, 60_000);

  it("that paused for people, and was answered", async () => {
    const lab = await faultRun({
      subtasks,
      agent: inTwoSteps,
      flags: ["--approve", "plan,tools,answer"],
    });
    expect((await lab.run()).code).toBe(4);
    for (let code: number | null = 4; code === 4;) ({ code } = await lab.resume("--answer", "approve"));
    await lab.ended();
    expect(await ends(lab)).toBe(1);
  }, 60_000);

  it("whose cap was raised by a command in the place of an answer", async () => {
    const lab = await faultRun({
      subtasks,
      agent: inTwoSteps,
      flags: ["--max-steps", "6", "--approve", "budget"],
    });
    const { code } = await lab.run();
    expect(code).toBe(4);
    expect((await lab.resume("--max-steps", "60")).code).toBe(0);
    await lab.ended();
    expect(await ends(lab)).toBe(1);
  }, 60_000);

  it.each([
    ["a higher cap", () => ["--max-steps", "100"]],
    ["another model", () => ["--model", "other"]],
    [
      "another plan",
      (lab: FaultRun) => {
        const [a, b, c, d] = writing;
        return ["--plan", plan(lab, [a, { ...b, instructions: "Do b otherwise." }, c, d])];
      },
    ],
  ] as const)(
    "that was killed amid its lanes, and went on with %s",
    async (_, flags) => {
      let arrived: () => void;
      const isThere = new Promise<void>((resolve) => (arrived = resolve));
      let isDead = false;
      const agent: Behaviour = ({ subtaskId, turn, seen }) => {
        if (subtaskId === "b" && turn === 1 && seen === 0 && !isDead) {
          arrived();
          return { hang: true };
        }
        if (turn === 3) return { content: `Result of ${subtaskId}.` };
        return { toolCalls: [{ name: "append_artifact", args: { name: "x.md", content: `${subtaskId} ${turn}` } }] };
      };
      const lab = await faultRun({ subtasks: [...writing], agent });
      const { child, ended } = lab.start();
      await isThere;
      child.kill("SIGKILL");
      expect((await ended).signal).toBe("SIGKILL");
      isDead = true;
      expect((await lab.resume(...flags(lab))).code).toBe(0);
      await lab.ended();
      expect(await ends(lab)).toBe(1);
    },
    60_000,
  );

  it("whose cap nobody was there to raise", async () => {
    const lab = await faultRun({
      subtasks,
      agent: inTwoSteps,
      flags: ["--max-steps", "6", "--approve", "budget", "--unattended"],
    });
    expect((await lab.run()).code).toBe(3);
    await lab.ended();
  }, 60_000);
});
