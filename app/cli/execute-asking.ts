/**
 * Executes a run, and where a person sits at a terminal asks them what it waits for, there and then: the run goes on in the same
 * process. While they think nobody holds the run: another process may answer, and is told from then on what is no longer asked.
 */
import { Command } from "@langchain/langgraph";
import { pendingInterrupts, resumeMap } from "./answers.ts";
import { execute, type Execution, type Executing } from "./execute.ts";

/** Whether a question can be asked here: a person sees standard error and can type. */
export function canAsk(how: { json: boolean }): boolean {
  return !how.json && process.stdin.isTTY && process.stderr.isTTY && process.env["TERM"] !== "dumb";
}

export async function executeAsking(executing: Executing, how: { json: boolean }): Promise<Execution> {
  return asking(await execute(executing), executing, how);
}

/** Goes on with what has paused for as long as the person answers. */
export async function asking(first: Execution, executing: Executing, how: { json: boolean }): Promise<Execution> {
  const { swarm, settings, interruption } = executing;
  const { runId } = settings;
  const left = new Set<string>();
  let execution = first;
  while (canAsk(how) && !execution.interrupted) {
    const open = execution.result.interrupts.filter(({ id }) => !id.startsWith("paused-") && !left.has(id));
    if (open.length === 0) break;
    await swarm.runs.close("waits for a human at the terminal");
    const { askPending } = await import("./prompt/ask-pending.ts");
    const answers = await askPending(open, { signal: interruption.signal });
    if (interruption.signal.aborted) return { ...execution, interrupted: true };
    for (const { id } of open) if (!(id in answers)) left.add(id);
    if (Object.keys(answers).length === 0) break;
    swarm.runs.hold(runId);
    const resume = resumeMap(await pendingInterrupts(swarm.graph, runId), answers, runId);
    execution = await execute({ ...executing, input: new Command({ resume }) });
  }
  return execution;
}
