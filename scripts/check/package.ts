/**
 * The package as others would install it: builds it, asks publint and attw whether its exports and types resolve, and installs it
 * into a folder of its own, where it has to load and to bring one better-sqlite3.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveProgram } from "../launch/resolve-program.mjs";

/** Outside the checkout: other checks look at its files meanwhile. */
const folder = mkdtempSync(join(tmpdir(), "glasshive-package-"));
const consumer = join(folder, "consumer");

/** As a stranger's program would. */
const PROGRAM = `
import { createSwarm } from "glasshive";
const swarm = createSwarm({});
const state = await swarm.invoke({ task: "What is a step?" }, { configurable: { thread_id: "t" } });
if (typeof state.answer !== "string") throw new Error("there is no answer");
`;

function passes(command: string, args: readonly string[], cwd?: string): boolean {
  return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], cwd }).status === 0;
}

function tool(program: string, ...args: string[]): boolean {
  return passes(process.execPath, [...process.execArgv, resolveProgram(program), ...args]);
}

function packs(): boolean {
  return passes("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder]);
}

function archive(): string {
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "there is no archive");
}

/** The package is an ES module: that CommonJS cannot `require` it on old Nodes is meant. */
function typesResolve(): boolean {
  return tool("attw", archive(), "--profile", "esm-only");
}

function installs(): boolean {
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  writeFileSync(join(consumer, "program.js"), PROGRAM);
  const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
  return (
    passes("npm", ["install", ...quietly, archive()], consumer) &&
    hasOne("better-sqlite3") &&
    passes(process.execPath, ["program.js"], consumer)
  );
}

function hasOne(name: string): boolean {
  const places = readdirSync(consumer, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(join("node_modules", name)),
  );
  if (places.length !== 1) console.error(`${places.length} of ${name}: ${places.join(", ")}`);
  return places.length === 1;
}

try {
  const isGood = tool("scripts/build.ts") && tool("publint", "--strict") && packs() && typesResolve() && installs();
  process.exitCode = isGood ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
