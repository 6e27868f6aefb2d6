/**
 * Builds for npm where a package is about to be made of this checkout: at `npm pack` and `npm publish` (`prepack`), and where somebody
 * else's project installs it from git or from its folder, for which npm runs `prepare` alone. In the archive itself there is no `prepare`: it
 * would not be run, and npm warns of it; `postpack` puts it back. An install in the checkout itself runs that
 * too: there only the command line is bundled, to start faster, and where it cannot be the sources run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { isSupportedNode } from "../bin/supported-node.mjs";
import { ROOT } from "./launch/resolve-program.mjs";

/** Without the scripts of others, and with the tools, whatever the install that we are part of is told. */
const INSTALL = [
  "ci",
  "--prefix",
  ROOT,
  "--ignore-scripts",
  "--include=dev",
  "--global=false",
  "--no-audit",
  "--no-fund",
];

/**
 * @param {string[]} args
 * @returns {boolean} whether it went well
 */
function runs(...args) {
  return spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" }).status === 0;
}

/** A folder that nobody has installed in yet. */
function hasTools() {
  return existsSync(join(ROOT, "node_modules", "typescript"));
}

const MANIFEST = join(ROOT, "package.json");
const PREPARE = '    "prepare": "node scripts/package.mjs",\n';
const BEFORE = '    "postpack": "node scripts/package.mjs",\n';

/** @param {boolean} isThere whether `prepare` is to stand in the manifest */
function setPrepare(isThere) {
  const plain = readFileSync(MANIFEST, "utf8").replace(PREPARE, "");
  writeFileSync(MANIFEST, isThere ? plain.replace(BEFORE, BEFORE + PREPARE) : plain);
}

const { npm_lifecycle_event: event, npm_config_local_prefix: project = ROOT, npm_execpath: npm } = process.env;
const build = [join(ROOT, "scripts", "launch.mjs"), "scripts/build.ts"];
if (event === "postpack") setPrepare(true);
else if (event !== "prepare" || realpathSync(project) !== realpathSync(ROOT)) {
  const isReady = hasTools() || (npm !== undefined && runs(npm, ...INSTALL));
  const isBuilt = isReady && runs(...build);
  if (!isBuilt) process.exitCode = 1;
  else if (event === "prepack") setPrepare(false);
} else if (hasTools() && isSupportedNode(process.versions.node)) runs(...build, "--command-line");
