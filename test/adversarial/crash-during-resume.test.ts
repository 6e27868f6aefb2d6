/** G3: the process that resumes a run dies too, and the next one again: real processes of the command, killed with SIGKILL. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { CALLS_OF_A_LANE, essenceOf, RUN, smallRun, SUBTASKS, type SmallRun } from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Where the run dies, then its first and its second resume. */
const CHAINS = [
  ["after:journal:2", "before:journal:1", "torn:journal:1"],
  ["torn:journal:5", "after:journal:1", "before:database:2"],
  ["after:database:9", "after:database:1", "after:database:2"],
  ["after:journal:9", "torn:journal:3", "after:database:4"],
  ["before:database:12", "torn:journal:2", "torn:journal:2"],
  ["torn:result.json:1", "before:answer.md:1", "after:answer.md:1"],
  ["before:result.json:1", "after:result.json:1", "before:answer.md:1"],
];

let undisturbed: ReturnType<typeof essenceOf>;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "glasshive-calm-"));
  const calm = await smallRun(join(folder, "home"));
  undisturbed = essenceOf(resultOf(await calm.run()));
  await calm.close();
  rmSync(folder, { recursive: true, force: true });
});

async function world(): Promise<SmallRun> {
  const small = await smallRun(join(temporaryFolder(), "home"));
  onTestFinished(() => small.close());
  return small;
}

describe("a run that is killed three times", () => {
  it.each(CHAINS)(
    "(%s, %s, %s) has the result of an undisturbed run",
    async (first, ...later) => {
      const small = await world();
      const resuming = ["resume", RUN, "--home", small.home, "--json"];
      expect((await small.run(first)).signal).toBe("SIGKILL");
      for (const fault of later) expect((await small.command(resuming, fault)).signal).toBe("SIGKILL");
      const outcome = await small.command(resuming);
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
      await checkInvariants(small.home, RUN);
      expect(essenceOf(resultOf(outcome))).toEqual(undisturbed);
      const { subtasks } = small.stats();
      for (const id of SUBTASKS) expect(subtasks[id]?.calls).toBeLessThanOrEqual(CALLS_OF_A_LANE + 3);
    },
    60_000,
  );
});
