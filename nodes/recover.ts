/**
 * Node `recover`: what to do about a signal, as the policy says. It runs in the lane, beside the other lanes, never in front of
 * them. Running it twice (a crash, a pause) puts its decision on record once.
 */
import { RemoveMessage } from "@langchain/core/messages";
import { REMOVE_ALL_MESSAGES } from "@langchain/langgraph";
import { signalRepair, stallRepair } from "../engine/policy/prompts/agent-prompt.ts";
import { chanceOf, decideRecovery, type RecoveryDecision } from "../engine/policy/recovery/decide.ts";
import { OUTCOME_OF_SIGNAL } from "../engine/policy/recovery/policy.ts";
import { askAboutCap, asksAboutCap } from "../engine/runtime/people/raise-cap.ts";
import type { RouteDecision } from "../engine/policy/route/route.ts";
import { canCompact } from "../engine/runtime/lanes/compact-lane.ts";
import { askInLane, waitInLane } from "../engine/runtime/lanes/enter-lane.ts";
import { laneNode, type LaneContext } from "../engine/runtime/lanes/lane-node.ts";
import { promptOf } from "../engine/runtime/lanes/lane-messages.ts";
import { SwarmError } from "../state/errors.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { ActionName, RecoveryAction } from "../state/recovery-policy.ts";
import { onlyDecision, requestOf, type HumanRequest } from "../state/review.ts";
import type { Signal, SignalKind } from "../state/signal.ts";

type Routed = RouteDecision & { agent: string };

interface Recovering extends LaneContext {
  signal: Signal;
  decision: RecoveryDecision;
  /** Who would take it over. */
  other: Routed | undefined;
  /** The same each time that this firing is carried out. */
  key: string;
}

/** The model has been told already: the answers of its tools say what was wrong. */
const TOLD: ReadonlySet<SignalKind> = new Set(["tool-error", "unknown-tool", "invalid-arguments"]);

export const recover = laneNode(async (lane) => {
  const { run, subtask, state } = lane;
  const { signal } = state;
  if (signal === null)
    throw new SwarmError("INTERNAL", `the lane of subtask "${subtask.id}" has nothing to recover from`);
  const key = keyOf(state);
  // What was to be mended is there: no cap is raised for it.
  if (!hasSound(state) && asksAboutCap(run, subtask, signal)) return overCap({ ...lane, signal, key });
  const other = subtask.role === "reduce" ? undefined : otherAgent(lane);
  const policy = run.recovery.policyFor(subtask, state.agent);
  const decision = decideRecovery({
    signal,
    firings: state.firings,
    policy,
    impossible: impossibleFor(lane, { actions: policy[signal.kind] ?? [], other }),
    chance: chanceOf(key),
  });
  const facts: Recovering = { ...lane, signal, decision, other, key };
  await journalDecision(facts);
  return { firings: decision.firings, ...(await carryOut(facts)) };
});

/** Undefined: nobody else can do it. */
function otherAgent({ run, subtask, state }: LaneContext): Routed | undefined {
  const excluded = new Set([...state.triedAgents, state.agent]);
  const route = run.team.route(subtask, { attempt: state.attempt + 1, excluded });
  return route.agent === null ? undefined : { ...route, agent: route.agent };
}

function keyOf({ subtask, attempt, steps, firings }: LaneState): string {
  return `${subtask}/${attempt}/${steps}/${Object.values(firings).reduce((sum, count) => sum + count, 0)}`;
}

interface Choice {
  actions: readonly RecoveryAction[];
  other: Routed | undefined;
}

/** Of those that the policy has for the signal. */
function impossibleFor(lane: LaneContext, { actions, other }: Choice): Set<ActionName> {
  const { run, subtask, state } = lane;
  // A hedge is made beside the call, not after it.
  const impossible = new Set<ActionName>(["hedge"]);
  if (other === undefined) impossible.add("reassign");
  const kind = run.team.agent(state.agent)?.kind;
  const isGraph = kind === "graph" || kind === "remote";
  if (isGraph) impossible.add("switch-model");
  // It is looked at where it is an action alone: the model of a lane that failed may be one that there is not.
  const isAction = actions.some((action) => action.do === "compact");
  if (isGraph || subtask.role === "reduce" || !(isAction && canCompact(lane))) impossible.add("compact");
  if (subtask.role !== "work" || subtask.parts !== undefined) impossible.add("split");
  return impossible;
}

async function carryOut(facts: Recovering): Promise<LaneUpdate> {
  const { signal, decision } = facts;
  switch (decision.action) {
    case "retry":
    case "wait":
      await pause(facts);
      return { signal: null, next: "think" };
    case "repair":
      return { signal: null, messages: repairOf(signal), next: "think" };
    case "compact":
      // The next step does it: it may need a model turn. The signal says so.
      return { next: "think" };
    case "switch-model":
      return { signal: null, model: decision.model ?? null, next: "think" };
    case "reassign":
      return facts.other === undefined ? giveUp(facts, signal) : reassign(facts, facts.other);
    case "split":
      return { next: "split" };
    case "ask-human":
      return askHuman(facts);
    case "pause-run":
      return pauseRun(facts);
    case "hedge":
    case "give-up":
      return giveUp(facts, signal);
  }
}

function repairOf(signal: Signal) {
  if (TOLD.has(signal.kind)) return [];
  const isStalled = signal.kind === "loop" || signal.kind === "no-progress";
  return [isStalled ? stallRepair(signal.evidence) : signalRepair(signal)];
}

/** A drain ends the wait; the lane goes on from here when it is resumed. */
async function pause({ run, decision, clock, config }: Recovering): Promise<void> {
  // Past the deadline the next step says so itself.
  const passed = () => undefined;
  await waitInLane(run, { caller: config.signal, passed }, (signal) => clock.sleep(decision.delayMs, signal));
}

async function reassign({ run, state, subtask }: Recovering, route: Routed): Promise<LaneUpdate> {
  const { id } = subtask;
  const { agent } = route;
  const attempt = state.attempt + 1;
  run.team.assigned(agent);
  await run.record.once(`route/reassign/${id}/${attempt}`, {
    kind: "route",
    subtask: id,
    attempt,
    data: { ...route, rule: `reassigned: ${route.rule}` },
  });
  await run.record.once(`attempt-start/${id}/${attempt}`, {
    kind: "attempt-start",
    subtask: id,
    attempt,
    data: { agent },
  });
  return {
    agent,
    attempt,
    turns: 0,
    output: "",
    signal: null,
    model: null,
    seen: {},
    triedAgents: [...state.triedAgents, state.agent],
    prompt: promptOf(run, subtask, agent) ?? null,
    messages: [new RemoveMessage({ id: REMOVE_ALL_MESSAGES })],
    next: "think",
  };
}

/** The human says: again (approve), here is the output (edit), or no (reject). Meanwhile the lane holds no slot. */
async function askHuman(facts: Recovering): Promise<LaneUpdate> {
  const { state, signal, key } = facts;
  const decision = await askInLane(facts, {
    key,
    request: askingAbout(state, signal),
    about: { signal: signal.kind, evidence: signal.evidence },
    read: (answer) => onlyDecision(answer),
    record: (given) => ({ decision: given }),
  });
  if (decision.type === "approve") return { signal: null, next: "think" };
  if (decision.type === "edit")
    return { signal: null, output: String(decision.edited_action.args["output"] ?? ""), next: "validate" };
  const reason = decision.message;
  return {
    outcome: "rejected",
    cause: `a human gave it up after ${signal.kind}${reason === undefined ? "" : `: ${reason}`}`,
    output: "",
    next: "publish",
  };
}

function askingAbout({ subtask }: LaneState, { kind, evidence }: Signal): HumanRequest {
  const description = `Subtask ${subtask} met ${kind}: ${evidence}. Try again, give its output yourself (edit), or give it up?`;
  const action = { name: "try_again", args: { signal: kind, evidence, output: "" }, description };
  return requestOf({ kind: "task", subtask, actions: [action] });
}

/** Its conversation stays; a lane that was not let in yet asks for entry again. */
async function overCap(facts: Omit<Recovering, "decision" | "other">): Promise<LaneUpdate> {
  const { run, state, subtask, signal, key, config } = facts;
  const place = { subtask: subtask.id, attempt: state.attempt };
  const about = `${key}/${signal.cap?.name}/${signal.cap?.at}`;
  await Promise.all([
    run.record.once(`signal/${about}`, { kind: "signal", ...place, data: { agent: state.agent, ...signal } }),
    run.record.once(`recovery/${about}`, {
      kind: "recovery",
      ...place,
      data: { signal: signal.kind, action: "ask-human", rule: "approve: budget", delayMs: 0 },
    }),
  ]);
  const verdict = await askAboutCap(run, { subtask: subtask.id, signal }, config.signal);
  if (verdict === "stopped") return giveUp(facts, signal);
  return { signal: null, next: state.startedAt === "" ? "await-inputs" : "think" };
}

/** The whole run stops, at once; when it goes on, this lane takes its step again. */
async function pauseRun({ run, state, signal, key }: Recovering): Promise<LaneUpdate> {
  // A refusal from before the run was paused, by this lane or another: the cause may be mended.
  if (!run.turns.hasAsked(state.subtask) || run.record.wasOnRecord(`paused/${key}`))
    return { signal: null, next: "think" };
  await run.record.once(`paused/${key}`, {
    kind: "interrupt",
    subtask: state.subtask,
    attempt: state.attempt,
    data: { kind: "budget", signal: signal.kind, evidence: signal.evidence },
  });
  return run.life.pause(signal);
}

/** Condensing that fails is no loss: the inputs go on as they are. Nor is mending: what was to be mended is a result. */
function giveUp({ subtask, state }: Pick<LaneContext, "subtask" | "state">, signal: Signal): LaneUpdate {
  if (subtask.role === "reduce") return { outcome: "done", output: "", next: "publish" };
  if (hasSound(state) && !WORDS_OF_AGENT.has(signal.kind))
    return { outcome: "done", output: state.sound, cause: null, next: "publish" };
  // That it is not there needs no other word for it.
  const cause = signal.kind === "not-found" ? signal.evidence : `${signal.kind}: ${signal.evidence}`;
  // Of what was looked for in vain the output is what comes closest.
  const output = signal.kind === "not-found" ? {} : { output: "" };
  return { outcome: OUTCOME_OF_SIGNAL[signal.kind], cause, ...output, next: "publish" };
}

/** Asked to mend its citations, an agent may find that it has nothing to say. */
const WORDS_OF_AGENT: ReadonlySet<SignalKind> = new Set(["not-found", "agent-failed"]);

/** Lanes of older checkpoints have none. */
function hasSound({ sound }: Pick<LaneState, "sound">): boolean {
  return (sound ?? "") !== "";
}

async function journalDecision({ run, state, signal, decision, other, key }: Recovering): Promise<void> {
  const { subtask, attempt } = state;
  const { action, rule, delayMs, model } = decision;
  const more = { ...(action === "reassign" ? { agent: other?.agent } : {}), ...(model === undefined ? {} : { model }) };
  await Promise.all([
    run.record.once(`signal/${key}`, { kind: "signal", subtask, attempt, data: { agent: state.agent, ...signal } }),
    run.record.once(`recovery/${key}`, {
      kind: "recovery",
      subtask,
      attempt,
      data: { signal: signal.kind, action, rule, delayMs, ...more },
    }),
  ]);
}
