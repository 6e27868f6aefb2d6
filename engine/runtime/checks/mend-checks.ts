/**
 * What is done about violated checks: as the recovery policy says, a subtask mends one, a human decides, or it stays as it is.
 *
 * Humans are asked before anything is changed, and all repairs come with one new version of the plan: a step that runs again meets
 * either all of them or none, so answers never go to another question and no violation is mended twice.
 */
import type { PlanCheck, Subtask } from "../../../state/plan.ts";
import { readDecision, requestOf } from "../../../state/review.ts";
import type { Run } from "../run/run.ts";
import { recordPlan } from "../../journal/recorded-messages.ts";
import { askHuman } from "../people/ask-human.ts";
import { chanceOf, decideRecovery, NOT_FOR_CHECKS } from "../../policy/recovery/decide.ts";
import type { Looked } from "../../policy/checks/check-state.ts";
import { repairsOf, withRepairs, type Repair } from "../../policy/checks/repair-subtask.ts";

/** Returns the subtasks that are to mend. `left`: the checks that a human has left as they are; gets those that he leaves now. */
export async function mendChecks(run: Run, looked: readonly Looked[], left: Set<string>): Promise<Subtask[]> {
  const repairs = openRepairs(run) ?? (await planRepairs(run, looked, left));
  await journalRepairs(run, repairs);
  return repairs;
}

/** A crash between the new plan and the checkpoint: the lanes have not run yet. */
function openRepairs(run: Run): Subtask[] | undefined {
  const open = run.shared.board
    .plan()
    ?.subtasks.filter(({ id, mends }) => mends && run.shared.board.result(id) === undefined);
  return open === undefined || open.length === 0 ? undefined : open;
}

async function planRepairs(run: Run, looked: readonly Looked[], left: Set<string>): Promise<Subtask[]> {
  const repairs: Repair[] = [];
  // LangGraph gives answers in the order of the questions: what has been asked before comes first.
  const isAsked = ({ check }: Looked): boolean =>
    run.record.wasOnRecord(`interrupt/task/check/${placeOf(run, check, left)}`);
  const all = looked.filter(({ verdict }) => verdict === "violated");
  for (const violated of [...all.filter(isAsked), ...all.filter((one) => !isAsked(one))]) {
    const by = await recover(run, violated, left);
    if (by !== undefined) repairs.push({ ...violated, by });
  }
  if (repairs.length === 0) return [];
  await run.shared.board.extendPlan((plan) => withRepairs(plan, repairs));
  return run.shared.board.plan()?.subtasks.slice(-repairs.length) ?? [];
}

/** Behind the board: a crash between the two is made good by the step that runs again. */
async function journalRepairs(run: Run, repairs: readonly Subtask[]): Promise<void> {
  const plan = run.shared.board.plan();
  if (repairs.length === 0 || plan === undefined) return;
  const { version } = plan;
  const origin = `repair of ${repairs.length === 1 ? "check" : "checks"} ${repairs.map(({ mends }) => mends?.check).join(", ")}`;
  const added = repairs.map(({ id }) => id);
  await run.record.once(`plan/repair/${version}`, {
    kind: "plan",
    data: { version, origin, added, content: recordPlan(run.shared.contents, plan) },
  });
}

function askedBefore(run: Run, check: PlanCheck, left: ReadonlySet<string>): number {
  const repairs = repairsOf(run.shared.board.plan(), check.id);
  return repairs.filter(({ mends }) => mends?.by === "ask-human").length + (left.has(check.id) ? 1 : 0);
}

/** What the journal knows this round of recovery by. */
function placeOf(run: Run, check: PlanCheck, left: ReadonlySet<string>): string {
  return `${check.id}/${repairsOf(run.shared.board.plan(), check.id).length}/${askedBefore(run, check, left)}`;
}

/** Who wants it mended; undefined: it stays as it is. */
async function recover(run: Run, violated: Looked, left: Set<string>): Promise<Repair["by"] | undefined> {
  const { check, evidence, writes } = violated;
  const before = repairsOf(run.shared.board.plan(), check.id);
  const asked = askedBefore(run, check, left);
  const signal = { kind: "invariant-violated" as const, evidence: `${check.title ?? check.id}: ${evidence}` };
  const { action, rule } = decideRecovery({
    signal,
    policy: run.recovery.policyFor(undefined, undefined),
    impossible: NOT_FOR_CHECKS,
    firings: {
      "invariant-violated/repair": before.filter(({ mends }) => mends?.by === "repair").length,
      "invariant-violated/ask-human": asked,
    },
    chance: chanceOf(check.id),
  });
  const place = placeOf(run, check, left);
  await run.record.once(`signal/check/${place}`, { kind: "signal", data: { ...signal, check: check.id, writes } });
  await run.record.once(`recovery/check/${place}`, {
    kind: "recovery",
    data: { signal: signal.kind, check: check.id, action, rule, delayMs: 0 },
  });
  if (action === "repair") return "repair";
  if (action !== "ask-human") return undefined;
  if (await humanWantsRepair(run, violated, place)) return "ask-human";
  left.add(check.id);
  return undefined;
}

/** Approve mends it, reject leaves it as it is. */
async function humanWantsRepair(run: Run, violated: Looked, place: string): Promise<boolean> {
  const { check, evidence, writes } = violated;
  const request = requestOf({
    kind: "task",
    actions: [
      {
        name: "mend_artifacts",
        args: { check: check.id, evidence, writes },
        description: `The check ${check.title ?? check.id} is violated: ${evidence}. Have an agent mend it (approve), or leave it (reject)?`,
      },
    ],
    allowed: ["approve", "reject"],
  });
  const { answer } = await askHuman(run, {
    key: `check/${place}`,
    request,
    about: { check: check.id, evidence },
    read: (given) => readDecision(given, request, "approve has it mended, reject leaves it"),
    record: (decision) => ({ check: check.id, decision }),
  });
  return answer.type === "approve";
}
