/**
 * Compacts a lane's conversation before it overflows its model's window, or after the provider said that it did; and clears old
 * tool answers that its agent has been told of. One update of the state, made of the state alone but for the summary; running it twice
 * puts it on record once.
 *
 * 1. It is rare: begun near the limit, it goes down to half of it.
 * 2. Whole texts are kept durably before the conversation loses them.
 * 3. Undefined where there is nothing to gain: so it never goes round in circles.
 */
import { RemoveMessage } from "@langchain/core/messages";
import { REMOVE_ALL_MESSAGES } from "@langchain/langgraph";
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { LaneChange, LaneState } from "../../../state/lane-state.ts";
import { toolBytes } from "../../policy/budget/estimate.ts";
import {
  bytesOf,
  clearAnswers,
  compact,
  conversationBytes,
  conversationTokens,
  outlineOf,
  promptLimit,
  turnsOf,
  type Compacted,
} from "../../policy/context/compact.ts";
import { isClearingNotice } from "../../policy/prompts/agent-prompt.ts";
import { summaryMessage, summaryPrompt } from "../../policy/prompts/summary-prompt.ts";
import { laneOpening, type LaneOpening } from "./lane-messages.ts";
import { takeTurn, type LaneContext } from "./lane-node.ts";

/** Of the limit: where compaction begins, and what it leaves. */
const BEGIN_SHARE = 0.85;
const LEAVE_SHARE = 0.5;
/** Of what the messages had, what must go at least. */
const LEAST_GAIN = 0.1;
const LEAST_ROOM = 2000;

/** Whose conversation it is, and how it began. */
interface Begun {
  agent: AgentProfile;
  opening: LaneOpening;
}

/** Whether the lane's conversation, of which recovery is to make less, has anything that can be taken out. */
export function canCompact(lane: LaneContext): boolean {
  const { run, subtask, state } = lane;
  const agent = run.team.agent(state.agent);
  return agent !== undefined && cutOf(lane, { agent, opening: laneOpening(run, { subtask, agent }) }) !== undefined;
}

/** Undefined where the conversation fits, or where nothing can be taken out. Throws GraphDrained where the run drains. */
export async function compactLane(lane: LaneContext, begun: Begun): Promise<LaneChange | undefined> {
  const { run, state } = lane;
  const cut = cutOf(lane, begun);
  if (cut === undefined) return undefined;
  const { compacted, size } = cut;
  await Promise.all(compacted.texts.map((text) => run.shared.toolResults.put(text)));
  const summary = compacted.older.length === 0 ? undefined : await summarise(lane, begun.agent, cut);
  const after = [...(summary === undefined ? [] : [summary.message]), ...compacted.messages];
  const { subtask, attempt } = state;
  await run.record.once(`compact/${subtask}/${attempt}/${state.steps}/${state.messages.length}/${size.variable}`, {
    kind: "compact",
    subtask,
    attempt,
    data: {
      reason: cut.reason,
      limitTokens: size.limit,
      beforeTokens: size.tokens,
      afterTokens: Math.ceil((size.tokens * (size.fixed + bytesOf(after))) / (size.fixed + size.variable)),
      answers: compacted.texts.length,
      turns: turnsOf(compacted.older).length,
      by: summary?.by ?? "references",
    },
  });
  return {
    steps: state.steps + (summary?.steps ?? 0),
    waitedForSlotMs: state.waitedForSlotMs + (summary?.waitedForSlotMs ?? 0),
    messages: [new RemoveMessage({ id: REMOVE_ALL_MESSAGES }), ...after],
    signal: null,
  };
}

interface Cut {
  reason: "overflow" | "near the limit" | "old answers";
  compacted: Compacted;
  room: number;
  canRead: boolean;
  /** In tokens; and the bytes of what is not touched, and of the messages. */
  size: { tokens: number; limit: number; fixed: number; variable: number };
}

function isOver({ signal }: LaneState): boolean {
  return signal?.kind === "context-overflow";
}

/** Pure but for what is known of the model. */
function cutOf({ run, state }: LaneContext, { agent, opening }: Begun): Cut | undefined {
  const { system, asked, tools } = opening;
  const { messages } = state;
  if (messages.length === 0) return undefined;
  const model = run.team.modelOf(state.model ?? agent.model);
  const conversation = { opening: [system, asked], messages, toolBytes: toolBytes(tools) };
  const tokens = conversationTokens(conversation, model);
  const limit = promptLimit(model);
  const bytes = conversationBytes(conversation);
  const variable = bytesOf(messages);
  const size = { tokens, limit, fixed: bytes - variable, variable };
  const canRead = tools.some(({ name }) => name === "read_result");
  if (!isOver(state) && tokens <= BEGIN_SHARE * limit) {
    const cleared = clearAnswers(messages, { isNotice: isClearingNotice, canRead });
    const compacted = cleared && { ...cleared, older: [], summaryCharacters: 0 };
    return compacted && { reason: "old answers", compacted, room: 0, canRead, size };
  }
  const allowed = (limit * bytes) / tokens;
  // Where the provider's window is smaller than we believed, the request that it refused is all that we know of it.
  const wanted = LEAVE_SHARE * (isOver(state) ? Math.min(bytes, allowed) : allowed);
  const room = Math.max(LEAST_ROOM, wanted - size.fixed);
  const compacted = compact(messages, { bytes: room, canRead });
  const gain = variable - bytesOf(compacted.messages) - compacted.summaryCharacters;
  if (gain < LEAST_GAIN * variable) return undefined;
  return { reason: isOver(state) ? "overflow" : "near the limit", compacted, room, canRead, size };
}

/** By the model; by code where the model gives nothing of use. */
async function summarise(lane: LaneContext, agent: AgentProfile, { compacted, room, canRead }: Cut) {
  const { subtask, state } = lane;
  const { older, summaryCharacters } = compacted;
  const messages = summaryPrompt({ agent, subtask, older, room: Math.floor(room), summaryCharacters });
  const brief = { role: "summary" as const, older, characters: summaryCharacters };
  const reply = await takeTurn(lane, { messages, brief, tools: [] });
  if (reply.kind === "reply") await reply.recorded;
  const summary =
    reply.kind === "reply" && (reply.message.tool_calls ?? []).length === 0 ? reply.message.text.trim() : "";
  const text =
    summary === "" ? outlineOf(older, { room: summaryCharacters, canRead }) : summary.slice(0, summaryCharacters);
  const id = `earlier/${subtask.id}/${state.attempt}/${state.steps}/${state.messages.length}`;
  return {
    message: summaryMessage({ id, turns: turnsOf(older).length, text: text.toWellFormed() }),
    by: summary === "" ? ("outline" as const) : ("summary" as const),
    steps: reply.usage.steps,
    waitedForSlotMs: reply.waitedForSlotMs,
  };
}
