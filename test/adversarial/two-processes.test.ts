/** One process a run: a second one is refused and changes nothing; when the holder is gone the next takes over. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { CALLS_OF_A_LANE, essenceOf, RUN, smallRun, SUBTASKS } from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MINUTES_MS = 600_000;

async function world(agentDelayMs?: () => number) {
  const small = await smallRun(join(temporaryFolder(), "home"), agentDelayMs);
  onTestFinished(() => small.close());
  return small;
}

/** A run whose process waits for its model, and the switch that lets later calls be answered at once. */
async function heldRun() {
  let isSlow = true;
  const small = await world(() => (isSlow ? MINUTES_MS : 0));
  const holder = small.start(small.runArgs());
  onTestFinished(() => void holder.child.kill("SIGKILL"));
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  while (small.stats().inFlight < 2) await pause(10);
  // Both first lanes wait for their models: once what stands beside the calls is written too, the holder writes nothing more.
  for (let before = ""; before !== JSON.stringify(kept(small.home)); await pause(300))
    before = JSON.stringify(kept(small.home));
  return { small, holder, hurry: () => void (isSlow = false) };
}

/** All that is kept of a run: its files, and the rows of the database. */
function kept(home: string): Record<string, string> {
  const files = ["journal.jsonl", "run.json", "holder.json"].map((name) => [
    name,
    readFileSync(join(home, "runs", RUN, name), "utf8"),
  ]);
  const database = new Database(join(home, "glasshive.db"), { readonly: true });
  const tables = ["checkpoints", "writes", "store"].map((table) => {
    const rows = database.prepare(`SELECT * FROM ${table}`).all();
    return [table, `${rows.length} rows, ${createHash("sha256").update(JSON.stringify(rows)).digest("hex")}`];
  });
  database.close();
  return Object.fromEntries([...files, ...tables]) as Record<string, string>;
}

describe("a second process on one run", () => {
  it.each([
    { what: "that resumes it", flags: [] },
    { what: "that resumes it with another cap", flags: ["--max-steps", "7"] },
  ])(
    "$what is told who holds it, exits 1 and changes nothing",
    async ({ flags }) => {
      const { small, holder } = await heldRun();
      const before = kept(small.home);
      const second = await small.command(["resume", RUN, "--home", small.home, "--json", ...flags]);
      expect(second.code).toBe(1);
      expect(second.stderr).toContain(`run ${RUN} is being worked on by process ${holder.child.pid} on `);
      expect(second.stderr.trim().split("\n")).toHaveLength(1);
      expect(kept(small.home)).toEqual(before);
      expect(holder.child.exitCode).toBeNull();
    },
    60_000,
  );

  it("that was refused does not stand in the way: after kill -9 of the holder the next one completes the run", async () => {
    const { small, holder, hurry } = await heldRun();
    const resuming = ["resume", RUN, "--home", small.home, "--json"];
    expect((await small.command(resuming)).code).toBe(1);
    hurry();
    holder.child.kill("SIGKILL");
    await holder.ended;
    const outcome = await small.command(resuming);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    await checkInvariants(small.home, RUN);
    const calm = await world();
    expect(essenceOf(resultOf(outcome))).toEqual(essenceOf(resultOf(await calm.run())));
    const { subtasks } = small.stats();
    for (const id of SUBTASKS) expect(subtasks[id]?.calls).toBeLessThanOrEqual(CALLS_OF_A_LANE + 1);
  }, 60_000);

  it("that begins a run under a known id is refused and changes nothing", async () => {
    const { small } = await heldRun();
    const before = kept(small.home);
    const second = await small.command(small.runArgs());
    expect(second).toMatchObject({ code: 2, stdout: "" });
    expect(second.stderr).toContain(`there is a run ${RUN} already`);
    const other = await small.command(["run", "Another task?", "--id", RUN, "--home", small.home]);
    expect(other).toMatchObject({ code: 2, stdout: "" });
    expect(other.stderr).toMatch(/already: it was asked "A small task.*", and now "Another task\?"/);
    expect(kept(small.home)).toEqual(before);
  }, 60_000);
});

describe("processes that work in one home at once", () => {
  it("complete their runs, though they share the database", async () => {
    const small = await world();
    const ids = ["one", "two", "three"];
    const outcomes = await Promise.all(ids.map((id) => small.start(small.runArgs(["--id", id])).ended));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 0, stderr: "" });
    for (const id of ids) await checkInvariants(small.home, id);
    const [one, ...others] = outcomes.map((outcome) => essenceOf(resultOf(outcome)));
    for (const other of others) expect(other).toEqual(one);
  }, 60_000);

  it("that begin a run of the same id at the same time: one does it, the other is refused", async () => {
    const small = await world();
    const outcomes = await Promise.all([small.start(small.runArgs()).ended, small.start(small.runArgs()).ended]);
    const done = outcomes.filter(({ code }) => code === 0);
    expect(done).toHaveLength(1);
    const refused = outcomes.find(({ code }) => code !== 0);
    expect(refused?.stderr).toMatch(/there is a run r already|is being worked on by/);
    await checkInvariants(small.home, RUN);
    expect(small.stats().calls).toBe(SUBTASKS.length * CALLS_OF_A_LANE + 1);
  }, 60_000);
});
