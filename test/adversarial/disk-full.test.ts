/** A full disk, and what it leaves behind: one clear line, exit 1, nothing corrupted, and `resume` after making room. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { essenceOf, RUN, smallRun, type SmallRun } from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { resultOf, type CommandOutcome } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const DISK_BYTES = 2_000_000;
/** What is left of the disk: from "the database cannot be made" to "the last lines do not fit". */
const LEFT_BYTES = [20_000, 120_000, 200_000, 280_000, 360_000];

async function world(home = join(temporaryFolder(), "home")): Promise<SmallRun> {
  const small = await smallRun(home);
  onTestFinished(() => small.close());
  return small;
}

/** One clear line, exit 1, and a plain word about the disk. */
function expectOneLine({ code, signal, stderr }: CommandOutcome): void {
  expect(stderr.trim().split("\n"), stderr).toHaveLength(1);
  expect(stderr).toMatch(/^glasshive: .*(cannot be (written|used|opened)|ENOSPC|disk is full).* — /);
  expect({ code, signal }).toEqual({ code: 1, signal: null });
}

async function expectToComplete(small: SmallRun, again: readonly string[]): Promise<void> {
  const outcome = await small.command(again);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  const { result } = await checkInvariants(small.home, RUN);
  const calm = await world();
  expect(essenceOf(result)).toEqual(essenceOf(resultOf(await calm.run())));
  const drafts = readdirSync(join(small.home, "runs", RUN)).filter((name) => name.startsWith("."));
  expect(drafts, "no half-written file is left").toEqual([]);
}

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
      expectOneLine(await small.run(fault));
      await expectToComplete(small, ["resume", RUN, "--home", small.home, "--json"]);
    },
    60_000,
  );
});

/** A small disk of its own; undefined where this user may not mount one. */
function smallDisk(): string | undefined {
  const place = join(temporaryFolder(), "disk");
  mkdirSync(place);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", place]);
  if (mounted.status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", ["-l", place]));
  return place;
}

describe("on a real disk that is nearly full", () => {
  it.each(LEFT_BYTES)("with %i bytes left", async (left) => {
    const disk = smallDisk();
    if (disk === undefined) return expect.soft(true, "this user may not mount a small disk").toBe(true);
    const small = await world(join(disk, "home"));
    const ballast = join(disk, "ballast");
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - left, 1));
    const stopped = await small.run();
    if (stopped.code === 0) return expect(stopped.stderr).toBe("");
    expectOneLine(stopped);
    rmSync(ballast);
    const hasBegun = readdirSync(small.home).includes("runs");
    await expectToComplete(small, hasBegun ? ["resume", RUN, "--home", small.home, "--json"] : small.runArgs());
  }, 60_000);
});
