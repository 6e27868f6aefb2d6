/** A recorded run through another policy: what would have fired, when, and what would have been done; no model is called. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReplayedSignal } from "../../engine/policy/replay/replay-signals.ts";
import { runCommand } from "../support/run-command.ts";
import { openFaultRun, type FaultRun } from "./fault-run.ts";

const QUICK = { do: "retry", max: 2, backoffMs: 10, maxBackoffMs: 10, jitter: 0 } as const;

interface Replay {
  signals: ReplayedSignal[];
  summary: Record<string, number>;
}

async function replay(lab: FaultRun, policy: object): Promise<Replay> {
  const flags = ["--policy", join(lab.home, "other.json")];
  writeFileSync(join(lab.home, "other.json"), JSON.stringify(policy));
  const { code, stdout, stderr } = await runCommand(["replay", "r", "--home", lab.home, "--json", ...flags]);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Replay;
}

const of = ({ signals }: Replay, subtask: string) =>
  signals
    .filter((signal) => signal.subtask === subtask)
    .map(({ signal, recorded, replayed, action, moot }) => ({ signal, recorded, replayed, action, moot }));

describe("a recorded run", () => {
  let lab: FaultRun;
  let calls: number;
  beforeAll(async () => {
    lab = await openFaultRun({
      subtasks: ["fails-twice", "loops", "cannot", "fine"].map((id) => ({ id, instructions: `Do ${id}.` })),
      agent: (call) => {
        if (call.subtaskId === "fails-twice" && call.seen < 2) return { status: 500 };
        if (call.subtaskId === "loops" && call.turn < 3)
          return { toolCalls: [{ name: "read_result", args: { subtask: "none" } }] };
        return { content: call.subtaskId === "cannot" ? "CANNOT: no material" : "Done." };
      },
      recovery: { server: [QUICK] },
    });
    await lab.run();
    calls = lab.server.stats().calls;
  });
  afterAll(() => lab.close());

  it("decides alike under its own policy, signal by signal", async () => {
    const { summary } = await replay(lab, { recovery: { server: [QUICK] } });
    expect(summary).toMatchObject({ different: 0, onlyRecorded: 0, onlyReplayed: 0 });
    expect(summary["recorded"]).toBe(summary["same"]);
    expect(summary["recorded"]).toBeGreaterThanOrEqual(4);
  }, 30_000);

  it("says what another policy would have done, and from where on the recording no longer tells", async () => {
    const other = await replay(lab, { recovery: { server: [] } });
    expect(of(other, "fails-twice")).toEqual([
      { signal: "server", recorded: "server[0] retry 1/2", replayed: "server give-up", action: "give-up", moot: false },
      { signal: "server", recorded: "server[0] retry 2/2", replayed: "server give-up", action: "give-up", moot: true },
    ]);
  }, 30_000);

  it("detects anew by other thresholds: later, or where nothing was seen before", async () => {
    const patient = await replay(lab, { detection: { loop: { repeats: 9 }, idleMs: 600_000 } });
    expect(of(patient, "loops")).toEqual([
      expect.objectContaining({ signal: "loop", recorded: "loop[0] repair 1/4", replayed: null }),
    ]);
    const strict = await replay(lab, {
      recovery: { server: [QUICK] },
      detection: { loop: { repeats: 9 }, noProgressSteps: 2 },
    });
    expect(of(strict, "loops")).toContainEqual(
      expect.objectContaining({ signal: "no-progress", recorded: null, replayed: "no-progress[0] repair 1/2" }),
    );
  }, 30_000);

  it("calls no model for it", () => {
    expect(lab.server.stats().calls).toBe(calls);
  });

  it("refuses a policy that is none in one line", async () => {
    writeFileSync(join(lab.home, "bad.json"), JSON.stringify({ recovery: { tired: [] } }));
    const outcome = await runCommand(["replay", "r", "--home", lab.home, "--policy", join(lab.home, "bad.json")]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/^glasshive: the policy .*bad\.json is not valid: .*\n$/);
  });
});
