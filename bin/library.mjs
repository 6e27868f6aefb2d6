/**
 * What a program imports as `glasshive`. The Node is looked at before anything else is so much as linked: on one that is too old
 * that would fail first, without a word of why.
 */
import { createRequire } from "node:module";
import { isSupportedNode, unsupportedNodeMessage } from "./supported-node.mjs";

if (!isSupportedNode(process.versions.node)) {
  const error = new Error(unsupportedNodeMessage(process.versions.node));
  error.stack = error.message;
  throw error;
}

/** As app/index.ts exports them; without a top-level `await`, so that `require` has them too. */
export const { createSwarm, swarmTool, SwarmError } = createRequire(import.meta.url)("../dist/app/index.js");
