/**
 * A chat model that says what a test has written down for it: for the planner, the synthesizer and each subtask a list of
 * replies, taken one by one. Lanes run side by side, so the lists are kept apart by who asks, never by the order of calls.
 * 1. A call that no reply is left for throws, and is remembered: a swarm survives a model that throws.
 * 2. `expectUsedUp` throws for such calls and for replies that nobody asked for.
 */
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from "@langchain/core/language_models/chat_models";
import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import { AIMessage, type AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import type { ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { sections } from "../../engine/policy/prompts/markup.ts";
import { roleOf } from "./prompt-role.ts";

/** One model call, as a test wants to look at it. */
export interface ScriptedCall {
  /** `planner`, `synthesizer`, or the subtask's id. */
  who: string;
  /** The agent's name; absent for the coordinator. */
  agent?: string;
  /** From 1, by `who`. */
  number: number;
  messages: BaseMessage[];
  /** Names of the tools that came with the call. */
  tools: string[];
  signal: AbortSignal | undefined;
}

export interface ToolRequest {
  name: string;
  args?: Record<string, unknown>;
  id?: string;
}

/** The text of an answer; tool calls, with or without text; an error that the model's client throws. */
export type ScriptedReply = string | { text?: string; calls: ToolRequest[] } | Error;
export type ScriptedStep = ScriptedReply | ((call: ScriptedCall) => ScriptedReply | Promise<ScriptedReply>);

interface CallOptions extends BaseChatModelCallOptions {
  tools?: BindToolsInput[];
}

const USAGE = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };

export class ScriptedChatModel extends BaseChatModel<CallOptions> {
  readonly model = "scripted";
  readonly calls: ScriptedCall[] = [];
  readonly #left: Map<string, ScriptedStep[]>;
  readonly #unexpected: string[] = [];

  /** `script`: replies by `who`; one step may stand for a list of one. */
  constructor(script: Record<string, ScriptedStep | ScriptedStep[]>) {
    super({});
    this.#left = new Map(Object.entries(script).map(([who, steps]) => [who, [steps].flat()]));
  }

  override _llmType(): string {
    return "scripted";
  }

  override bindTools(
    tools: BindToolsInput[],
    kwargs?: Partial<CallOptions>,
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, CallOptions> {
    return this.withConfig({ tools, ...kwargs });
  }

  override async _generate(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<ChatResult> {
    const call = this.#note(messages, options);
    const step = this.#left.get(call.who)?.shift();
    if (step === undefined) {
      this.#unexpected.push(`${call.who}, call ${call.number}`);
      throw new Error(`the script has no reply for call ${call.number} of ${call.who}`);
    }
    const reply = typeof step === "function" ? await step(call) : step;
    options.signal?.throwIfAborted();
    if (reply instanceof Error) throw reply;
    const message = messageOf(reply, call);
    return { generations: [{ text: message.text, message }] };
  }

  /** The calls of one `who`, in their order. */
  callsOf(who: string): ScriptedCall[] {
    return this.calls.filter((call) => call.who === who);
  }

  /** Throws, in one line, unless the script was followed to its end and no further. */
  expectUsedUp(): void {
    const unused = [...this.#left].filter(([, steps]) => steps.length > 0);
    const problems = [
      ...this.#unexpected.map((call) => `not in the script: ${call}`),
      ...unused.map(([who, steps]) => `never asked for: ${steps.length} of ${who}`),
    ];
    if (problems.length > 0) throw new Error(problems.join("; "));
  }

  #note(messages: BaseMessage[], options: this["ParsedCallOptions"]): ScriptedCall {
    const place = placeOf(messages);
    const call = {
      ...place,
      number: this.callsOf(place.who).length + 1,
      messages,
      tools: (options.tools ?? []).map((tool) => convertToOpenAITool(tool as never).function.name),
      signal: options.signal,
    };
    this.calls.push(call);
    return call;
  }
}

function placeOf(messages: readonly BaseMessage[]): { who: string; agent?: string } {
  const role = roleOf(messages[0]?.text ?? "");
  if (role === undefined) return { who: "nobody that Glasshive knows" };
  if (role.kind !== "agent") return { who: role.kind };
  const subtask = sections(messages[1]?.text ?? "", "subtask")[0]?.attributes["id"];
  return { who: subtask ?? "an agent without a subtask", agent: role.name };
}

function messageOf(reply: Exclude<ScriptedReply, Error>, { who, number }: ScriptedCall): AIMessage {
  if (typeof reply === "string") return new AIMessage({ content: reply, usage_metadata: USAGE });
  return new AIMessage({
    content: reply.text ?? "",
    tool_calls: reply.calls.map(({ name, args = {}, id }, index) => ({
      name,
      args,
      id: id ?? `${who}-${number}-${index}`,
      type: "tool_call" as const,
    })),
    usage_metadata: USAGE,
  });
}
