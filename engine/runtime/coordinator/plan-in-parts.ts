/**
 * Plans a task that is too long for one prompt, or whose plan is too long for one reply: its bulk is halved until each part
 * fits, each part is planned by a call of its own with the same head, and the plans are united into one. A part that the model
 * answers, but never with a plan, becomes one subtask; a provider that fails ends the planning.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { PlanFile } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import { TOO_LONG } from "../../policy/answer/material.ts";
import { halveTask, openTask, textOfPart, unitePlans, type TaskPart } from "../../policy/plan/cut-task.ts";
import { parsePlanFile } from "../../policy/plan/plan-shape.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Run } from "../run/run.ts";
import { askPlanner, checkedPlan, type CheckedPlan, type PlannerRequest } from "./ask-planner.ts";

const MOST_PARTS = 64;
/** Calls for parts, repairs not counted: enough to halve down to all parts and to plan each. */
const MOST_CALLS = 2 * MOST_PARTS;
const CALLS_AT_ONCE = 8;
/** Of the run's steps, planning takes this share at most. */
const STEP_SHARE = 0.25;
/** A part's plan that code made says so by this id. */
const PLAIN_ID = "part";

export interface PartsPlan extends CheckedPlan {
  parts: number;
  /** Parts of which code made a subtask, since the model made no plan of them. */
  plain: number;
}

export interface PlanningInParts {
  version: number;
  clock: Clock;
  config: RunnableConfig;
  /** The planner's prompt for a part of the task; `share`: of the whole task, in (0, 1]. */
  promptOf(part: { text: string; number: number; of: number; share: number }): PlannerRequest;
  /** Bytes that a prompt of this model has room for; parts above it are halved without being tried. */
  room: number;
  /** Throws where a signal is the provider's failure, and no answer of the model. */
  refuseFailure(signal: Signal): void;
}

/** Undefined where no part could be planned by the model, or the task cannot be cut. Throws PLAN_INVALID for a united plan. */
export async function planInParts(run: Run, planning: PlanningInParts): Promise<PartsPlan | undefined> {
  const task = openTask(run.question.task);
  const halves = halveTask(task);
  if (halves === undefined) return undefined;
  const fitted = await fitByHalving<TaskPart, PlanFile | "plain">({
    parts: halves,
    room: planning.room,
    sizeOf,
    halve: halveTask,
    attempt: (part, { number, of }) =>
      planPart(
        run,
        planning,
        planning.promptOf({ text: textOfPart(part), number, of, share: sizeOf(part) / sizeOf(task) }),
      ),
    mostParts: MOST_PARTS,
    mostAttempts: Math.min(
      MOST_CALLS,
      Math.max(2, Math.floor(run.budget.ledger.left("coordinator").steps * STEP_SHARE)),
    ),
    atOnce: CALLS_AT_ONCE,
  });
  const plain = fitted.filter(({ result }) => result === undefined || result === "plain").length;
  if (plain === fitted.length) return undefined;
  const united = unitePlans(fitted.map((place, index) => planOf(place, index + 1, fitted.length)));
  return { ...checkedPlan(run, united, planning.version), parts: fitted.length, plain };
}

async function planPart(
  run: Run,
  planning: PlanningInParts,
  prompt: PlannerRequest,
): Promise<Attempt<PlanFile | "plain">> {
  const { version, clock, config } = planning;
  const asked = await askPlanner(run, { prompt, version, clock, config });
  if (asked.kind === "plan") return { kind: "fits", result: asked.file };
  if (TOO_LONG.has(asked.signal.kind)) return { kind: "too-long" };
  planning.refuseFailure(asked.signal);
  return { kind: "fits", result: "plain" };
}

function sizeOf({ bulk }: TaskPart): number {
  return Buffer.byteLength(bulk);
}

function planOf({ part, result }: Fitted<TaskPart, PlanFile | "plain">, number: number, of: number): PlanFile {
  if (result !== undefined && result !== "plain") return result;
  const title = `Part ${number} of ${of} of the task`;
  return parsePlanFile({ subtasks: [{ id: PLAIN_ID, title, instructions: textOfPart(part) }] });
}

type Attempt<Result> = { kind: "fits"; result: Result } | { kind: "too-long" };

export interface Halving<Part, Result> {
  parts: readonly Part[];
  /** What is larger is halved without being tried, as far as it can be. Default: nothing is. */
  room?: number;
  sizeOf(part: Part): number;
  /** Undefined: it cannot be halved any further. */
  halve(part: Part): readonly [Part, Part] | undefined;
  /** `place`: which of how many parts it is, as things stand. */
  attempt(part: Part, place: { number: number; of: number }): Promise<Attempt<Result>>;
  mostParts: number;
  mostAttempts: number;
  atOnce: number;
}

interface Fitted<Part, Result> {
  part: Part;
  /** Undefined: too long at its smallest, or not tried any more. */
  result: Result | undefined;
}

interface Place<Part, Result> extends Fitted<Part, Result> {
  isOpen: boolean;
}

/** Sizes within this factor count as the same: parts are cut between items. */
const ABOUT = 1.1;

/**
 * Work in parts that must each fit into something whose size is only found out by trying: a part that is too long is halved.
 *
 * 1. As long as no size is known to fit, one part is tried alone; then those of a size that fits go together.
 * 2. A part as large as one that was too long is halved without being tried.
 * 3. Parts and attempts are bounded; parts that could not be fitted come back without a result. Order is kept.
 * Rejects as `attempt` does, once the attempts beside it have ended.
 */
export async function fitByHalving<Part, Result>(work: Halving<Part, Result>): Promise<Fitted<Part, Result>[]> {
  let places = work.parts.map((part): Place<Part, Result> => ({ part, result: undefined, isOpen: true }));
  let attempts = 0;
  let [fits, tooLong] = [0, Infinity];
  for (;;) {
    places = halved(places, work, tooLong);
    const wave = nextWave(places, work, fits).slice(0, Math.max(0, work.mostAttempts - attempts));
    if (wave.length === 0) return places.map(({ part, result }) => ({ part, result }));
    attempts += wave.length;
    const of = places.length;
    const outcomes = await Promise.allSettled(
      wave.map((place) => work.attempt(place.part, { number: places.indexOf(place) + 1, of })),
    );
    for (const [index, place] of wave.entries()) {
      const outcome = outcomes[index];
      if (outcome?.status !== "fulfilled") throw outcome?.reason;
      const size = work.sizeOf(place.part);
      if (outcome.value.kind === "too-long") tooLong = Math.min(tooLong, size);
      else {
        fits = Math.max(fits, size);
        Object.assign(place, { isOpen: false, result: outcome.value.result });
      }
    }
  }
}

/** Those of a size that fits; as long as there are none, the largest. */
function nextWave<Part, Result>(
  places: readonly Place<Part, Result>[],
  work: Halving<Part, Result>,
  fits: number,
): Place<Part, Result>[] {
  const open = places.filter(({ isOpen }) => isOpen);
  const fitting = open.filter(({ part }) => work.sizeOf(part) <= ABOUT * fits);
  if (fitting.length > 0) return fitting.slice(0, work.atOnce);
  return open.toSorted((one, other) => work.sizeOf(other.part) - work.sizeOf(one.part)).slice(0, 1);
}

/** Until none is left that is as large as one that was too long. */
function halved<Part, Result>(
  places: Place<Part, Result>[],
  work: Halving<Part, Result>,
  tooLong: number,
): Place<Part, Result>[] {
  let count = places.length;
  const next = places.flatMap((place): Place<Part, Result>[] => {
    const size = work.sizeOf(place.part);
    const isHopeless = ABOUT * size >= tooLong;
    if (!place.isOpen || (!isHopeless && size <= (work.room ?? Infinity))) return [place];
    const halves = count < work.mostParts ? work.halve(place.part) : undefined;
    if (halves === undefined) return [{ ...place, isOpen: !isHopeless }];
    count += 1;
    return halves.map((part) => ({ part, result: undefined, isOpen: true }));
  });
  return count === places.length ? next : halved(next, work, tooLong);
}
