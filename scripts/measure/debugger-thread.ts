/**
 * A debugger of the main thread. Where that calls the global function of the name that the thread is given, it tells of the scripts on the
 * stack, the innermost first, and has it go on.
 */
import { Session, type Runtime } from "node:inspector/promises";
import { parentPort, workerData } from "node:worker_threads";

/** More than any chain of awaits is long. */
const DEEPEST = 1000;

const session = new Session();
const urls = new Map<string, string>();
session.connectToMainThread();
// Without a listener the thread would end: the session does not keep it alive.
parentPort?.on("message", () => undefined);
session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => void urls.set(scriptId, url));
session.on("Debugger.paused", ({ params: { callFrames, asyncStackTrace } }) => {
  tell([...callFrames.map(({ location }) => urls.get(location.scriptId) ?? ""), ...awaited(asyncStackTrace)]);
  void session.post("Debugger.resume");
});
await session.post("Debugger.enable");
await session.post("Debugger.setAsyncCallStackDepth", { maxDepth: DEEPEST });
const { result } = await session.post("Runtime.evaluate", { expression: `globalThis.${String(workerData)}` });
await session.post("Debugger.setBreakpointOnFunctionCall", { objectId: result.objectId });
tell([]);

function tell(scripts: readonly string[]): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port to the parent thread has no origin
  parentPort?.postMessage(scripts);
}

function awaited(trace: Runtime.StackTrace | undefined): string[] {
  return trace === undefined ? [] : [...trace.callFrames.map(({ url }) => url), ...awaited(trace.parent)];
}
