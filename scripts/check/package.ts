/**
 * The package as others would install it: `npm pack` builds it and npm compiles nothing, publint and attw say whether its exports and
 * types resolve, and in a folder of its own it has to load and to bring one better-sqlite3.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveProgram, ROOT } from "../launch/resolve-program.mjs";

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

/** As its author would: with what npm runs for it, and nothing built before. */
function packs(): boolean {
  rmSync(join(ROOT, "dist"), { recursive: true, force: true });
  return passes("npm", ["pack", "--silent", "--pack-destination", folder], ROOT) && existsSync(join(ROOT, "dist"));
}

/** As `npm ci` would begin to, where node-gyp is npm's own. */
function compilesNothing(): boolean {
  const output = join(ROOT, "node_modules", "better-sqlite3", "build");
  rmSync(output, { recursive: true, force: true });
  if (passes("npm", ["rebuild", "better-sqlite3", "--silent"], ROOT) && !existsSync(output)) return true;
  console.error("npm runs a node-gyp of its own for better-sqlite3, which needs a compiler");
  return false;
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
  const isGood = compilesNothing() && packs() && tool("publint", "--strict") && typesResolve() && installs();
  process.exitCode = isGood ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
