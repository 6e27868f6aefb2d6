/** A model turn of the coordinator (planner, synthesizer), under the same recovery policy as any agent's. */
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { ActionName } from "../../../state/recovery-policy.ts";
import type { Signal, SignalKind } from "../../../state/signal.ts";
import { signalRepair } from "../../policy/prompts/agent-prompt.ts";
import {
  allBut,
  chanceOf,
  decideRecovery,
  type Firings,
  type RecoveryDecision,
  type RecoveryFacts,
} from "../../policy/recovery/decide.ts";
import { hasToolCalls, missingCall } from "../../policy/reply/reply-message.ts";
import { hasWrittenCall } from "../../policy/reply/written-calls.ts";
import type { TurnBrief } from "../../ports/brief.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Purpose } from "../../ports/turns.ts";
import type { Run } from "../run/run.ts";
import { given, stoppable } from "../waiting/waits.ts";
import { UNSEEN } from "../langgraph/stream-events.ts";

/** What a trace calls it. */
const NAMES = {
  plan: "planner",
  check: "judge",
  synthesize: "synthesizer",
} as const satisfies Partial<Record<Purpose, string>>;

export type CoordinatorReply = { kind: "reply"; message: AIMessage } | { kind: "signal"; signal: Signal };

/** What is wrong with a reply that was heard: asked again in the same words, a model would say the same. */
const MENDABLE: ReadonlySet<SignalKind> = new Set(["output-limit", "empty-answer"]);
const FOR_ANY = ["retry", "wait", "switch-model", "pause-run"] as const;

/** All else only a lane can do. A plan that is too long is made in parts. */
function impossibleFor({ kind }: Signal, purpose: Purpose): ReadonlySet<ActionName> {
  const isMendable = MENDABLE.has(kind) && !(kind === "output-limit" && purpose === "plan");
  return allBut(...FOR_ANY, ...(isMendable ? (["repair"] as const) : []));
}

interface CoordinatorRequest {
  purpose: keyof typeof NAMES;
  messages: BaseMessage[];
  brief: TurnBrief;
  clock: Clock;
  config: RunnableConfig;
  /** What the model says is streamed as a message of the swarm, of this id, as it comes; absent: it is not. */
  shownAs?: string | undefined;
  /** Absent: the run's own. */
  model?: string | undefined;
  /** Tools that the reply may call; then it is read by `understood`. */
  tools?: readonly StructuredToolInterface[];
  understood?: (reply: AIMessage) => AIMessage;
}

/**
 * Waits, retries, goes on with another model or pauses the run, as the policy says; a signal that none of these ends is the
 * caller's. Throws GraphDrained when the run drains or pauses.
 */
export async function coordinatorTurn(run: Run, request: CoordinatorRequest): Promise<CoordinatorReply> {
  const { purpose, brief, clock, tools = [], understood = (reply) => reply, shownAs } = request;
  let { messages } = request;
  const metadata = { ...request.config.metadata, run_id: run.id, agent: NAMES[purpose] };
  const { tags = [] } = request.config;
  const shown = shownAs !== undefined ? tags : [...tags, UNSEEN];
  const config = { ...request.config, runName: `${NAMES[purpose]} · turn`, metadata, tags: shown };
  let firings: Firings = {};
  let { model } = request;
  for (;;) {
    const reply = await run.turns.take({
      purpose,
      prompt: { messages, brief, tools },
      config,
      shown: shownAs === undefined ? undefined : { as: shownAs },
      model,
    });
    if (reply.kind === "reply") await reply.recorded;
    // Stopped by the caller: nothing is decided about it, and nothing goes on.
    request.config.signal?.throwIfAborted();
    const answer = reply.kind === "reply" ? textOrSignal(understood(reply.message), tools.length > 0) : reply;
    if (answer.kind === "reply") return answer;
    const { signal } = answer;
    const chance = chanceOf(`${purpose}/${Object.keys(firings).length}`);
    const impossible = impossibleFor(signal, purpose);
    const decision = await decideOnRecord(run, { purpose, signal, firings, impossible, chance });
    if (decision.action === "give-up") return { kind: "signal", signal };
    if (decision.action === "pause-run") run.life.pause(signal);
    firings = decision.firings;
    if (decision.action === "repair") messages = [...messages, signalRepair(signal)];
    model = decision.model ?? model;
    // Stopped meanwhile, the next turn finds out itself.
    const stops = [run.life.stop.draining, run.life.stop.deadline, ...given(config.signal)];
    await stoppable(stops, (stopping) => clock.sleep(decision.delayMs, stopping)).catch(() => undefined);
  }
}

/** As the run's policy says, and on record. */
export async function decideOnRecord(
  run: Run,
  { purpose, ...facts }: Omit<RecoveryFacts, "policy"> & { purpose: Purpose },
): Promise<RecoveryDecision> {
  const { signal } = facts;
  const decision = decideRecovery({ ...facts, policy: run.recovery.policy });
  const { firings: _, ...done } = decision;
  await run.record.journal.append(
    { kind: "signal", data: { purpose, ...signal } },
    { kind: "recovery", data: { purpose, signal: signal.kind, ...done } },
  );
  return decision;
}

function textOrSignal(message: AIMessage, mayCall: boolean): CoordinatorReply {
  if (mayCall && hasToolCalls(message)) return { kind: "reply", message };
  const isEmpty = message.text.trim() === "";
  const malformed = hasWrittenCall(message.text)
    ? "the reply is a tool call, and there are no tools"
    : isEmpty
      ? undefined
      : missingCall(message);
  if (malformed !== undefined) return { kind: "signal", signal: { kind: "malformed-answer", evidence: malformed } };
  if (!isEmpty) return { kind: "reply", message };
  return { kind: "signal", signal: { kind: "empty-answer", evidence: "the model's reply has no text" } };
}
