/**
 * Plans a task that is too long for one prompt, or whose plan is too long for one reply: its bulk is halved until each part
 * fits, each part is planned by a call of its own with the same head, and the plans are united into one. A part that the model
 * answers, but never with a plan, becomes one subtask; a provider that fails ends the planning.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { PlanFile } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import { TOO_LONG } from "../../policy/answer/prompt-room.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Run } from "../run/run.ts";
import { parsePlanFile } from "../../policy/plan/plan-shape.ts";
import { askPlanner, checkedPlan, type CheckedPlan, type PlannerRequest } from "./ask-planner.ts";
import { halveTask, openTask, textOfPart, type TaskPart } from "../../policy/plan/cut-task.ts";
import { fitByHalving, type Attempt, type Fitted } from "./fit-by-halving.ts";
import { unitePlans } from "../../policy/plan/unite-plans.ts";

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
  const halves = halveTask(openTask(run.question.task));
  if (halves === undefined) return undefined;
  const whole = sizeOf(openTask(run.question.task));
  const fitted = await fitByHalving<TaskPart, PlanFile | "plain">({
    parts: cutDownTo(halves, planning.room),
    sizeOf,
    halve: halveTask,
    attempt: (part, { number, of }) =>
      planPart(run, planning, planning.promptOf({ text: textOfPart(part), number, of, share: sizeOf(part) / whole })),
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

/** Halves what is clearly larger than any prompt may be; the rest is found out by trying. */
function cutDownTo(parts: readonly TaskPart[], room: number): TaskPart[] {
  let found = [...parts];
  while (found.length < MOST_PARTS && found.some((part) => sizeOf(part) > room)) {
    const next = found.flatMap((part) => (sizeOf(part) > room ? (halveTask(part) ?? [part]) : [part]));
    if (next.length === found.length) break;
    found = next;
  }
  return found;
}

function sizeOf({ bulk }: TaskPart): number {
  return Buffer.byteLength(bulk);
}

function planOf({ part, result }: Fitted<TaskPart, PlanFile | "plain">, number: number, of: number): PlanFile {
  if (result !== undefined && result !== "plain") return result;
  const title = `Part ${number} of ${of} of the task`;
  return parsePlanFile({ subtasks: [{ id: PLAIN_ID, title, instructions: textOfPart(part) }] });
}
