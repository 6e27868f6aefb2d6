#!/usr/bin/env node
/** The package's `bin`: refuses an old Node before anything native is loaded, then runs the command line. */
import { existsSync } from "node:fs";
import * as module from "node:module";
import { isSupportedNode, unsupportedNodeMessage } from "./supported-node.mjs";

if (isSupportedNode(process.versions.node)) {
  // Most of a short command's time is the loading of modules: compiled ones are kept in the system's temporary folder.
  module.enableCompileCache?.();
  const published = new URL("../dist/app/cli/main.js", import.meta.url);
  const checkout = new URL("../app/cli/main.ts", import.meta.url);
  // A checkout runs its sources even when it has been built: a stale dist/ must not answer for edited code.
  await import((existsSync(checkout) ? checkout : published).href);
} else {
  console.error(unsupportedNodeMessage(process.versions.node));
  process.exitCode = 2;
}
