/**
 * The Node that programs of this checkout run with: the present one where it will do, else a private copy from the package
 * registry under `.tools/`, which is fetched once.
 *
 * 1. A copy is complete or absent: it is unpacked beside its place and renamed into it, so that launches at the same time, or
 *    one that is killed half-way, never leave half a Node behind.
 * 2. What is fetched is the one archive that private-node.json names by its version and its hash; npm refuses any other.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { isSupportedNode, SUPPORTED_NODE } from "../../bin/supported-node.mjs";
import { ROOT } from "./resolve-program.mjs";

const TOOLS = join(ROOT, ".tools");

/**
 * @typedef {{ executable: string, env: NodeJS.ProcessEnv }} NodeToRunWith
 * @typedef {{ name: string, version: string, integrity: string }} NodePackage
 * @returns {NodeToRunWith}
 */
export function nodeToRunWith() {
  if (isSupportedNode(process.versions.node)) return { executable: process.execPath, env: process.env };
  const wanted = nodePackage(process.platform, process.arch);
  // Named by platform: a checkout may be shared by a machine and its containers.
  const home = join(TOOLS, `${wanted.name}-${wanted.version}`);
  const folder = join(home, "node_modules", wanted.name);
  const executable = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(executable)) fetchNode(wanted, { home, executable });
  return { executable, env: environmentFor(process.env, folder, executable) };
}

/**
 * The registry's plain Node for a platform. Throws where there is none.
 * @param {string} platform as in process.platform
 * @param {string} arch as in process.arch
 * @returns {NodePackage}
 */
export function nodePackage(platform, arch) {
  const known = JSON.parse(readFileSync(new URL("private-node.json", import.meta.url), "utf8"));
  const found = known[`${platform}-${arch}`];
  if (found !== undefined) return found;
  throw new Error(
    `Node ${process.versions.node} is too old (needs ${SUPPORTED_NODE}), and there is none to fetch for ${platform} on ${arch}: install Node 24 and run this again`,
  );
}

/**
 * The environment in which everything started from here finds this Node first. Pure.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} folder of the Node package: `bin/` and `include/`
 * @param {string} executable
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentFor(env, folder, executable) {
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  return {
    ...env,
    [pathKey]: [dirname(executable), env[pathKey]].filter(Boolean).join(delimiter),
    NODE: executable,
    npm_node_execpath: executable,
    npm_config_nodedir: folder,
  };
}

/**
 * @param {NodePackage} wanted
 * @param {{ home: string, executable: string }} place
 */
function fetchNode(wanted, { home, executable }) {
  const { name, version } = wanted;
  console.error(
    `glasshive: Node ${process.versions.node} is too old (needs ${SUPPORTED_NODE}): fetching Node ${version} into .tools/, once`,
  );
  removeLeftovers();
  const draft = join(TOOLS, `draft-${process.pid}`);
  try {
    mkdirSync(draft, { recursive: true });
    lockTo(wanted, draft);
    const problem = npmInstall(draft);
    if (problem !== undefined) throw new Error(problem);
    takePlace(draft, home, executable);
    const check = spawnSync(executable, ["--version"], { encoding: "utf8" });
    if (check.status !== 0) throw new Error(`${name} does not run here`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `cannot fetch Node ${version} (${reason}): install Node 24 yourself and run this again`;
    throw new Error(message, { cause: error });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * A project that has this package alone, locked to its hash.
 * @param {NodePackage} wanted
 * @param {string} folder
 */
function lockTo({ name, version, integrity }, folder) {
  const root = { name: "private-node", dependencies: { [name]: version } };
  const packages = { "": root, [`node_modules/${name}`]: { version, integrity } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(root));
  writeFileSync(
    join(folder, "package-lock.json"),
    JSON.stringify({ name: root.name, lockfileVersion: 3, requires: true, packages }),
  );
}

/**
 * @param {string} draft
 * @param {string} home
 * @param {string} executable
 */
function takePlace(draft, home, executable) {
  try {
    renameSync(draft, home);
  } catch (error) {
    // Another launch was faster: its copy is as good as ours.
    if (!existsSync(executable)) throw error;
  }
}

/** Drafts of launches that were killed half-way. */
function removeLeftovers() {
  if (!existsSync(TOOLS)) return;
  for (const name of readdirSync(TOOLS)) {
    const pid = /^draft-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(TOOLS, name), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Installs what a folder's lock says, with the npm that started us, else with the one on PATH.
 * @param {string} prefix
 * @returns {string | undefined} what went wrong, in one line
 */
function npmInstall(prefix) {
  const args = ["ci", "--prefix", prefix, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npmScript = process.env.npm_execpath;
  const isNpm = npmScript !== undefined && /npm-cli\.c?js$/.test(npmScript);
  const result = isNpm
    ? spawnSync(process.execPath, [npmScript, ...args], { cwd: prefix, encoding: "utf8" })
    : spawnSync("npm", args, { cwd: prefix, encoding: "utf8", shell: process.platform === "win32" });
  if (result.error !== undefined) return `npm cannot be started: ${result.error.message}`;
  if (result.status === 0) return undefined;
  const complaints = result.stderr.split("\n").filter((line) => line.startsWith("npm error"));
  const first = complaints.find((line) => !/npm error code/.test(line)) ?? "npm install failed";
  return first
    .replace(/^npm error (\d+ )?/, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}
