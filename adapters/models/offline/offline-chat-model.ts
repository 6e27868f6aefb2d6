/**
 * The `offline` model: a deterministic extractive reader behind LangChain's chat-model interface. It plays planner, agent and
 * synthesizer, and is told which, and what is given, by the call's `brief`; without one it says what it is.
 * 1. Same request, same reply, to the letter: no clock, no randomness, no network, no state between calls.
 * 2. It states only what it cites; what it did not find it does not say.
 * 3. It works in short stretches, and ends when its signal is aborted.
 */
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from "@langchain/core/language_models/chat_models";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { AIMessage, AIMessageChunk, type BaseMessage, type UsageMetadata } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import type { SummaryBrief, TurnBrief } from "../../../engine/ports/brief.ts";
import { NO_BRIEF } from "./notice.ts";
import { Pace } from "./pace.ts";
import { agentReply } from "./roles/agent.ts";
import { briefAlone } from "./roles/follow-up.ts";
import { plannerReply } from "./roles/planner.ts";
import { synthesizerReply } from "./roles/synthesizer.ts";
import { hash } from "node:crypto";

export interface OfflineCallOptions extends BaseChatModelCallOptions {
  tools?: BindToolsInput[];
  /** What the request asks for. A function, so that no trace holds it all. */
  brief?: () => TurnBrief;
}

export const OFFLINE_MODEL = "offline";
const BYTES_PER_TOKEN = 4;
/** Of a streamed reply; never between the halves of a surrogate pair. */
const PART = /[^]{1,400}/gu;

export class OfflineChatModel extends BaseChatModel<OfflineCallOptions> {
  static override lc_name(): string {
    return "OfflineChatModel";
  }

  readonly model = OFFLINE_MODEL;

  constructor() {
    super({});
  }

  override _llmType(): string {
    return OFFLINE_MODEL;
  }

  override getLsParams(): { ls_provider: string; ls_model_name: string; ls_model_type: "chat" } {
    return { ls_provider: "glasshive", ls_model_name: OFFLINE_MODEL, ls_model_type: "chat" };
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs?: Partial<OfflineCallOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, OfflineCallOptions> {
    return this.withConfig({ tools, ...kwargs });
  }

  override async _generate(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const chunks: ChatGenerationChunk[] = [];
    for await (const chunk of this._streamResponseChunks(messages, options, run)) chunks.push(chunk);
    return { generations: [chunks.reduce((whole, chunk) => whole.concat(chunk))] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    run?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const reply = await replyTo(messages, options);
    for (const part of reply.text.match(PART) ?? []) {
      const chunk = new ChatGenerationChunk({ text: part, message: new AIMessageChunk({ content: part }) });
      yield chunk;
      await run?.handleLLMNewToken(part, undefined, undefined, undefined, undefined, { chunk });
    }
    const tool_call_chunks = reply.calls.map(({ id, name, args }, index) => ({
      type: "tool_call_chunk" as const,
      id,
      name,
      index,
      args: JSON.stringify(args),
    }));
    const last = new AIMessageChunk({ content: "", tool_call_chunks, ...metadataOf(messages, reply) });
    yield new ChatGenerationChunk({ text: "", message: last });
  }
}

function replyTo(messages: readonly BaseMessage[], options: OfflineCallOptions): Promise<OfflineReply> {
  options.signal?.throwIfAborted();
  const tools = options.tool_choice === "none" ? [] : (options.tools ?? []);
  const names = new Set(tools.flatMap((tool) => nameOf(tool) ?? []));
  return offlineReply({ brief: options.brief?.(), messages, tools: names, signal: options.signal });
}

function nameOf(tool: unknown): string | undefined {
  if (typeof tool !== "object" || tool === null) return undefined;
  if ("function" in tool) return nameOf(tool.function);
  return "name" in tool && typeof tool.name === "string" ? tool.name : undefined;
}

function metadataOf(messages: readonly BaseMessage[], { text, calls }: OfflineReply) {
  const input_tokens = messages.reduce((sum, message) => sum + tokensIn(message.text) + callTokens(message), 0);
  const output_tokens = tokensIn(text) + (calls.length > 0 ? tokensIn(JSON.stringify(calls)) : 0);
  const usage_metadata: UsageMetadata = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
  const finish_reason = calls.length > 0 ? "tool_calls" : "stop";
  return { usage_metadata, response_metadata: { model_name: OFFLINE_MODEL, finish_reason } };
}

function callTokens(message: BaseMessage): number {
  const calls = AIMessage.isInstance(message) ? (message.tool_calls ?? []) : [];
  return calls.length === 0 ? 0 : tokensIn(JSON.stringify(calls));
}

function tokensIn(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** From a brief and a conversation to a reply: plays the role that the brief names. */
interface OfflineReply {
  text: string;
  calls: { id: string; name: string; args: Record<string, unknown>; type: "tool_call" }[];
}

interface OfflineRequest {
  brief: TurnBrief | undefined;
  messages: readonly BaseMessage[];
  /** The names of the tools that the call was bound with. */
  tools: ReadonlySet<string>;
  signal?: AbortSignal | undefined;
}

const ID_LENGTH = 16;

/** The same request, the same reply. Throws what the signal is aborted with. */
export async function offlineReply({ brief, messages, tools, signal }: OfflineRequest): Promise<OfflineReply> {
  if (brief?.role !== "agent") return { text: textFor(brief), calls: [] };
  const reply = await agentReply({ brief: briefAlone(brief), messages, tools, pace: new Pace(signal) });
  if (reply.kind === "result") return { text: reply.text, calls: [] };
  const seed = `${brief.task}\n${brief.subtask.id}\n${brief.subtask.instructions}\n${messages.length}`;
  const calls = reply.calls.map(({ tool, args }, at) => ({
    id: `call_${digestOf(`${seed}\n${at}\n${tool}\n${JSON.stringify(args)}`)}`,
    name: tool,
    args,
    type: "tool_call" as const,
  }));
  return { text: "", calls };
}

function textFor(brief: Exclude<TurnBrief, { role: "agent" }> | undefined): string {
  switch (brief?.role) {
    case "planner":
      return plannerReply(brief);
    case "synthesizer":
      return synthesizerReply(brief);
    case "summary":
      return summaryText(brief);
    // Judging takes a language model; without one the order of the writes decides.
    case "arbiter":
      return JSON.stringify({ take: "committed", reason: "no language model: what was there first stays" });
    case "judge":
      return "A predicate takes a language model to judge; there is none.";
    case undefined:
      return NO_BRIEF;
  }
}

/** What tools have returned, as it was: passages in it can be read on. */
function summaryText({ older, characters }: SummaryBrief): string {
  const texts = older.filter(({ type }) => type === "tool").map(({ text }) => text);
  const each = Math.floor(characters / Math.max(1, texts.length));
  return texts.map((text) => text.slice(0, each).toWellFormed()).join("\n");
}

function digestOf(content: string): string {
  return hash("sha256", content).slice(0, ID_LENGTH);
}
