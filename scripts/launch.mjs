#!/usr/bin/env node
/**
 * Runs a program of this checkout with a Node that can run it: `node scripts/launch.mjs PROGRAM [ARG …]`, where PROGRAM is a
 * file of the checkout or the name of an installed tool (vitest, tsc …). Plain JavaScript, any Node from 18 on, no packages.
 *
 * 1. The program gets stdin, stdout and stderr as they are, and its exit code (or 128 + signal) becomes the launcher's.
 * 2. One request to stop reaches the program once. Ctrl-C on a terminal goes to the whole process group, and npm may send it
 *    to its child a second time: the launcher stays in between and swallows what the program has had already.
 */
import process from "node:process";
import { nodeToRunWith } from "./launch/private-node.mjs";
import { resolveProgram } from "./launch/resolve-program.mjs";
import { runChild } from "./launch/run-child.mjs";

/** Node 22 warns that it strips types; the programs here rely on it. */
const NODE_FLAGS = ["--disable-warning=ExperimentalWarning"];

try {
  const [program, ...args] = process.argv.slice(2);
  if (program === undefined) throw new Error("usage: node scripts/launch.mjs PROGRAM [ARG …]");
  const script = resolveProgram(program);
  const node = nodeToRunWith();
  process.exitCode = await runChild(node.executable, [...NODE_FLAGS, script, ...args], { env: node.env });
} catch (error) {
  console.error(`glasshive: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
