/** Which tool calls of a turn a human has to allow, by the run's `approve`. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { Approval } from "../state/run-options.ts";
import { actingCalls, type RequestedCall } from "./run-tool-calls.ts";

const TOOL = "tool:";

/**
 * With `tools` those that act; with `tool:NAME` those of that tool, even where it only reads. Calls that are malformed or not
 * granted are nobody's to allow. In the order of the calls. Pure.
 */
export function askedCalls(
  calls: readonly RequestedCall[],
  granted: readonly StructuredToolInterface[],
  approve: readonly Approval[],
): RequestedCall[] {
  if (approve.length === 0 || calls.length === 0) return [];
  const acting = new Set(approve.includes("tools") ? actingCalls(calls, granted).map(({ id }) => id) : []);
  const named = new Set(approvedTools(approve));
  const own = new Set(granted.map(({ name }) => name));
  return calls.filter(
    ({ id, name, problem }) => acting.has(id) || (named.has(name) && own.has(name) && problem === undefined),
  );
}

/** The names in `tool:NAME`. Pure. */
export function approvedTools(approve: readonly Approval[]): string[] {
  return approve.filter((name) => name.startsWith(TOOL)).map((name) => name.slice(TOOL.length));
}
