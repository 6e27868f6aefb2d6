/**
 * Compacts a lane's conversation before it overflows its model's window, or after the provider said that it did. One update of
 * the state, made of the state alone but for the summary; running it twice puts it on record once.
 *
 * 1. It is rare: begun near the limit, it goes down to half of it.
 * 2. Whole texts are kept durably before the conversation loses them.
 * 3. Undefined where there is nothing to gain: so it never goes round in circles.
 */
import { RemoveMessage, type BaseMessage } from "@langchain/core/messages";
import { REMOVE_ALL_MESSAGES } from "@langchain/langgraph";
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { LaneState, LaneUpdate } from "../../state/lane-state.ts";
import type { Subtask } from "../../state/plan.ts";
import { toolBytes } from "../budget/metered-turn.ts";
import { summaryMessage, summaryPrompt } from "../prompting/summary-prompt.ts";
import type { RunHandle, TurnReply, TurnRequest } from "../ports.ts";
import { bytesOf, compact, outlineOf, turnsOf, type Compacted } from "./compact.ts";
import { conversationBytes, conversationTokens, promptLimit } from "./conversation-size.ts";

/** Of the limit: where compaction begins, and what it leaves. */
const BEGIN_SHARE = 0.85;
const LEAVE_SHARE = 0.5;
/** Of what the messages had, what must go at least. */
const LEAST_GAIN = 0.1;
const LEAST_ROOM = 2000;

export interface Compacting {
  run: RunHandle;
  subtask: Subtask;
  agent: AgentProfile;
  state: LaneState;
  opening: readonly BaseMessage[];
  tools: TurnRequest["tools"];
  /** Takes a model turn without tools; throws GraphDrained where the run drains. */
  ask(messages: BaseMessage[]): Promise<Exclude<TurnReply, { kind: "drained" }>>;
}

/** Undefined where the conversation fits, or where nothing can be taken out. */
export async function compactLane(lane: Compacting): Promise<LaneUpdate | undefined> {
  const { run, state, agent, opening, tools } = lane;
  const { messages } = state;
  if (messages.length === 0) return undefined;
  const model = run.modelOf(state.model ?? agent.model);
  const isOver = state.signal?.kind === "context-overflow";
  const conversation = { opening, messages, toolBytes: toolBytes(tools) };
  const tokens = conversationTokens(conversation, model.usageOf);
  const limit = promptLimit(model);
  if (!isOver && tokens <= BEGIN_SHARE * limit) return undefined;
  const bytes = conversationBytes(conversation);
  const before = bytesOf(messages);
  // Where the provider's window is smaller than we believed, the request that it refused is all that we know of it.
  const wanted = LEAVE_SHARE * (isOver ? Math.min(bytes, (limit * bytes) / tokens) : (limit * bytes) / tokens);
  const room = Math.max(LEAST_ROOM, wanted - (bytes - before));
  const canRead = tools.some(({ name }) => name === "read_result");
  const compacted = compact(messages, { bytes: room, canRead });
  const least = bytesOf(compacted.messages) + compacted.summaryCharacters;
  if (before - least < LEAST_GAIN * before) return undefined;
  await Promise.all(compacted.texts.map((text) => run.shelf.put(text)));
  const summary = compacted.older.length === 0 ? undefined : await summarise(lane, { compacted, room, canRead });
  const after = [...(summary === undefined ? [] : [summary.message]), ...compacted.messages];
  const { subtask, attempt } = state;
  await run.journalOnce(`compact/${subtask}/${attempt}/${state.steps}/${messages.length}`, {
    kind: "compact",
    subtask,
    attempt,
    data: {
      ...{ reason: isOver ? "overflow" : "near the limit", limitTokens: limit, beforeTokens: tokens },
      afterTokens: Math.ceil((tokens * (bytes - before + bytesOf(after))) / bytes),
      answers: compacted.texts.length,
      ...{ turns: turnsOf(compacted.older).length, by: summary?.by ?? "references" },
    },
  });
  return {
    steps: state.steps + (summary?.steps ?? 0),
    waitedForSlotMs: state.waitedForSlotMs + (summary?.waitedForSlotMs ?? 0),
    messages: [new RemoveMessage({ id: REMOVE_ALL_MESSAGES }), ...after],
    signal: null,
    next: "think",
  };
}

interface Summarising {
  compacted: Compacted;
  room: number;
  canRead: boolean;
}

/** By the model; by code where the model gives nothing of use. */
async function summarise(lane: Compacting, { compacted, room, canRead }: Summarising) {
  const { agent, subtask, state } = lane;
  const { older, summaryCharacters } = compacted;
  const reply = await lane.ask(summaryPrompt({ agent, subtask, older, room: Math.floor(room), summaryCharacters }));
  if (reply.kind === "reply") await reply.recorded;
  const said = reply.kind === "reply" && (reply.message.tool_calls ?? []).length === 0 ? reply.message.text.trim() : "";
  const text = said === "" ? outlineOf(older, { room: summaryCharacters, canRead }) : said.slice(0, summaryCharacters);
  const id = `earlier/${subtask.id}/${state.attempt}/${state.steps}/${state.messages.length}`;
  return {
    message: summaryMessage({ id, turns: turnsOf(older).length, text: text.toWellFormed() }),
    by: said === "" ? "outline" : "summary",
    ...{ steps: reply.usage.steps, waitedForSlotMs: reply.waitedForSlotMs },
  };
}
