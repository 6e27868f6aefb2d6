/** The dev server's packages, in this folder: installed from its lock file once, and again when that changes. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = import.meta.dirname;
const MARK = join(FOLDER, "node_modules", ".installed-from");

/** A registry that fails once is asked once more. */
const TRIES = 2;

/** Throws with npm's words where it fails. */
export function installOnce(): void {
  const lock = createHash("sha256")
    .update(readFileSync(join(FOLDER, "package-lock.json")))
    .digest("hex");
  if (existsSync(MARK) && readFileSync(MARK, "utf8") === lock) return;
  const { npm_execpath: npm } = process.env;
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const isScript = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const options = { cwd: FOLDER, encoding: "utf8" as const };
  const install = () =>
    isScript
      ? spawnSync(process.execPath, [npm, ...args], options)
      : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
  let result = install();
  for (let tried = 1; result.status !== 0 && tried < TRIES; tried += 1) result = install();
  if (result.status !== 0)
    throw new Error(`npm ci failed in ${FOLDER}: ${result.error?.message ?? result.stderr.trim()}`);
  writeFileSync(MARK, lock);
}
