/**
 * With `approve: budget`: a cap that refuses a lane is a question to a human, one for the whole run. The lane that asks
 * interrupts, the others drain, each where it stands; after the answer they go on with their conversations, or end as `budget`.
 */
import { isGraphInterrupt } from "@langchain/langgraph";
import { SwarmError } from "../../../state/errors.ts";
import type { Subtask } from "../../../state/plan.ts";
import { firstProblem } from "../../../state/problem.ts";
import { readDecision, requestOf, type HumanRequest } from "../../../state/review.ts";
import type { Signal } from "../../../state/signal.ts";
import { amountsOf, CAP_FIELDS, Caps, isAbove, type CapName } from "../../../state/usage.ts";
import type { DataOf } from "../../journal/events.ts";
import { RAISE_CAP } from "../../journal/run-view.ts";
import { capAbove } from "../../policy/permissions/narrow.ts";
import type { Run } from "../run/run.ts";
import { waitInRun } from "../turns/ending.ts";
import { until } from "../waiting/waits.ts";
import { askHuman } from "./ask-human.ts";

type RaisedCaps = Partial<Record<(typeof CAP_FIELDS)[CapName], number>>;
type Verdict = { type: "raise"; caps: RaisedCaps } | { type: "stop"; message?: string | undefined };

/** Subtasks that the question names; it says how many there are. */
const NAMED = 20;

/** Whether a human is asked about this refusal: not where no higher cap is allowed, nor for what the answer is made from. */
export function asksAboutCap(run: Run, subtask: Subtask, signal: Signal): boolean {
  const { options, budget } = run;
  if (signal.kind !== "budget" || signal.cap === undefined || subtask.role === "reduce") return false;
  const { name, at } = signal.cap;
  return options.approve.includes("budget") && at < (budget.highestCaps[CAP_FIELDS[name]] ?? Infinity);
}

/** Throws the interrupt where this lane asks, and what drains where another does and has no answer yet. */
export async function askAboutCap(
  run: Run,
  facts: { subtask: string; signal: Signal },
  stopping: AbortSignal | undefined,
): Promise<"raised" | "stopped"> {
  const { capQuestion } = run.budget;
  const { cap } = facts.signal;
  if (cap === undefined) return "stopped";
  const { name, at } = cap;
  for (;;) {
    if ((run.budget.ledger.caps[CAP_FIELDS[name]] ?? Infinity) > at) {
      if (capQuestion.asker === facts.subtask) await withdraw(run, facts.subtask);
      return "raised";
    }
    if (capQuestion.isStopped(run.budget.ledger.caps)) return "stopped";
    const asker = capQuestion.claim(facts.subtask, (id) => run.shared.board.result(id) !== undefined);
    if (asker === facts.subtask) await ask(run, asker, name);
    else await answered(run, stopping);
  }
}

/** Another lane asks. */
async function answered(run: Run, stopping: AbortSignal | undefined): Promise<void> {
  const { draining } = run.life.stop;
  const waiting = { what: "another lane asks to raise a cap", draining, caller: stopping };
  await waitInRun(waiting, (signal) => until(run.budget.capQuestion.closed(), signal));
}

async function ask(run: Run, asker: string, name: CapName): Promise<void> {
  const { capQuestion } = run.budget;
  const request = askingFor(run, name);
  try {
    const before = run.budget.ledger.caps;
    const { answer } = await askHuman(run, {
      key: `${capQuestion.round}/${asker}`,
      request,
      about: { action: RAISE_CAP, asker, cap: name, caps: before, spent: run.budget.ledger.spent },
      read: (given) => read(given, { request, caps: before, name, highest: run.budget.highestCaps }),
      carryOut: async (verdict) => (verdict.type === "raise" ? run.budget.raise(verdict.caps) : undefined),
      record: (verdict) => recordOf(run, verdict),
    });
    capQuestion.close(answer.type === "stop" ? run.budget.ledger.caps : undefined);
  } catch (error) {
    if (isGraphInterrupt(error)) run.life.drainInvocation("waits for a human to raise a cap");
    throw error;
  }
}

function recordOf(run: Run, verdict: Verdict): Omit<DataOf<"resume">, "kind" | "by"> {
  const isStop = verdict.type === "stop";
  const reason = isStop && verdict.message !== undefined ? { reason: verdict.message } : {};
  return { action: RAISE_CAP, stopped: isStop, caps: run.budget.ledger.caps, ...reason };
}

/** A cap was raised by `resume --max-…`: nobody has to answer any more. */
export async function withdraw(run: Run, asker: string): Promise<void> {
  const { capQuestion } = run.budget;
  await run.record.once(`resume/budget/${capQuestion.round}/${asker}`, {
    kind: "resume",
    data: { kind: "budget", action: RAISE_CAP, stopped: false, caps: run.budget.ledger.caps, by: "resume" },
  });
  capQuestion.close(undefined);
}

function askingFor(run: Run, name: CapName): HumanRequest {
  const { caps, spent } = run.budget.ledger;
  const work = run.shared.board.plan()?.subtasks.filter(({ role }) => role === "work" || role === "repair") ?? [];
  const open = work.filter(({ id }) => run.shared.board.result(id) === undefined).map(({ id }) => id);
  const args = {
    reached: CAP_FIELDS[name],
    ...capsNow(caps),
    spent: amountsOf(spent),
    notDone: open.length,
    subtasks: open.slice(0, NAMED),
  };
  const description = `The cap on ${name} is reached (${caps[CAP_FIELDS[name]]}), and ${open.length} of ${work.length} subtasks are not done. Raise it (edit ${CAP_FIELDS[name]}), or stop (reject) and have an answer from what is there?`;
  const action = { name: RAISE_CAP, args, description };
  return requestOf({ kind: "budget", actions: [action], allowed: ["edit", "reject"] });
}

function capsNow(caps: Caps): RaisedCaps {
  const fields = Object.values(CAP_FIELDS);
  return Object.fromEntries(fields.flatMap((field) => (caps[field] === undefined ? [] : [[field, caps[field]]])));
}

/** Throws SwarmError ANSWER_INVALID: the human is asked again. Pure. */
function read(given: unknown, facts: { request: HumanRequest; caps: Caps; name: CapName; highest: Caps }): Verdict {
  const { request, caps, name, highest } = facts;
  const field = CAP_FIELDS[name];
  const decision = readDecision(given, request, `an approval names no cap: answer with edit and a higher ${field}`);
  if (decision.type === "reject") return { type: "stop", message: decision.message };
  const args = decision.type === "edit" ? decision.edited_action.args : {};
  const named: [string, unknown][] = Object.keys(capsNow(caps)).map((cap) => [cap, args[cap]]);
  const raised: RaisedCaps = Object.fromEntries(named.filter(([, amount]) => amount !== undefined));
  const parsed = Caps.safeParse({ ...caps, ...raised });
  if (!parsed.success) throw new SwarmError("ANSWER_INVALID", firstProblem(parsed.error, { ...caps, ...raised }));
  const { [field]: next = Infinity } = parsed.data;
  if (next <= (caps[field] ?? 0)) {
    throw new SwarmError("ANSWER_INVALID", `${field} has to be above ${caps[field]}, at which it refuses`);
  }
  const excess = capAbove(raised, highest);
  if (excess !== undefined) throw new SwarmError("ANSWER_INVALID", excess);
  if (isAbove(caps, parsed.data)) throw new SwarmError("ANSWER_INVALID", "a cap can be raised, not lowered");
  return { type: "raise", caps: raised };
}
