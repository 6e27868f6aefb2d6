/** A full disk, and what it leaves behind: one clear line, exit 4 (1 where nothing had begun), nothing corrupted, and `resume` after making room. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { essenceOf, RUN, smallRun, type SmallRun } from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { resultOf, type CommandOutcome } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const DISK_BYTES = 2_000_000;
/** What is left of the disk: from "the database cannot be made" to "the last lines do not fit". */
const LEFT_BYTES = [20_000, 120_000, 280_000];

async function world(home = join(temporaryFolder(), "home")): Promise<SmallRun> {
  const small = await smallRun(home);
  onTestFinished(() => small.close());
  return small;
}

/** One clear line about the disk, and a run that has begun is paused. */
const oneLine = (hasBegun = true) => ({
  ...{ code: hasBegun ? 4 : 1, signal: null },
  lines: [
    expect.stringMatching(
      hasBegun
        ? /^glasshive: run r is paused: .*(cannot be (written|used|opened)|ENOSPC|disk is full).* — .*glasshive resume r$/
        : /^glasshive: .*(cannot be (written|used|opened)|ENOSPC|disk is full).* — /,
    ),
  ],
});

function told({ code, signal, stderr }: CommandOutcome) {
  return { code, signal, lines: stderr.trim().split("\n") };
}

/** Goes on, with room on the disk: as a run does that was never stopped, and no half-written file is left. */
async function completed(small: SmallRun, again: readonly string[]) {
  const outcome = await small.command(again);
  const { result } = await checkInvariants(small.home, RUN);
  const drafts = readdirSync(join(small.home, "runs", RUN)).filter((name) => name.startsWith("."));
  return { code: outcome.code, stderr: outcome.stderr, drafts, ...essenceOf(result) };
}

let undisturbed: object;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "glasshive-calm-"));
  const calm = await smallRun(join(folder, "home"));
  undisturbed = { code: 0, stderr: "", drafts: [], ...essenceOf(resultOf(await calm.run())) };
  await calm.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("when the disk is full", () => {
  it.each([
    "full:journal:1",
    "full:journal:4",
    "full:journal:9",
    "full:journal:15",
    "full:database:1",
    "full:database:6",
    "full:database:13",
    "full:answer.md:1",
    "full:result.json:1",
  ])(
    "(%s) the run stops with one line, and resume completes it",
    async (fault) => {
      const small = await world();
      expect(told(await small.run(fault))).toEqual(oneLine());
      const again = await completed(small, ["resume", RUN, "--home", small.home, "--json"]);
      expect(again).toEqual(undisturbed);
    },
    60_000,
  );
});

/** Runs `work` on a small disk of its own; false where this user may not mount one. */
async function onSmallDisk(work: (disk: string) => Promise<void>): Promise<boolean> {
  const disk = mkdtempSync(join(tmpdir(), "glasshive-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", disk]).status === 0;
  try {
    if (mounted) await work(disk);
    return mounted;
  } finally {
    if (mounted) spawnSync("umount", ["-l", disk]);
    rmSync(disk, { recursive: true, force: true });
  }
}

describe("on a real disk that is nearly full", () => {
  it.for(LEFT_BYTES)(
    "(%i bytes left) the run stops with one line, and resume completes it once there is room",
    { timeout: 60_000 },
    async (left, { skip }) => {
      const isPossible = await onSmallDisk(async (disk) => {
        const small = await world(join(disk, "home"));
        const ballast = join(disk, "ballast");
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(ballast, Buffer.alloc(bavail * bsize - left, 1));
        const outcome = await small.run();
        rmSync(ballast);
        const hasBegun = existsSync(join(small.home, "runs", RUN, "run.json"));
        expect(told(outcome)).toEqual(oneLine(hasBegun));
        const again = hasBegun ? ["resume", RUN, "--home", small.home, "--json"] : small.runArgs();
        expect(await completed(small, again)).toEqual(undisturbed);
      });
      if (!isPossible) skip("this user may not mount a small disk");
    },
  );

  it.for([0, 100_000])(
    "(%i bytes left) each resume pauses before a call is paid for, until there is room",
    { timeout: 60_000 },
    async (left, { skip }) => {
      const isPossible = await onSmallDisk(async (disk) => {
        const small = await world(join(disk, "home"));
        // Of the database alone: what is on the disk is there.
        expect(told(await small.run("full:database:13"))).toEqual(oneLine());
        const { calls } = small.stats();
        const ballast = join(disk, "ballast");
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(ballast, Buffer.alloc(bavail * bsize - left, 1));
        const again = ["resume", RUN, "--home", small.home, "--json"];
        for (let time = 0; time < 2; time += 1) {
          const outcome = await small.command(again);
          expect(told(outcome)).toEqual(oneLine());
          expect(resultOf(outcome)).toMatchObject({ status: "paused", interrupts: [{ id: "paused-storage" }] });
        }
        expect(small.stats().calls).toBe(calls);
        rmSync(ballast);
        expect(await completed(small, again)).toEqual(undisturbed);
      });
      if (!isPossible) skip("this user may not mount a small disk");
    },
  );
});
