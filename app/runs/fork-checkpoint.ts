/**
 * What a run takes along that leaves another one from a checkpoint: whatever the state there says has ended, as it is on record; what
 * the state says otherwise than the record (a plan, a lane, a version of an artifact) runs anew, with all that stands on it.
 */
import { isDeepStrictEqual } from "node:util";
import { forkPlan, plannedWork, type ForkPlan } from "../../engine/policy/fork/fork-plan.ts";
import { SwarmError } from "../../state/errors.ts";
import type { Draft, SwarmState } from "../../state/swarm-state.ts";
import { givenPlan, type ForkPlace } from "./fork-run.ts";
import type { ForkSource } from "./fork-source.ts";

/** How the thread's state stands at the checkpoint. */
export interface Standpoint {
  id: string;
  next: readonly string[];
  state: SwarmState;
}

export interface CheckpointFork {
  decided: ForkPlan;
  /** Subtasks at which the fork begins. */
  at: string[];
  draft: Draft | undefined;
  /** The node that is next. */
  entry: Entry;
}

/** Where such a run can begin, by the node behind which that is. */
export const BEHIND = {
  "plan-review": "planner",
  "skill-router": "plan-review",
  integrate: "lane",
  synthesizer: "verify",
  "answer-review": "synthesizer",
} as const;
export type Entry = keyof typeof BEHIND;

interface Leaving extends Standpoint {
  task: string;
  /** Where the new run stops for a human. */
  approve: readonly string[];
}

/** Throws SwarmError PLAN_INVALID, and USAGE for an artifact that the run never had. */
export function decideAt(
  recorded: ForkSource,
  leaving: Leaving,
  place: Pick<ForkPlace, "available" | "expandDocuments">,
): CheckpointFork {
  const { plan: old, lanes } = recorded;
  const { state, task } = leaving;
  refuseUnknown(recorded, state);
  const isEdited = !isOnRecord(recorded, state);
  const { subtasks, ...given } = isEdited ? givenPlan(old, plannedIn(state), place) : plannedWork(old);
  const open = new Set(subtasks.flatMap(({ id }) => (hasEnded(recorded, state, id) ? [] : [id])));
  const decided = forkPlan({
    ...{ old, given: { ...given, task, subtasks }, at: [...open], uses: lanes.uses },
    hasResult: (subtask) => recorded.result(subtask) !== undefined,
    newest: (artifact) => (Object.hasOwn(state.artifacts, artifact) ? (state.artifacts[artifact]?.version ?? 0) : 0),
  });
  const begins = subtasks.filter(({ id, dependsOn }) => open.has(id) && !dependsOn.some((input) => open.has(input)));
  const draft = decided.anew.size > 0 ? undefined : draftIn(leaving);
  return { decided, at: begins.map(({ id }) => id), draft, entry: entryOf(leaving, { decided, draft, isEdited }) };
}

/** Whether the plan of the state is the one that the run went by last. */
export function isOnRecord({ view }: ForkSource, { planned }: SwarmState): boolean {
  const files = [...view.plans.values()].filter(({ origin }) => !/^(split|repair) of /.test(origin));
  return isDeepStrictEqual(plainly(planned), plainly(files.at(-1)?.plan));
}

/** As it comes back from a checkpoint or a journal. */
function plainly(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

/** The task may have been edited beside it. */
function plannedIn({ planned }: SwarmState): Record<string, unknown> {
  const { task: _task, ...plan } = planned ?? { subtasks: [] };
  return plan;
}

/** A result that has been replaced since, and a lane that says something else than the record, count as none. */
function hasEnded({ id, result }: ForkSource, { lanes }: SwarmState, subtask: string): boolean {
  const lane = Object.hasOwn(lanes, subtask) ? lanes[subtask] : undefined;
  if (lane?.status !== "ended" || lane.runId !== id) return false;
  const recorded = result(subtask);
  return recorded?.attempt === lane.attempt && recorded.outcome === lane.outcome;
}

/** One that waits for a human is shown again as it is. */
function draftIn({ next, approve, state: { draft } }: Leaving): Draft | undefined {
  if (draft === null || !approve.includes("answer")) return undefined;
  return next.includes("answer-review") ? { ...draft, reasons: [] } : draft;
}

/** Where the checkpoint stands, as far as nothing before it has to run: checks are looked at anew in any fork. */
function entryOf(
  { next, approve }: Leaving,
  { decided, draft, isEdited }: { decided: ForkPlan; draft: Draft | undefined; isEdited: boolean },
): Entry {
  if (next.includes("plan-review") || (isEdited && approve.includes("plan"))) return "plan-review";
  if (decided.anew.size > 0 || decided.plan.checks.length > 0) return "skill-router";
  if (next.includes("answer-review")) return draft === undefined ? "synthesizer" : "answer-review";
  return next.includes("synthesizer") ? "synthesizer" : next.includes("integrate") ? "integrate" : "skill-router";
}

/** Contents are on record alone: the state can go back to a version, and not make one. */
function refuseUnknown({ id, lanes: { hashes } }: ForkSource, { artifacts }: SwarmState): void {
  for (const { artifact, version, hash } of Object.values(artifacts)) {
    if (hashes.get(`${artifact}\n${version}`) === hash) continue;
    throw new SwarmError("USAGE", `artifacts: run ${id} never had this version ${version} of ${artifact}`, {
      next: "name a version that it had; another content comes from a plan (artifacts), or from a subtask that writes it",
    });
  }
}
