/**
 * `npm run check`: everything that has to hold before a change lands, one line per check, and the output of those that fail.
 * `--only a,b` runs some of them, `--without a,b` leaves some out. Ends with 1 if any check fails, 2 for wrong usage.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Check, runChecks } from "./check/run-checks.ts";

const FOLDERS = [
  ...["state", "engine", "tools", "nodes", "graphs", "adapters", "app"],
  ...["evals", "test", "bench", "examples", "scripts"],
].filter((folder) => existsSync(folder));

/** The long ones first, so that the short ones fill the other core. */
const CHECKS: Check[] = [
  { name: "package", command: ["scripts/check/package.ts"], needs: "app/index.ts" },
  // Types too, of all files at once: its rules need them anyway. The compiler that is installed sees the product when it is packed.
  { name: "lint", command: ["oxlint", "--type-aware", "--type-check", "--deny-warnings"] },
  { name: "format", command: ["prettier", "--check", "."] },
  { name: "unused", command: ["knip"], needs: "app/index.ts" },
  { name: "lock", command: ["scripts/check/lock.ts"] },
  { name: "direction", command: ["depcruise", "--no-progress", ...FOLDERS] },
  { name: "docs", command: ["scripts/docs.ts", "--check"] },
  { name: "purity", command: ["scripts/check/purity.ts"] },
  { name: "literals", command: ["scripts/check/literals.ts"] },
  { name: "folders", command: ["scripts/check/folders.ts"] },
  // The tests measure nothing, but they have time limits: they get both cores to themselves.
  { name: "tests", command: ["vitest", "run"], alone: true },
];

function chosenChecks(): Check[] {
  const { values } = parseArgs({ options: { only: { type: "string" }, without: { type: "string" } } });
  const only = values.only?.split(",");
  const without = values.without?.split(",") ?? [];
  const unknown = [...(only ?? []), ...without].filter((name) => !CHECKS.some((check) => check.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `there is no check named ${unknown.join(", ")}; there are ${CHECKS.map(({ name }) => name).join(", ")}`,
    );
  }
  return CHECKS.filter(({ name }) => (only?.includes(name) ?? true) && !without.includes(name));
}

try {
  const passed = await runChecks(chosenChecks(), { atOnce: availableParallelism() });
  process.exitCode = passed ? 0 : 1;
} catch (error) {
  console.error(`check: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
