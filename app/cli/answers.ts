/** What a run waits for, and the answers of a person, matched to it. */
import type { PausingKind } from "../../engine/policy/recovery/policy.ts";
import { SwarmError } from "../../state/errors.ts";
import { fieldOf, isRecord } from "../../state/is-record.ts";
import type { Coverage } from "../../state/outcome.ts";
import { actionsOf, ownPauseIn, pendingOf, pendingText, readDecisions, type HumanRequest } from "../../state/review.ts";
import type { PendingInterrupt } from "../../state/run-result.ts";
import { CEILINGS } from "../../state/usage.ts";
import type { SwarmGraph } from "../create-swarm.ts";
import type { RunOverview } from "./run-record.ts";

/** Answers by interrupt id. Throws SwarmError ANSWER_INVALID before anything runs. */
export function resumeMap(
  pending: readonly PendingInterrupt[],
  answer: unknown,
  runId: string,
): Record<string, unknown> {
  const answers = Object.entries(answersById(pending, answer, runId)).map(([id, said]) => {
    const interrupt = pending.find((known) => known.id === id);
    if (interrupt === undefined) throw unasked(runId, `does not wait for an answer to interrupt ${id}`);
    const given = asOutput(interrupt, said);
    // A graph takes what it is given.
    if (!asksForGraph(interrupt)) readDecisions(given, actionsOf(interrupt).length);
    return [id, given];
  });
  return Object.fromEntries(answers);
}

function unasked(runId: string, problem: string, next = `see: glasshive show ${runId}`): SwarmError {
  return new SwarmError("ANSWER_INVALID", `run ${runId} ${problem}`, { next });
}

/** Who does a subtask may just say its output. */
function asOutput(asked: PendingInterrupt, said: unknown): unknown {
  const isSaid = typeof said === "number" || (typeof said === "string" && !/^\s*(?:approve|reject)\s*$/i.test(said));
  if (!isSaid || asked.kind !== "task" || asksForGraph(asked) || actionsOf(asked).length !== 1) return said;
  return { type: "edit", args: { output: String(said) } };
}

function asksForGraph(asked: PendingInterrupt): boolean {
  return "value" in asked.request;
}

function answersById(pending: readonly PendingInterrupt[], answer: unknown, runId: string): Record<string, unknown> {
  const keys = isRecord(answer) ? Object.keys(answer) : [];
  if (isRecord(answer) && keys.length > 0 && keys.every((key) => /^[0-9a-f]{32}$/.test(key))) return answer;
  const [only, ...others] = pending;
  if (only === undefined) throw unasked(runId, "waits for no answer");
  if (others.length === 0) return { [only.id]: answer };
  const example = `name the interrupt: --answer '{"${only.id}": {"type": "approve"}}'`;
  throw unasked(runId, `waits for ${pending.length} answers`, example);
}

/** What a person may type for an answer that this request takes, as an example. */
export function exampleAnswer(asked: PendingInterrupt): string {
  const [first, ...others] = actionsOf(asked);
  const approval = '{"type":"approve"}';
  if (others.length > 0) return `{"decisions":[${[first, ...others].map(() => approval).join(",")}]}`;
  if (first === undefined || first.allowed.includes("approve")) return approval;
  const { args } = first;
  return JSON.stringify({ type: "edit", args: "output" in args ? { output: "…" } : raisedCap(args) });
}

/** Twice the cap that is reached, as far as it goes. */
function raisedCap({ reached = "maxSteps", ...caps }: Record<string, unknown>): Record<string, number> {
  const field = String(reached);
  const highest = field === "maxSteps" ? CEILINGS.maxSteps : Infinity;
  return { [field]: Math.min(2 * Number(caps[field]), highest) };
}

type Snapshot = Awaited<ReturnType<SwarmGraph["getState"]>>;
type Task = Snapshot["tasks"][number];

/**
 * Read from the graph's state, so that it is the same in every process. LangGraph keeps an interrupt with its task until the whole
 * superstep is over, answered or not: it is pending where the task has no result and, of a lane, where the lane's own newest step
 * waits with it.
 */
export async function pendingInterrupts(graph: SwarmGraph, runId: string): Promise<PendingInterrupt[]> {
  const state = await graph.getState({ configurable: { thread_id: runId } });
  const pending = await Promise.all(state.tasks.map((task) => pendingIn(graph, task)));
  return pending.flat().map(({ id = "", value }) => pendingOf(id, value as HumanRequest));
}

async function pendingIn(graph: SwarmGraph, task: Task): Promise<Task["interrupts"]> {
  const { interrupts, state } = task;
  if (interrupts.length === 0 || fieldOf(task, "result") !== undefined) return [];
  // Of a lane, where its checkpoints are.
  if (state === undefined || !("configurable" in state)) return interrupts;
  const inner = await graph.getState(state);
  return (await Promise.all(inner.tasks.map((nested) => pendingIn(graph, nested)))).flat();
}

interface Standing {
  runId: string;
  status: RunOverview["status"];
  coverage: Coverage;
  interrupts: readonly PendingInterrupt[];
}

/** What a resumed run can be given in place of what was wrong. */
const MENDED_BY: Readonly<Record<string, string>> & Record<PausingKind, string> = {
  quota: "",
  auth: "",
  endpoint: " --base-url URL",
  model: " --model NEW",
};

/** A command, and what there is to say to it; undefined: there is nothing to go on with. */
export function nextStep({ runId, status, coverage, interrupts }: Standing): string | undefined {
  if (status === "complete" || status === "damaged") return undefined;
  if (status === "running") return `glasshive show ${runId} (a process works on it now)`;
  const resume = `glasshive resume ${runId}`;
  const [first, ...others] = interrupts;
  if (first !== undefined) {
    const pause = ownPauseIn(first);
    if (pause !== undefined)
      return `${resume}${MENDED_BY[pause.signal] ?? ""} (once this is fixed: ${pendingText(first)})`;
    const answer = others.length === 0 ? exampleAnswer(first) : `{"${first.id}":${exampleAnswer(first)}}`;
    return `${resume} --answer '${answer}'`;
  }
  if (status !== "partial") return resume;
  if (coverage.budget > 0) return `${resume} --max-steps N (or whichever cap was reached, higher)`;
  const { total, done, notFound, skipped } = coverage;
  return total > done + notFound + skipped ? resume : undefined;
}
