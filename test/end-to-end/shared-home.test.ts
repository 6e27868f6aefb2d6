/** Several runs in one home, damaged and foreign things among them: each is shown for what it is. Through the command line. */
import { mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commandHere, resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

it("lists, shows and continues what is whole, and says of the rest what it is", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "docs"));
  writeFileSync(join(folder, "docs", "pump.md"), "# Pump\n\nThe pump P-7 delivers 40 litres a minute.\n");
  const glasshive = (...args: string[]) => commandHere([...args, "--home", "home"], { cwd: folder });
  const runs = join(folder, "home", "runs");

  const found = await glasshive("run", "--id", "found", "--docs", "docs", "What does the pump deliver?");
  expect(found.code).toBe(0);
  const vain = await glasshive("run", "--id", "vain", "--docs", "docs", "Who discovered penicillin?");
  expect(vain.code).toBe(3);
  expect(vain.stdout).toMatch(/^The documents do not answer this\.\n/);
  expect(
    (await glasshive("run", "What does it deliver?", "--docs", "docs", "--id", "asks", "--approve", "plan")).code,
  ).toBe(4);

  // What others leave behind, and what a full disk leaves of a file.
  mkdirSync(join(runs, "50%"));
  mkdirSync(join(runs, "emptied"));
  writeFileSync(join(runs, "emptied", "run.json"), "");
  mkdirSync(join(runs, "nothing"));
  writeFileSync(join(runs, "notes.txt"), "a file");
  symlinkSync(join(folder, "gone"), join(runs, "link"));
  mkdirSync(join(runs, "folder", "run.json"), { recursive: true });
  truncateSync(join(runs, "vain", "result.json"), 40);
  // As if the clock had been set back when the newer file was written.
  const past = new Date(Date.now() - 3_600_000);
  utimesSync(join(runs, "asks", "result.json"), past, past);
  utimesSync(join(runs, "asks", "run.json"), past, past);

  const listed = await glasshive("runs");
  expect(listed.code).toBe(0);
  const lines = listed.stdout.trim().split("\n");
  expect(
    lines.slice(0, 3).map((line) =>
      line
        .split(/\s{2,}/)
        .slice(0, 2)
        .join(" "),
    ),
  ).toEqual(["asks paused", "vain interrupted", "found complete"]);
  expect(new Set(lines.slice(0, 3).map((line) => line.search(/\d{4}-\d\d-\d\d/))).size).toBe(1);
  for (const name of ["50%", "emptied", "nothing", "notes.txt", "link", "folder"]) {
    const line = lines.find((known) => known.startsWith(`${name} `));
    expect(line).toMatch(/ damaged .*(?:move or )?remove /);
  }
  const damaged = await glasshive("show", "emptied");
  expect(damaged).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^glasshive: run emptied is damaged: .* remove \S+emptied\n$/),
  });

  const shown = await glasshive("show", "asks");
  expect(shown.stdout).toMatch(/begun: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; model: offline\n/);
  expect(shown.stdout).toMatch(/\n  1\. what-does-it-deliver: What does it deliver\?\n/);
  expect(shown.stdout.trim().split("\n").at(-1)).toBe(`next: glasshive resume asks --answer '{"type":"approve"}'`);
  const rebuilt = await glasshive("show", "vain");
  expect(rebuilt.stdout).toMatch(/— not found: the searches found nothing/);
  expect(rebuilt.stdout).not.toMatch(/give-up|1 steps|1 model calls/);
  expect((await glasshive("show", "found")).stdout).not.toContain("\nnext: ");

  const resumed = await glasshive("resume", "asks", "--answer", "approve", "--json");
  expect(resultOf(resumed)).toMatchObject({ status: "complete" });
}, 60_000);
