/** The package as others would install it: builds it, then asks publint and attw whether its exports and types resolve. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveProgram } from "../launch/resolve-program.mjs";

/** Outside the checkout: other checks look at its files meanwhile. */
const folder = mkdtempSync(join(tmpdir(), "glasshive-package-"));

function passes(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}

function tool(program: string, ...args: string[]): boolean {
  return passes(process.execPath, [...process.execArgv, resolveProgram(program), ...args]);
}

function packs(): boolean {
  return passes("npm", ["pack", "--silent", "--pack-destination", folder]);
}

/** The package is an ES module: that CommonJS cannot `require` it on old Nodes is meant. */
function typesResolve(): boolean {
  const [archive] = readdirSync(folder);
  return archive !== undefined && tool("attw", join(folder, archive), "--profile", "esm-only");
}

try {
  const isGood = tool("scripts/build.ts") && tool("publint", "--strict") && packs() && typesResolve();
  process.exitCode = isGood ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
