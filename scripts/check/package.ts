/**
 * The package as others would install it: `npm pack` builds it and npm compiles nothing, publint and attw say whether its exports and
 * types resolve, and in a folder of its own it installs in silence, is small, loads by `import` and by `require`, type-checks, and brings one
 * better-sqlite3.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
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

/** The same where CommonJS asks for it. */
const REQUIRING = `
const { createSwarm, swarmTool, SwarmError } = require("glasshive");
if (typeof swarmTool(createSwarm({})).invoke !== "function") throw new Error("it is no tool");
try {
  createSwarm({ agents: [{ name: "x", description: "x", kind: "graph" }] });
} catch (error) {
  if (!(error instanceof SwarmError) || error.code !== "AGENTS_INVALID") throw error;
}
`;

/** What a strict program may rely on; `@ts-expect-error` fails where the line is no error. */
const TYPED = `
import { Annotation, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import { createSwarm, swarmTool, SwarmError, type ErrorCode, type GraphTask, type Swarm } from "glasshive";

const State = Annotation.Root({ text: Annotation<string> });
const graph = new StateGraph(State).addNode("a", () => ({ text: "x" })).addEdge(START, "a").compile();
const swarm: Swarm = createSwarm({
  agents: [
    { name: "far", description: "d", kind: "remote", url: "http://127.0.0.1", graphId: "g" },
    { name: "near", description: "d", kind: "graph", graph, input: (asked: GraphTask) => asked.task, output: (state) => state["text"] },
  ],
  budget: { maxSteps: 10 },
  checkpointer: new MemorySaver(),
});
const state = await swarm.invoke({ task: "x" }, { configurable: { thread_id: "t" } });
export const said: string = state.answer;
export const code: ErrorCode = new SwarmError("USAGE", "x").code;
export const name: string = swarmTool(swarm).name;
// @ts-expect-error it is a text
export const wrong: number = state.answer;
// @ts-expect-error there is no such option
createSwarm({ budgets: {} });
await swarm.close();
`;

/** The same in CommonJS. */
const TYPED_REQUIRING = `
import glasshive = require("glasshive");
const swarm: glasshive.Swarm = glasshive.createSwarm({ budget: { maxSteps: 10 } });
export const name: string = glasshive.swarmTool(swarm).name;
export const codeOf = (error: unknown): glasshive.ErrorCode | undefined =>
  error instanceof glasshive.SwarmError ? error.code : undefined;
export const told: glasshive.SwarmError = new glasshive.SwarmError("USAGE", "x");
// @ts-expect-error there is no such option
glasshive.createSwarm({ budgets: {} });
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

/** For programs in either module system, however TypeScript resolves modules there. */
function typesResolve(): boolean {
  return tool("attw", archive());
}

const MOST_MB = 170;

function installs(): boolean {
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  writeFileSync(join(consumer, "program.js"), PROGRAM);
  writeFileSync(join(consumer, "require.cjs"), REQUIRING);
  writeFileSync(join(consumer, "typed.ts"), TYPED);
  writeFileSync(join(consumer, "typed.cts"), TYPED_REQUIRING);
  return (
    installsInSilence() &&
    hasOne("better-sqlite3") &&
    isSmall() &&
    ["program.js", "require.cjs"].every((program) => passes(process.execPath, [program], consumer)) &&
    typeChecks()
  );
}

/** As anybody installs it: what npm has to say against it, it says on stderr. */
function installsInSilence(): boolean {
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", archive()];
  const { status, stderr } = spawnSync("npm", args, { cwd: consumer, encoding: "utf8" });
  if (status !== 0 || stderr.trim() !== "") console.error(`npm install: ${stderr}`);
  return status === 0 && stderr.trim() === "";
}

function isSmall(): boolean {
  const files = readdirSync(join(consumer, "node_modules"), { recursive: true, withFileTypes: true });
  const bytes = files.map((file) => (file.isFile() ? statSync(join(file.parentPath, file.name)).size : 0));
  const mb = bytes.reduce((sum, size) => sum + size, 0) / 1e6;
  console.log(`installed: ${Math.round(mb)} MB`);
  return mb <= MOST_MB;
}

function typeChecks(): boolean {
  const flags = ["--noEmit", "--strict", "--target", "es2023", "--skipLibCheck"];
  return [
    ["nodenext", "typed.ts"],
    ["node16", "typed.cts"],
  ].every(([module, ...files]) => {
    const args = [...process.execArgv, resolveProgram("tsc"), ...flags, "--module", module ?? "", ...files];
    return passes(process.execPath, args, consumer);
  });
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
