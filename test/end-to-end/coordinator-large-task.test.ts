/** A task of 2,000 items that no prompt can hold is planned in parts, each item once. Through the command line. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sections } from "../../engine/policy/prompts/markup.ts";
import type { PlanFile } from "../../state/plan.ts";
import { textOf, type ModelCall } from "../support/model-server/call.ts";
import { byRole, limitedWindow, synthesizerAnswer, type Behaviour } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ITEMS = 2000;
const WINDOW_BYTES = 40_000;
const item = (number: number): string =>
  `supplier ${String(number).padStart(4, "0")}, whose registered name and place stand in the register`;
const TASK = [
  "Is each of these suppliers still in business? Say yes or no for each.",
  "",
  ...Array.from({ length: ITEMS }, (_, index) => item(index + 1)),
].join("\n");

const taskIn = ({ messages }: ModelCall): string =>
  sections(textOf(messages[1] ?? { role: "user" }), "task").at(-1)?.body ?? "";

/** One subtask for each line that names a supplier. */
const planLines: Behaviour = (call) => ({
  content: JSON.stringify({
    subtasks: [...taskIn(call).matchAll(/^supplier (\d{4}).*$/gm)].map(([line, number]) => ({
      ...{ id: `supplier-${Number(number) % 7}-${number}`, title: line, instructions: `Look up ${line}.`, steps: 1 },
    })),
  }),
});

async function run(planner: Behaviour, task: string, { flags = [] as string[], windowBytes = WINDOW_BYTES } = {}) {
  const behaviour = byRole({ planner, agent: () => ({ content: "yes" }), synthesizer: synthesizerAnswer() });
  const server = await serve(limitedWindow(windowBytes, behaviour));
  const home = temporaryFolder();
  writeFileSync(join(home, "task.txt"), task);
  const how = ["--task-file", "task.txt", "--model", "m", "--base-url", server.url, "--home", home, "--id", "r"];
  const outcome = await commandHere(["run", ...how, "--json", ...flags], { cwd: home });
  return { outcome, server, lines: readJournalFile(home, "r") };
}

/** Nothing above the window was answered, and nothing below it refused. */
function expectAnsweredWithin(windowBytes: number, server: Awaited<ReturnType<typeof serve>>): void {
  for (const { inputTokens, status } of server.records())
    expect(status).toBe(4 * inputTokens <= windowBytes ? 200 : 400);
}

describe("a task that is too long for the planner's prompt", () => {
  it("is planned in parts: every item of 2,000 once, and the overflow is on record", async () => {
    expect(Buffer.byteLength(TASK)).toBeGreaterThan(130_000);
    const { outcome, server, lines } = await run(planLines, TASK, { flags: ["--dry-run"] });
    expect(outcome.code).toBe(0);
    const plan = lines.find(({ kind }) => kind === "plan")!;
    expect(plan.data["origin"]).toMatch(/^planner, in [48] parts$/);
    const planned = (plan.data["plan"] as PlanFile).subtasks.map(({ title }) => title);
    expect(planned.toSorted((one, other) => one!.localeCompare(other!))).toEqual(
      Array.from({ length: ITEMS }, (_, index) => item(index + 1)),
    );

    const calls = server.records().filter(({ role }) => role === "planner");
    expect(calls.length).toBeLessThanOrEqual(15);
    const overflows = calls.filter(({ status }) => status === 400).length;
    expect(overflows).toBeGreaterThan(0);
    const signals = lines.filter(({ kind, data }) => kind === "signal" && data["purpose"] === "plan");
    expect(signals.map(({ data }) => data["kind"])).toEqual(Array(overflows).fill("context-overflow"));
    const recoveries = lines.filter(({ kind, data }) => kind === "recovery" && data["purpose"] === "plan");
    expect(recoveries).toHaveLength(overflows);
    expectAnsweredWithin(WINDOW_BYTES, server);
  }, 60_000);

  const SMALL = [
    "Is each of these suppliers still in business?",
    "",
    ...Array.from({ length: 200 }, (_, index) => item(index + 1)),
  ].join("\n");
  /** Room for half of them. */
  const HALF_WINDOW = 14_000;
  /** Room for no more than half of them, and for every lane. */
  const SMALL_WINDOW = 18_000;

  it("is done within the steps, and no lane carries the whole of it", async () => {
    const { outcome, server, lines } = await run(planLines, SMALL, { windowBytes: SMALL_WINDOW });
    const result = resultOf(outcome);
    expect(lines.find(({ kind }) => kind === "plan")?.data["origin"]).toMatch(/^planner, in \d parts$/);
    expect(result.coverage).toMatchObject({ total: 200, done: 200 });
    expect(result.answer).toContain("200 of 200 done");
    expect(result.usage.steps).toBeLessThanOrEqual(4000);
    expectAnsweredWithin(SMALL_WINDOW, server);
    const inputs = server.records().flatMap(({ role, inputTokens }) => (role === "agent" ? inputTokens : []));
    expect(Math.max(...inputs)).toBeLessThan(4000);
  }, 60_000);

  const planOnly = async (planner: Behaviour) => {
    const { outcome, server, lines } = await run(planner, SMALL, { flags: ["--dry-run"] });
    const calls = server.records().filter(({ role }) => role === "planner").length;
    const plan = lines.find(({ kind }) => kind === "plan")?.data;
    const file = plan?.["plan"] as PlanFile | undefined;
    return { outcome, calls, origin: plan?.["origin"], subtasks: file?.subtasks ?? [] };
  };

  it("is planned in parts where the plan is too long for one reply", async () => {
    const { calls, origin, subtasks } = await planOnly((call) => {
      const isTooMuch = taskIn(call).includes(item(1)) && taskIn(call).includes(item(200));
      return { ...planLines(call), ...(isTooMuch ? { finishReason: "length" } : {}) };
    });
    expect(origin).toBe("planner, in 2 parts");
    expect(subtasks).toHaveLength(200);
    expect(calls).toBe(3);
  }, 60_000);

  it("has one subtask for a part of which no plan comes, and the plan says so", async () => {
    const notTheSecond: Behaviour = (call) =>
      taskIn(call).includes(item(200)) ? { content: "I would rather not." } : planLines(call);
    const { calls, origin, subtasks } = await planOnly(limitedWindow(HALF_WINDOW, notTheSecond, { isMute: true }));
    expect(origin).toBe("planner, in 2 parts; no plan came of 1, so each of these is one subtask");
    expect(subtasks).toHaveLength(101);
    expect(subtasks.at(-1)).toMatchObject({ id: "p2-part", title: "Part 2 of 2 of the task" });
    expect(subtasks.at(-1)!.instructions).toMatch(/^Is each of these suppliers still in business\?\n\nsupplier 0101/);
    // The whole, two parts, and two repairs of the second.
    expect(calls).toBe(5);
  }, 60_000);

  it("is one subtask, as the last resort, where every size is refused", async () => {
    const { outcome, calls, origin, subtasks } = await planOnly(limitedWindow(0, planLines));
    expect(outcome.code).toBe(0);
    expect(origin).toMatch(/^last resort: 400 context_length_exceeded/);
    expect(subtasks).toHaveLength(1);
    expect(calls).toBeLessThanOrEqual(129);
  }, 60_000);

  it("fails the planning where the provider fails for a part, which is no answer", async () => {
    const notTheSecond: Behaviour = (call) => (taskIn(call).includes(item(200)) ? { status: 400 } : planLines(call));
    const { outcome, origin } = await planOnly(limitedWindow(HALF_WINDOW, notTheSecond, { isMute: true }));
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain("the planner's model failed (bad-request)");
    expect(origin).toBeUndefined();
  }, 60_000);
});
