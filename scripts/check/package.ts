/** The package as others would install it: builds it, then asks publint and attw whether its exports and types resolve. */
import { spawnSync } from "node:child_process";
import { resolveProgram } from "../launch/resolve-program.mjs";

const STEPS: [program: string, ...args: string[]][] = [
  ["scripts/build.ts"],
  ["publint", "--strict"],
  // The package is an ES module: that CommonJS cannot `require` it on old Nodes is meant.
  ["attw", "--pack", ".", "--profile", "esm-only"],
];

for (const [program, ...args] of STEPS) {
  const { status } = spawnSync(process.execPath, [...process.execArgv, resolveProgram(program), ...args], {
    stdio: "inherit",
  });
  if (status !== 0) {
    process.exitCode = 1;
    break;
  }
}
