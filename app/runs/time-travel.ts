/**
 * Time travel: a call that begins from a checkpoint which its run has left, or whose state says something else than the run was asked.
 * What stands after it runs again, as LangGraph documents, as a run of its own: the record of the one that is left stays as it is
 * (docs/decisions/0066).
 *
 * 1. Before LangGraph begins, the new run is in the store, and a checkpoint that names it is the newest one of the thread: nodes know
 *    nothing of all this, and who goes on after a crash goes on with the new run.
 * 2. Before there is a plan, the question is taken in anew, and the new run takes nothing along but where it comes from.
 */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { HumanMessage } from "@langchain/core/messages";
import { Overwrite } from "@langchain/langgraph";
import { forkPlan, plannedWork, type ForkPlan } from "../../engine/policy/fork/fork-plan.ts";
import { asksOf } from "../../engine/policy/permissions/narrow.ts";
import type { Available } from "../../engine/policy/plan/plan-names.ts";
import { forkUpdate } from "../../engine/runtime/run/begin-fork.ts";
import { SwarmError } from "../../state/errors.ts";
import { differenceOf, lastHumanText, questionIn, rejectedIn, type Question } from "../../state/question.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { Parent } from "../../state/run-result.ts";
import { NOTHING_DONE, type Draft, type SwarmState, type SwarmUpdate } from "../../state/swarm-state.ts";
import type { Permissions } from "../permissions.ts";
import {
  begunFrom,
  insideLane,
  isInsideLane,
  isLeft,
  isNewInput,
  isReplanned,
  refuseInsideLane,
  startOf,
  type Thread,
} from "./checkpoint-line.ts";
import { givenPlan, takeOver, type Naming } from "./fork-run.ts";
import { readForkSource, type ForkSource } from "./fork-source.ts";
import type { RunDocuments } from "./run-documents.ts";
import type { RunBegin, RunStore } from "./run-store.ts";

/** What a traveller needs of the runs of its swarm. */
export interface TravelHost {
  permissions: Permissions;
  documents: RunDocuments;
  available: Available;
  runOf: (id: string) => RunStore;
  /** Whether this process has it to itself. */
  isOurs: (id: string) => boolean;
  /** Under the next id behind this one that no run has. */
  next: (id: string) => Promise<RunStore>;
}

/** How a call goes on: where it names a checkpoint no longer, or from which run its question leaves. */
export interface Departure {
  /** The newest checkpoint of the thread is the one to begin from. */
  isPut: boolean;
  parent?: Parent;
}

const GOES_ON: Departure = { isPut: false };

/** Throws SwarmError USAGE, PLAN_INVALID, NOT_ALLOWED, RUN_HELD, JOURNAL_BROKEN: then nothing has changed. */
export async function depart(host: TravelHost, thread: Thread, input: unknown): Promise<Departure> {
  await refuseInsideLane(thread);
  const start = await startOf(thread, input);
  if (start === undefined) return GOES_ON;
  const { id } = start.checkpoint;
  const { values: state, next } = await thread.stateAt(id);
  const at: Standpoint = { id, next: [...new Set(next)], state };
  const isBegun = state.runId !== "" && next.length > 0 && !next.some((node) => ASKING.has(node));
  if (!isBegun) {
    const left = next.length > 0 || isNewInput(input) ? await begunFrom(thread, start) : undefined;
    return left === undefined ? GOES_ON : asked(host, at, left);
  }
  const begin = await host.runOf(state.runId).read("begin");
  if (begin === undefined) return GOES_ON;
  const hasLeft = await isLeft(thread, start);
  if (isNewInput(input)) return hasLeft ? asked(host, at, state.runId) : GOES_ON;
  const isPlanned = !next.includes("planner");
  if (!hasLeft && !(isPlanned && (asksElse(state, begin) || (await isReplanned(thread, start))))) return GOES_ON;
  if (isInsideLane(thread.config)) throw insideLane();
  await (isPlanned ? forked(host, thread, { at, begin }) : plannedAnew(host, thread, at));
  return { isPut: true };
}

/** Nodes that take a question in: what they begin is a run of its own. */
const ASKING: ReadonlySet<string> = new Set(["__start__", "intake"]);

function asksElse(state: SwarmState, begin: RunBegin): boolean {
  const { task, documents, approve } = questionIn(state);
  return differenceOf({ task, documents, approve }, begin) !== undefined;
}

async function asked(host: TravelHost, at: Standpoint, runId: string): Promise<Departure> {
  const parent = await parentOf(host.runOf(runId), at);
  return parent === undefined ? GOES_ON : { isPut: false, parent };
}

/** Undefined: it has done nothing. */
async function parentOf(run: RunStore, { id, next }: Standpoint): Promise<Parent | undefined> {
  const { head } = await run.view();
  if (head.seq === 0) return undefined;
  return { runId: run.id, journalHead: head.hash, at: [], checkpoint: { id, next: [...next] } };
}

/** Asked again by `intake`, after what people have objected to so far. */
async function plannedAnew(host: TravelHost, thread: Thread, at: Standpoint): Promise<void> {
  const { state } = at;
  const run = await host.next(state.runId);
  const parent = await parentOf(host.runOf(state.runId), at);
  const rejected = rejectedIn(state);
  const isRejected = state.rejection !== null;
  await run.keep("follow-up", { ...(parent && { parent }), ...(isRejected ? { rejected } : {}) });
  try {
    const { task } = questionIn(state);
    const nothing = { ...NOTHING_DONE, lanes: new Overwrite({}), artifacts: new Overwrite({}) };
    await thread.put(at.id, { ...nothing, runId: run.id, ...saying(task, state) }, "planner");
  } catch (error) {
    await run.forget("follow-up");
    throw error;
  }
}

interface Leaving {
  at: Standpoint;
  begin: RunBegin;
}

/** With what has ended before the checkpoint, on the way from there. */
async function forked(host: TravelHost, thread: Thread, { at, begin }: Leaving): Promise<void> {
  const { state } = at;
  const { available } = host;
  const left = host.runOf(state.runId);
  const recorded = await readForkSource(left, host.isOurs(left.id));
  const question: Question = { ...questionIn(state), plan: begin.plan, history: state.history ?? begin.history };
  const options: RunOptions = { ...host.permissions.permit(asksOf(state, thread.config)), dryRun: begin.run.dryRun };
  const run = await host.next(state.runId);
  const expandDocuments = isOnRecord(recorded, state) ? undefined : await host.documents.expander(run.id, options);
  const { task } = question;
  const leaving = decideAt(recorded, { ...at, task, approve: options.approve }, { available, expandDocuments });
  const { decided, draft, entry } = leaving;
  const checkpoint = { id: at.id, next: [...at.next] };
  const parent = { runId: state.runId, journalHead: recorded.view.head.hash, at: leaving.at, checkpoint };
  await run.keep("begin", { ...question, run: options, parent, birth: randomUUID() });
  try {
    const { fork, artifacts } = await takeOver(run, recorded, { decided, parent, draft });
    const { lanes, ...update } = forkUpdate(run.id, fork, artifacts);
    const whole = { lanes: new Overwrite(lanes), artifacts: new Overwrite(artifacts) };
    const values = { ...NOTHING_DONE, ...update, ...whole, runId: run.id, task, asked: task, ...saying(task, state) };
    await thread.put(at.id, values, BEHIND[entry]);
  } catch (error) {
    await run.forget("begin", "fork");
    throw error;
  }
}

/** The conversation says what is asked: in the place of the message that had asked otherwise. */
function saying(task: string, { messages }: SwarmState): Pick<SwarmUpdate, "messages"> {
  if (lastHumanText(messages) === task) return {};
  const said = messages.findLast((message) => HumanMessage.isInstance(message));
  return said === undefined ? {} : { messages: [new HumanMessage({ ...(said.id && { id: said.id }), content: task })] };
}

interface Standpoint {
  id: string;
  next: readonly string[];
  state: SwarmState;
}

interface CheckpointFork {
  decided: ForkPlan;
  at: string[];
  draft: Draft | undefined;
  entry: Entry;
}

/** Where such a run can begin, by the node behind which that is. */
const BEHIND = {
  "plan-review": "planner",
  "skill-router": "plan-review",
  integrate: "lane",
  synthesizer: "verify",
  "answer-review": "synthesizer",
} as const;
type Entry = keyof typeof BEHIND;

interface Branching extends Standpoint {
  task: string;
  approve: readonly string[];
}

/** Throws SwarmError PLAN_INVALID, and USAGE for an artifact that the run never had. */
function decideAt(recorded: ForkSource, leaving: Branching, naming: Naming): CheckpointFork {
  const { plan: old, shared } = recorded;
  const { state, task } = leaving;
  refuseUnknown(recorded, state);
  const isEdited = !isOnRecord(recorded, state);
  const { subtasks, ...given } = isEdited ? givenPlan(old, plannedIn(state), naming) : plannedWork(old);
  const open = new Set(subtasks.flatMap(({ id }) => (hasEnded(recorded, state, id) ? [] : [id])));
  const decided = forkPlan({
    old,
    given: { ...given, task, subtasks },
    at: [...open],
    uses: shared.uses,
    hasResult: (subtask) => recorded.result(subtask) !== undefined,
    newest: (artifact) => (Object.hasOwn(state.artifacts, artifact) ? (state.artifacts[artifact]?.version ?? 0) : 0),
  });
  const begins = subtasks.filter(({ id, dependsOn }) => open.has(id) && !dependsOn.some((input) => open.has(input)));
  const draft = decided.anew.size > 0 ? undefined : draftIn(leaving);
  return { decided, at: begins.map(({ id }) => id), draft, entry: entryOf(leaving, { decided, draft, isEdited }) };
}

/** Whether the plan of the state is the one that the run went by last. */
function isOnRecord({ view }: ForkSource, { planned }: SwarmState): boolean {
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
function draftIn({ next, approve, state: { draft } }: Branching): Draft | undefined {
  if (draft === null || !approve.includes("answer")) return undefined;
  return next.includes("answer-review") ? { ...draft, reasons: [] } : draft;
}

/** Where the checkpoint stands, as far as nothing before it has to run: checks are looked at anew in any fork. */
function entryOf(
  { next, approve }: Branching,
  { decided, draft, isEdited }: { decided: ForkPlan; draft: Draft | undefined; isEdited: boolean },
): Entry {
  if (next.includes("plan-review") || (isEdited && approve.includes("plan"))) return "plan-review";
  if (decided.anew.size > 0 || decided.plan.checks.length > 0) return "skill-router";
  if (next.includes("answer-review")) return draft === undefined ? "synthesizer" : "answer-review";
  return next.includes("synthesizer") ? "synthesizer" : next.includes("integrate") ? "integrate" : "skill-router";
}

/** Contents are on record alone: the state can go back to a version, and not make one. */
function refuseUnknown({ id, shared: { hashes } }: ForkSource, { artifacts }: SwarmState): void {
  for (const { artifact, version, hash } of Object.values(artifacts)) {
    if (hashes.get(`${artifact}\n${version}`) === hash) continue;
    throw new SwarmError("USAGE", `artifacts: run ${id} never had this version ${version} of ${artifact}`, {
      next: "name a version that it had; another content comes from a plan (artifacts), or from a subtask that writes it",
    });
  }
}
