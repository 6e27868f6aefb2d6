import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as exported from "../../../app/index.ts";
import { ROOT } from "../../../scripts/launch/resolve-program.mjs";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** The package's entry before a library that says that it runs, on the Node that is there or on one that pretends to be old. */
function entry(library: string) {
  const folder = temporaryFolder();
  cpSync(join(ROOT, "bin"), join(folder, "bin"), { recursive: true });
  mkdirSync(join(folder, "dist", "app"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "dist", "app", "index.js"), library);
  const pretend = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });`;
  writeFileSync(join(folder, "old.cjs"), pretend);
  writeFileSync(
    join(folder, "program.mjs"),
    'import * as library from "./bin/library.mjs"; console.log(Object.keys(library).join());',
  );
  return (...flags: string[]) =>
    spawnSync(process.execPath, [...flags, "program.mjs"], { cwd: folder, encoding: "utf8" });
}

it("a program that imports the package on an old Node is told so in one line, before any of it is linked", () => {
  const run = entry('import { ofNewerNodes } from "node:zlib"; console.log(ofNewerNodes);');
  const { status, stdout, stderr } = run("--require", "./old.cjs");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr.match(/^.*needs Node .* found 20\.20\.2.*$/gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^ {4}at /m);
});

it("the package's entry exports what the library exports", () => {
  const names = Object.keys(exported).toSorted();
  const run = entry(names.map((name) => `export const ${name} = 1;`).join("\n"));
  expect(run()).toMatchObject({ status: 0, stdout: `${names.toSorted().join()}\n` });
});
