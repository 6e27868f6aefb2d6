/** Which command line `bin` runs: the bundle where it is made of the sources as they are, else the sources. */
import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { ROOT } from "../../../scripts/launch/resolve-program.mjs";

const SOURCE = "app/cli/main.ts";
let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "glasshive-bin-"));
  onTestFinished(() => rmSync(checkout, { recursive: true }));
  cpSync(join(ROOT, "bin"), join(checkout, "bin"), { recursive: true });
  write("package.json", '{"type":"module"}');
  write(SOURCE, 'console.log("sources");');
  write("dist/cli/main.cjs", 'console.log("bundle");');
});

function write(file: string, text: string): void {
  mkdirSync(join(checkout, file, ".."), { recursive: true });
  writeFileSync(join(checkout, file), text);
}

/** What scripts/bundle.ts writes last. */
function noteSources(): void {
  const place = join(checkout, SOURCE);
  const { size, mtimeMs } = statSync(place);
  write("dist/cli/sources.json", JSON.stringify([[SOURCE, size, mtimeMs, hash("sha256", readFileSync(place))]]));
}

function ran(): string {
  return spawnSync(process.execPath, [join(checkout, "bin/glasshive.mjs")], { encoding: "utf8" }).stdout.trim();
}

it("a package runs its bundle", () => {
  rmSync(join(checkout, "app"), { recursive: true });
  expect(ran()).toBe("bundle");
});

it("a checkout runs its bundle until a source says something else", () => {
  noteSources();
  expect(ran()).toBe("bundle");
  utimesSync(join(checkout, SOURCE), 1, 1);
  expect(ran()).toBe("bundle");
  write(SOURCE, 'console.log("changed");');
  expect(ran()).toBe("changed");
});

it("a checkout runs its sources where the bundle is not finished, or a file of it is gone", () => {
  expect(ran()).toBe("sources");
  noteSources();
  write("dist/cli/sources.json", JSON.stringify([["app/gone.ts", 1, 1, ""]]));
  expect(ran()).toBe("sources");
});
