/**
 * A fork before it begins: what it keeps of the recorded run is decided (engine/policy/fork) and put into the store of the new one,
 * whole, so that it begins, and goes on after a crash, without the run that it comes from.
 */
import { hash } from "node:crypto";
import { openContents } from "../../adapters/storage/content-store.ts";
import { artifactsInStore } from "../../adapters/storage/run-in-store.ts";
import { forkPlan, forkPoints, plannedWork, refuseSkipped, type ForkPlan } from "../../engine/policy/fork/fork-plan.ts";
import { resultWith } from "../../engine/policy/output/kept-output.ts";
import { absentNames, type Available } from "../../engine/policy/plan/plan-names.ts";
import { parsePlanFile } from "../../engine/policy/plan/plan-shape.ts";
import { expandPlan, type ExpandDocuments } from "../../engine/policy/plan/read-plan.ts";
import { withReduction } from "../../engine/policy/plan/reduction-tree.ts";
import type { Contents } from "../../engine/ports/board.ts";
import { ArtifactLog } from "../../engine/runtime/artifacts/artifact-log.ts";
import type { ArtifactEvent, ArtifactRecords } from "../../state/artifact.ts";
import { SwarmError } from "../../state/errors.ts";
import type { Fork } from "../../state/fork.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Plan, PlanFile, Subtask } from "../../state/plan.ts";
import { differenceOf } from "../../state/question.ts";
import type { Parent } from "../../state/run-result.ts";
import type { Draft } from "../../state/swarm-state.ts";
import { changed, readForkSource, type ForkSource } from "./fork-source.ts";
import type { RunStore } from "./run-store.ts";

export interface ForkRequest {
  /** Subtasks to run anew, with all that stands on them; the id of a `forEach`: all that it expanded to. */
  at?: readonly string[];
  /** What is asked of that one subtask instead. */
  instructions?: string | undefined;
  /** Who is to take those subtasks. */
  agent?: string | undefined;
  /** Another plan, as a plan file has it: what is the same in it is kept. */
  plan?: Readonly<Record<string, unknown>> | undefined;
}

/** What a plan may name, and what it may list. */
export interface Naming {
  available: Available;
  expandDocuments: ExpandDocuments;
}

/** Decides, and keeps for the run of this id, which has not begun. Throws SwarmError with one line where it cannot be. */
export async function prepareFork(
  { source, run }: { source: RunStore; run: RunStore },
  request: ForkRequest,
  naming: Naming,
): Promise<void> {
  const recorded = await readForkSource(source);
  const { at, decided } = decide(recorded, request, naming);
  const parent = { runId: source.id, journalHead: recorded.view.head.hash, at };
  await takeOver(run, recorded, { decided, parent });
}

interface Taking {
  decided: ForkPlan;
  parent: Parent;
  draft?: Draft | undefined;
}

/** Puts what is kept into the store of the new run; `artifacts`: what that has of them. Throws SwarmError JOURNAL_BROKEN. */
export async function takeOver(
  run: RunStore,
  recorded: ForkSource,
  { decided, parent, draft }: Taking,
): Promise<{ fork: Fork; artifacts: ArtifactRecords }> {
  const contents = openContents(run.folder);
  try {
    const { writes, artifacts } = await keptWrites(recorded, decided, { run, contents });
    const fork: Fork = {
      parent,
      plan: decided.plan,
      file: planFileOf(decided.plan),
      anew: [...decided.anew].map(([subtask, reason]) => ({ subtask, reason })),
      results: await keptResults(recorded, decided, contents),
      writes,
      ...(draft === undefined ? {} : { draft }),
    };
    await contents.flush();
    await run.keep("fork", fork);
    return { fork, artifacts };
  } finally {
    await contents.close();
  }
}

function decide(recorded: ForkSource, request: ForkRequest, naming: Naming): { at: string[]; decided: ForkPlan } {
  const { id, plan: old, shared } = recorded;
  const { at: names = [], plan: file } = request;
  if (names.length === 0 && file === undefined)
    throw new SwarmError("USAGE", "nothing says where the fork begins", { next: "give --at SUBTASK, or --plan FILE" });
  const planned = file === undefined ? old : givenPlan(old, file, naming);
  const at = forkPoints(planned, names, file === undefined ? `run ${id}` : "the plan");
  const given = plannedWork(planned, otherwise(planned, at, request));
  const [absent] = absentNames(given.subtasks, naming.available);
  if (absent !== undefined) throw new SwarmError("USAGE", absent);
  const outcomeOf = (subtask: string) => recorded.result(subtask)?.outcome;
  const hasResult = (subtask: string): boolean => outcomeOf(subtask) !== undefined;
  const decided = forkPlan({ old, given, at, hasResult, uses: shared.uses });
  const kept = new Set(decided.kept);
  refuseSkipped({ plan: decided.plan, at, isKept: (subtask) => kept.has(subtask), outcomeOf }, id);
  return { at, decided };
}

/** Throws SwarmError PLAN_INVALID, and RUN_DIFFERS where it is for another task. */
export function givenPlan(
  old: Pick<Plan, "task">,
  file: Readonly<Record<string, unknown>>,
  { available, expandDocuments }: Naming,
): Plan {
  const parsed = parsePlanFile(file, available);
  const asked = parsed.task?.trim() ?? "";
  const difference = asked === "" ? undefined : differenceOf({ task: asked }, { task: old.task });
  if (difference !== undefined)
    throw new SwarmError("RUN_DIFFERS", `the run was asked something else than the plan: ${difference}`, {
      next: "ask it as a run of its own: glasshive run --plan FILE",
    });
  return withReduction(expandPlan(parsed, { task: old.task, version: 1, expandDocuments, ...available }));
}

/** What is asked of the subtasks where the fork begins. Throws SwarmError USAGE. */
function otherwise(
  { subtasks }: Plan,
  at: readonly string[],
  { instructions, agent }: ForkRequest,
): (subtask: Subtask) => Subtask {
  if (instructions === undefined && agent === undefined) return (subtask) => subtask;
  const condenses = subtasks.find(({ id, role }) => role === "reduce" && at.includes(id));
  if (condenses !== undefined)
    throw new SwarmError("USAGE", `${condenses.id} condenses results: it has no agent and no instructions of its own`, {
      next: "fork at it with another --model, or at a subtask whose result it condenses",
    });
  if (at.length === 0)
    throw new SwarmError("USAGE", "nothing says for which subtask the instructions or the agent are", {
      next: "name it: --at SUBTASK",
    });
  if (instructions !== undefined && at.length > 1)
    throw new SwarmError("USAGE", `one text of instructions is given for ${at.length} subtasks: ${at.join(", ")}`, {
      next: "name one with --at, or write all of them into a plan: --plan FILE",
    });
  const change = { ...(instructions === undefined ? {} : { instructions }), ...(agent === undefined ? {} : { agent }) };
  return (subtask) => (at.includes(subtask.id) ? { ...subtask, ...change } : subtask);
}

async function keptResults({ id, view, result: of }: ForkSource, { kept }: ForkPlan, contents: Contents) {
  const results: SubtaskResult[] = [];
  for (const subtask of kept) {
    const result = of(subtask);
    const { published, ends } = view.lanes.get(subtask) ?? {};
    if (result === undefined || published === undefined) continue;
    const { attempt, agent, outcome, cause, startedAt, endedAt } = result;
    const end = ends?.get(attempt);
    const keptFrom = { run: id, line: published.seq, steps: end?.keptFrom?.steps ?? end?.steps ?? 0 };
    const costNothing = { steps: 0, waitedForSlotMs: 0, keptFrom };
    const fields = { subtask, attempt, agent, outcome, cause, startedAt, endedAt, ...costNothing };
    contents.add(result.output);
    results.push(resultWith(fields, await contents.keep(result.output), contents));
  }
  return results;
}

/** Those that are kept, whose contents go along. Throws SwarmError JOURNAL_BROKEN where one is not as the journal says. */
async function keptWrites(
  { id, shared, writes, whole }: ForkSource,
  { kept, isKeptVersion }: ForkPlan,
  { run: { id: runId, store }, contents }: { run: RunStore; contents: Contents },
): Promise<{ writes: ArtifactEvent[]; artifacts: ArtifactRecords }> {
  const lanesKept = new Set(kept);
  const events = writes.filter(({ version, conflict }) =>
    version === undefined
      ? lanesKept.has(conflict?.by.subtask ?? "")
      : isKeptVersion(version.artifact, version.version),
  );
  const storage = artifactsInStore(store, runId);
  const put = async (hash: string): Promise<void> => {
    const content = await whole(hash);
    contents.add(content);
    await storage.putContent(hash, content);
  };
  for (const { version, content, conflict, incoming } of events) {
    if (version !== undefined && shared.hashes.get(`${version.artifact}\n${version.version}`) !== version.hash)
      throw changed(id, `version ${version.version} of ${version.artifact}`);
    if (version !== undefined && content === "whole") await put(version.hash);
    if (conflict !== undefined && incoming === "whole") await put(conflict.incoming.hash);
  }
  // What the newest says is made of those before it.
  const log = new ArtifactLog({ runId, storage }, events);
  for (const { artifact, version, hash: recorded } of Object.values(log.records))
    if (hash("sha256", await log.content(artifact, version)) !== recorded)
      throw changed(id, `version ${version} of ${artifact}`);
  return { writes: events, artifacts: log.records };
}

function planFileOf({ task, subtasks, artifacts, checks }: Plan): PlanFile {
  const work = subtasks.filter(({ role }) => role === "work");
  const planned = work.map(({ role: _role, mends: _mends, partOf: _partOf, parts: _parts, ...subtask }) => {
    const { group: _group, item: _item, ...rest } = subtask;
    return rest;
  });
  return { task, subtasks: planned, artifacts, checks };
}
