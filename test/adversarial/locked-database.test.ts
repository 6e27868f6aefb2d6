/** A database that another process locks in the middle of a run: the spending stops, the run pauses with one line, and goes on later. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { openHomeStorage } from "../../adapters/storage/home-storage.ts";
import { assembleSwarm } from "../../app/create-swarm.ts";
import { CALLS_OF_A_LANE, essenceOf, resumeHere, RUN, smallRun, SUBTASKS } from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { resultOf } from "../support/run-command.ts";
import { ScriptedChatModel } from "../support/scripted-chat-model.ts";
import { planOf, thread, WORKER } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const LOCKED_AT_CALL = 3;
/** Two subtasks are worked on side by side. */
const LANES = 2;
const CALLS = SUBTASKS.length * CALLS_OF_A_LANE + 1;

it("pauses the run with one line that names how to go on; show tells the same, and nothing that is saved is asked again", async () => {
  const home = join(temporaryFolder(), "home");
  let [calls, isLocked] = [0, false];
  let holder: InstanceType<typeof Database> | undefined;
  const small = await smallRun(home, () => {
    calls += 1;
    if (calls === LOCKED_AT_CALL) {
      holder = new Database(join(home, "glasshive.db"));
      holder.exec("BEGIN EXCLUSIVE");
      isLocked = true;
    }
    return 0;
  });
  onTestFinished(async () => {
    holder?.close();
    await small.close();
  });
  const struck = await small.run();
  expect(isLocked).toBe(true);
  expect(struck.code).toBe(4);
  expect(struck.stderr.trim().split("\n")).toEqual([
    expect.stringMatching(/^glasshive: run r is paused: .*glasshive\.db is locked.* — .*glasshive resume r$/),
  ]);
  expect(resultOf(struck)).toMatchObject({ status: "paused", interrupts: [{ id: "paused-storage" }] });
  // What was under way may end; nothing new goes out.
  const before = small.stats().calls;
  expect(before).toBeLessThanOrEqual(LOCKED_AT_CALL + LANES - 1);
  const shown = await small.command(["show", RUN, "--home", home]);
  expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: "" });
  expect(shown.stdout).toMatch(/glasshive resume r/);
  holder?.close();
  expect(await resumeHere(home)).toEqual({ code: 0, said: [] });
  const { result } = await checkInvariants(home, RUN);
  expect(essenceOf(result)).toMatchObject({ status: "complete", coverage: { done: SUBTASKS.length } });
  // At most the turns whose answers came when they could not be saved.
  expect(small.stats().calls).toBeLessThanOrEqual(CALLS + LANES);
  expect(result.usage.steps).toBeGreaterThanOrEqual(small.stats().calls);
}, 60_000);

it("pays for no call where another process writes the database, be it readable", async () => {
  const home = join(temporaryFolder(), "home");
  const small = await smallRun(home);
  onTestFinished(() => small.close());
  expect((await small.run("full:database:6")).code).toBe(4);
  const { calls } = small.stats();
  const holder = new Database(join(home, "glasshive.db"));
  holder.exec("BEGIN IMMEDIATE");
  try {
    const again = await small.command(["resume", RUN, "--home", home, "--json"]);
    expect(again.code).toBe(4);
    expect(again.stderr).toMatch(/^glasshive: run r is paused: .*glasshive\.db is locked.* — .*glasshive resume r\n$/);
    expect(small.stats().calls).toBe(calls);
  } finally {
    holder.close();
  }
  expect((await resumeHere(home)).code).toBe(0);
}, 60_000);

describe("a swarm that outlives the lock", () => {
  it("goes on with new runs and with the one that paused, in the same process", async () => {
    const home = join(temporaryFolder(), "home");
    let holder: InstanceType<typeof Database> | undefined;
    const lock = (): string => {
      holder = new Database(join(home, "glasshive.db"));
      holder.exec("BEGIN EXCLUSIVE");
      return "Result of a.";
    };
    const unlock = (): void => void holder?.close();
    const model = new ScriptedChatModel({
      a: [lock, "Result of a.", "Result of a, in another run."],
      b: ["Result of b.", "Result of b, in another run."],
      synthesizer: ["The answer.", "Another answer."],
    });
    const { graph, close } = assembleSwarm({ home, model, agents: [WORKER] }, (path) => openHomeStorage(path, 30));
    onTestFinished(async () => {
      unlock();
      await close("the test ended");
    });
    const input = { task: "t", plan: planOf({ a: {}, b: { dependsOn: ["a"] } }) };
    await expect(graph.invoke(input, thread("struck"))).rejects.toThrow(/glasshive\.db is locked/);
    // Calls that begin under the lock are told so as well, be they alone or side by side.
    const side = [graph.invoke(input, thread("early")), graph.invoke(input, thread("beside"))];
    for (const call of await Promise.allSettled(side)) {
      expect(call).toMatchObject({ status: "rejected", reason: { code: "DATABASE_LOCKED" } });
    }
    unlock();
    const [fresh, struck] = [await graph.invoke(input, thread("fresh")), await graph.invoke(null, thread("struck"))];
    expect([fresh.status, struck.status]).toEqual(["complete", "complete"]);
    model.expectUsedUp();
    await checkInvariants(home, "struck");
  });
});
