/**
 * Node `verify`: the plan's invariants across artifacts, once all lanes have ended. A violated one names the writes that led to
 * it and goes through the recovery policy: a subtask of its own mends it, a human decides, or the result says that it does not
 * hold. A verdict is on record with the versions that it is about, so a step that runs again asks nobody twice.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { evaluateCheck, type Evaluating, type Verdict } from "../engine/checks/evaluate-check.ts";
import { findCulprits } from "../engine/checks/find-culprits.ts";
import { repairId, withRepair } from "../engine/checks/repair-subtask.ts";
import type { RunHandle, Services } from "../engine/ports.ts";
import { askHuman } from "../engine/recovery/ask-human.ts";
import { chanceOf, decideRecovery, type ActionName } from "../engine/recovery/decide.ts";
import { artifactsOf } from "../engine/schedule/shared-parts.ts";
import type { PlanCheck } from "../state/plan.ts";
import { readDecision, requestOf } from "../state/review.ts";
import type { CheckedWrite, CheckReport } from "../state/run-result.ts";
import type { SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

/** Earlier states that are looked at to find the write that broke a check. */
const LOOKS = { schema: 40, command: 12, predicate: 0 } as const;
const IMPOSSIBLE: ReadonlySet<ActionName> = new Set([
  ...(["retry", "wait", "reassign", "switch-model", "split", "hedge", "pause-run"] as const),
]);

interface Looked extends Verdict {
  check: PlanCheck;
  writes: CheckedWrite[];
}

export function verify(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state.runId, config);
    const facts: Evaluating = { run, commands: services.commands, clock: services.clock, config };
    const looked: Looked[] = [];
    for (const check of run.board.plan()?.checks ?? []) looked.push(await look(check, facts));
    const earlier = new Map(state.checks.map((report) => [report.id, report]));
    const repairs: string[] = [];
    for (const violated of looked.filter(({ verdict }) => verdict === "violated")) {
      const repair = await recover(run, violated);
      if (repair !== undefined) repairs.push(repair);
    }
    return { checks: looked.map((one) => reportOf(one, earlier.get(one.check.id))), parked: repairs };
  };
}

/** By what is on record where these very versions have been looked at before. */
async function look(check: PlanCheck, facts: Evaluating): Promise<Looked> {
  const { run } = facts;
  const { artifacts } = run;
  const names = artifactsOf(check);
  const versions = names.map((name) => `${name}@${artifacts.versions(name).length}`).join();
  const key = `check/${check.id}/${versions}`;
  const known = run.journal.past.find(({ data }) => data["key"] === key)?.data as
    (Looked & { verdict: Verdict["verdict"] }) | undefined;
  if (known !== undefined && known.verdict !== "unknown")
    return { check, verdict: known.verdict, evidence: known.evidence, writes: known.writes };
  const newest = await Promise.all(names.map((name) => artifacts.content(name, artifacts.versions(name).length)));
  const contents = new Map(names.map((name, index) => [name, newest[index] as string]));
  const evaluate = (some: ReadonlyMap<string, string>): Promise<Verdict> => evaluateCheck(check, some, facts);
  const { verdict, evidence } = await evaluate(contents);
  const kind = "schema" in check ? "schema" : "command" in check ? "command" : "predicate";
  const writes = verdict === "violated" ? await findCulprits({ artifacts, names, evaluate, looks: LOOKS[kind] }) : [];
  await run.journalOnce(key, { kind: "check", data: { check: check.id, by: kind, verdict, evidence, writes } });
  return { check, verdict, evidence, writes };
}

/** Returns the subtask that mends it, where the policy has one. */
async function recover(run: RunHandle, violated: Looked): Promise<string | undefined> {
  const { check, evidence, writes } = violated;
  const begun = run.board.plan()?.subtasks.findLast(({ id, role }) => role === "repair" && isOf(check, id));
  // A crash between the new plan and the checkpoint: its lane has not run yet.
  if (begun !== undefined && run.board.result(begun.id) === undefined) return begun.id;
  const round =
    1 + (run.board.plan()?.subtasks.filter(({ id, role }) => role === "repair" && isOf(check, id)).length ?? 0);
  const asked = run.journal.past.filter(({ kind, data }) => kind === "resume" && data["check"] === check.id).length;
  const signal = { kind: "invariant-violated" as const, evidence: `${check.title ?? check.id}: ${evidence}` };
  const decision = decideRecovery({
    ...{ signal, policy: run.policyFor(undefined, undefined), impossible: IMPOSSIBLE },
    firings: { "invariant-violated/repair": round - 1, "invariant-violated/ask-human": asked },
    chance: chanceOf(check.id),
  });
  const place = `${check.id}/${round}/${asked}`;
  await run.journalOnce(`signal/check/${place}`, { kind: "signal", data: { ...signal, check: check.id, writes } });
  const { action, rule } = decision;
  await run.journalOnce(`recovery/check/${place}`, {
    kind: "recovery",
    data: { signal: signal.kind, action, rule, delayMs: 0 },
  });
  const isToMend = action === "repair" || (action === "ask-human" && (await humanWantsRepair(run, violated, place)));
  if (!isToMend) return undefined;
  const version = await run.board.extendPlan((plan) => withRepair(plan, { check, evidence, writes }, round));
  const id = repairId(check, round);
  await run.journalOnce(`plan/check/${place}`, {
    kind: "plan",
    data: { version, origin: `repair of check ${check.id}`, added: [id] },
  });
  return id;
}

function isOf(check: PlanCheck, id: string): boolean {
  return id.startsWith(repairId(check, 0).slice(0, -1));
}

/** Approve mends it, reject leaves it as it is. */
async function humanWantsRepair(run: RunHandle, violated: Looked, place: string): Promise<boolean> {
  const { check, evidence, writes } = violated;
  const request = requestOf({
    kind: "task",
    action: {
      name: "mend_artifacts",
      args: { check: check.id, evidence, writes },
      description: `The check ${check.title ?? check.id} is violated: ${evidence}. Have an agent mend it (approve), or leave it (reject)?`,
    },
    allowed: ["approve", "reject"],
  });
  const { answer } = await askHuman(run, {
    ...{ key: `check/${place}`, request, about: { check: check.id, evidence } },
    read: (given) => readDecision(given, request, "approve has it mended, reject leaves it"),
    record: (decision) => ({ check: check.id, decision }),
  });
  return answer.type === "approve";
}

function reportOf({ check, verdict, evidence, writes }: Looked, earlier: CheckReport | undefined): CheckReport {
  const about = { id: check.id, title: check.title ?? check.id, evidence };
  if (verdict === "violated") return { ...about, status: "violated", writes };
  if (verdict === "unknown") return { ...about, status: "unchecked", writes: [] };
  const wasViolated = earlier?.status === "violated" || earlier?.status === "mended";
  return wasViolated
    ? { ...about, status: "mended", writes: earlier.writes }
    : { ...about, status: "held", writes: [] };
}
