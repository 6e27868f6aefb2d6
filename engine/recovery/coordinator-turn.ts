/** A model turn of the coordinator (planner, synthesizer), under the same recovery policy as any agent's. */
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { GraphDrained } from "@langchain/langgraph";
import type { Signal } from "../../state/signal.ts";
import type { Clock, Purpose, RunHandle } from "../ports.ts";
import { decideRecovery, type Firings } from "./decide.ts";

/** The coordinator goes before every lane. */
const COORDINATOR_PRIORITY = Number.MAX_SAFE_INTEGER;

export type CoordinatorReply = { kind: "reply"; message: AIMessage } | { kind: "signal"; signal: Signal };

/** Retries as the policy says; any other action but `retry` is the caller's. Throws GraphDrained when the run drains. */
export async function coordinatorTurn(
  run: RunHandle,
  request: { purpose: Purpose; messages: BaseMessage[]; clock: Clock; config: RunnableConfig },
): Promise<CoordinatorReply> {
  const { purpose, messages, config } = request;
  let firings: Firings = {};
  for (;;) {
    const reply = await run.turn({ purpose, messages, tools: [], priority: COORDINATOR_PRIORITY, config });
    if (reply.kind === "drained") throw new GraphDrained("drained before the coordinator's turn");
    if (reply.kind === "reply") return textOrSignal(reply.message);
    const decision = decideRecovery({ signal: reply.signal, firings, policy: run.recovery, canReassign: false });
    await run.journal.append({ kind: "signal", data: { purpose, ...reply.signal } });
    await run.journal.append({
      kind: "recovery",
      data: { purpose, action: decision.action, rule: decision.rule, delayMs: decision.delayMs },
    });
    if (decision.action !== "retry") return reply;
    firings = decision.firings;
    await request.clock
      .sleep(decision.delayMs, AbortSignal.any([run.stop.draining, run.stop.deadline]))
      .catch(() => undefined);
  }
}

function textOrSignal(message: AIMessage): CoordinatorReply {
  if (message.text.trim() !== "") return { kind: "reply", message };
  return { kind: "signal", signal: { kind: "empty-answer", evidence: "the model's reply has no text" } };
}
