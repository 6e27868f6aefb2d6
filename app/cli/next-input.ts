/** What a run that has begun is given to go on: after a crash, a pause, a cap; or its result, where there is nothing to go on with. */
import { Command } from "@langchain/langgraph";
import type { PendingInterrupt, RunResult } from "../../state/run-result.ts";
import type { RunSettings } from "../config/run-settings.ts";
import { replan, sendAgain } from "../runs/lead-on.ts";
import { pendingInterrupts, resumeMap } from "./answers.ts";
import { beginning, type Assembled, type GraphInput } from "./execute.ts";
import { readRunRecord } from "./run-record.ts";
import { fieldOf } from "../../state/is-record.ts";

export interface Continuing {
  settings: RunSettings;
  swarm: Assembled;
  home: string;
  answer: unknown;
  /** In place of the one that the run has, or waits with. */
  plan: RunSettings["plan"];
  /** It is the one with which the run was begun. */
  isSamePlan?: boolean;
  /** Caps are given: what waits for one may go on without an answer. */
  raises: boolean;
  /** Another model may find what one has not found in the same documents. */
  looksAgain: boolean;
}

/** What the graph is given to go on; or the result, where there is nothing to go on with. */
export async function inputOf({
  settings,
  swarm,
  home,
  answer,
  plan: given,
  isSamePlan = false,
  raises,
  looksAgain,
}: Continuing): Promise<{ input: GraphInput } | { result: RunResult }> {
  const { runId } = settings;
  const pending = await pendingInterrupts(swarm.graph, runId);
  const said = answer ?? reviewBy(given, pending);
  if (said !== undefined) return { input: new Command({ resume: resumeMap(pending, said, runId) }) };
  // The plan that it has already: there is nothing to take the place of.
  const plan = isSamePlan ? undefined : given;
  const place = { configurable: { thread_id: runId } };
  const state = await swarm.graph.getState(place);
  const isWaiting = pending.length > 0 && state.tasks.every(({ interrupts }) => interrupts.length > 0);
  if (plan === undefined && isWaiting && !raises)
    // From the records: the file may be of an earlier pause, or not there where the process was killed.
    return { result: { ...(await readRunRecord(home, runId)).result, interrupts: pending } };
  if (isUnbegun(state, plan)) {
    if (plan !== undefined) await swarm.runs.recorded(runId).replan(plan);
    return { input: await beginning(swarm, settings) };
  }
  if (plan !== undefined) {
    await replan(swarm, runId, plan);
    return { input: null };
  }
  // A task whose writes are kept and whose step is not done yet counts as no next one, and there is more to do all the same.
  if (state.next.length > 0 || state.tasks.length > 0) return { input: null };
  const { result } = await readRunRecord(home, runId, { isHeld: true });
  const parked = leftOpen(result, { raises, looksAgain });
  if (parked.length === 0 || settings.run.dryRun) return { result };
  await sendAgain(swarm.graph, runId, parked);
  return { input: null };
}

/** Killed before the first checkpoint: the run begins. */
function isUnbegun({ values, next, config }: Snapshot, plan: RunSettings["plan"]): boolean {
  const isUnnamed = (fieldOf(values, "runId") ?? "") === "";
  if (config.configurable?.["checkpoint_id"] === undefined) return true;
  return isUnnamed && (next.length === 0 || plan !== undefined);
}

type Snapshot = Awaited<ReturnType<Assembled["graph"]["getState"]>>;

/** What may end otherwise when a run that has ended goes on; none where nothing would. */
function leftOpen(
  { subtasks, checks }: RunResult,
  { raises, looksAgain }: Pick<Continuing, "raises" | "looksAgain">,
): string[] {
  const repairs = checks.flatMap((check) => (check.status === "violated" ? check.repairs.slice(-1) : []));
  const unfinished = [...subtasks, ...repairs].filter(
    ({ outcome }) => outcome !== "done" && (outcome !== "not-found" || looksAgain),
  );
  // What was skipped for want of an input waits for that input still, and what a cap refused for a higher one.
  const isVain = unfinished.every(({ outcome }) => outcome === "skipped" || (outcome === "budget" && !raises));
  return isVain ? [] : unfinished.map(({ id }) => id);
}

/** A plan in place of one that is reviewed, as an answer; undefined: there is none, or none is reviewed. */
function reviewBy(plan: RunSettings["plan"], pending: readonly PendingInterrupt[]): object | undefined {
  const review = plan === undefined ? undefined : pending.find(({ kind }) => kind === "plan");
  return review && { [review.id]: { type: "edit", edited_action: { args: { plan } } } };
}
