#!/usr/bin/env node
/** The package's `bin`: refuses an old Node before anything native is loaded, then runs the command line. */
import { existsSync, readFileSync, statSync } from "node:fs";
import * as module from "node:module";
import { isSupportedNode, unsupportedNodeMessage } from "./supported-node.mjs";

if (isSupportedNode(process.versions.node)) {
  // Most of a short command's time is the loading of modules: compiled ones are kept in the system's temporary folder.
  module.enableCompileCache?.();
  await import(commandLine().href);
} else {
  console.error(unsupportedNodeMessage(process.versions.node));
  process.exitCode = 2;
}

/** A checkout runs its sources where its bundle is not made of them as they are: a stale one must not answer for edited code. */
function commandLine() {
  const bundle = new URL("../dist/cli/main.cjs", import.meta.url);
  const sources = new URL("../app/cli/main.ts", import.meta.url);
  return existsSync(sources) && !isFresh() ? sources : bundle;
}

/** As scripts/bundle.ts has noted them: no file of the bundle says anything else. One that has only another time (a copy) is read. */
function isFresh() {
  try {
    const record = readFileSync(new URL("../dist/cli/sources.json", import.meta.url), "utf8");
    return JSON.parse(record).every(
      (/** @type {[string, number, number, string]} */ [file, bytes, changedMs, digest]) => {
        const place = new URL(`../${file}`, import.meta.url);
        const { size, mtimeMs } = statSync(place);
        return size === bytes && (mtimeMs === changedMs || sha256(place) === digest);
      },
    );
  } catch {
    return false;
  }
}

/** Loaded only where it is asked for. @param {URL} file */
function sha256(file) {
  return process.getBuiltinModule("node:crypto").hash("sha256", readFileSync(file));
}
