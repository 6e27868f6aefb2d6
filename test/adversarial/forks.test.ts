/** A fork of what is left of a run: without its database, of a record that was changed, and of a fork whose process died. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { RUN, smallRun } from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

it("begins without the source's database, refuses a changed record, and goes on after a kill", async () => {
  const folder = temporaryFolder();
  const run = await smallRun(join(folder, "home"));
  try {
    const source = resultOf(await run.run());
    const fork = (home: string, ...args: string[]) =>
      run.command(["fork", RUN, "--home", home, "--id", "f", "--json", ...args]);
    const copy = (name: string): string => {
      cpSync(run.home, join(folder, name), { recursive: true });
      return join(folder, name);
    };

    const lost = copy("lost");
    for (const name of ["glasshive.db", "glasshive.db-wal", "glasshive.db-shm"])
      rmSync(join(lost, name), { force: true });
    const before = run.stats().calls;
    const forked = await fork(lost, "--at", "s3");
    expect(forked.stderr).toBe("");
    expect(forked.code).toBe(0);
    expect(run.stats().calls - before).toBe(3);
    const kept = resultOf(forked).subtasks.filter((subtask) => subtask.kept === true);
    expect(kept.map(({ id, output }) => [id, output])).toEqual(
      source.subtasks.slice(0, 2).map(({ id, output }) => [id, output]),
    );
    await checkInvariants(lost, "f");
    const again = resultOf(await run.command(["fork", "f", "--at", "s2", "--home", lost, "--id", "g", "--json"]));
    expect(again).toMatchObject({ status: "complete", parent: { runId: "f", at: ["s2"] } });
    expect(again.subtasks.map(({ kept: isKept }) => isKept)).toEqual([true, undefined, undefined]);

    const changed = copy("changed");
    const journal = join(changed, "runs", RUN, "journal.jsonl");
    writeFileSync(journal, readFileSync(journal, "utf8").replace("Work on part s1.", "Work on part s7."));
    const refused = await fork(changed, "--at", "s3");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/does not hold: line \d+ was changed/);
    const asked = copy("asked");
    const settings = join(asked, "runs", RUN, "run.json");
    const written = JSON.parse(readFileSync(settings, "utf8")) as object;
    writeFileSync(settings, JSON.stringify({ ...written, task: "Something else" }));
    const other = await fork(asked, "--at", "s3");
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/its run\.json and its journal differ: .*Something else/);
    const torn = copy("torn");
    rmSync(join(torn, "runs", RUN, "contents"), { recursive: true });
    expect((await fork(torn, "--at", "s3")).code).toBe(1);

    const killed = copy("killed");
    const child = run.start(["fork", RUN, "--home", killed, "--id", "f", "--json", "--at", "s2"], "before:journal:8");
    expect((await child.ended).signal).toBe("SIGKILL");
    const resumed = await run.command(["resume", "f", "--home", killed, "--json"]);
    expect(resumed.code).toBe(0);
    expect(resultOf(resumed)).toMatchObject({ status: "complete", parent: { runId: RUN, at: ["s2"] } });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ diff: { source: RUN, kept: 1 } });
    await checkInvariants(killed, "f");
  } finally {
    await run.close();
  }
}, 120_000);
