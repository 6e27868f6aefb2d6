/**
 * Ends the process that has this preloaded (`node --import …/end-with-parent.mjs`), or imports it, with its parent, also where that was
 * killed and could pass nothing on. As a script of npm, with npm too: the shell in between outlives it. Where the system names no other
 * parent then (Windows), nothing happens.
 */
import { spawnSync } from "node:child_process";
import process from "node:process";

const EVERY_MS = 500;

const parent = process.ppid;
const npm = process.env["npm_lifecycle_script"]?.includes("end-with-parent") === true ? parentOf(parent) : undefined;
const watch = setInterval(() => {
  if (process.ppid === parent && (npm === undefined || isAlive(npm))) return;
  clearInterval(watch);
  process.kill(process.pid, "SIGTERM");
}, EVERY_MS);
watch.unref();

/** @param {number} pid */
function parentOf(pid) {
  const found = Number(spawnSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }).stdout);
  return found > 1 ? found : undefined;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
