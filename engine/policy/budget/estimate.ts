/**
 * What a call can cost at most, and what it has cost. The bound needs no tokenizer: a token is at least one byte, so the bytes of
 * the text bound its tokens. Pure; linear in the text.
 */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { Usage } from "../../../state/usage.ts";
import type { Price, Reach, ResolvedModel, TokenUsage } from "../../ports/models.ts";
import { toolDefinition } from "../../ports/tool-definition.ts";
import type { Prompt, Purpose, TurnRequest } from "../../ports/turns.ts";
import type { Account } from "./accounts.ts";
import type { BudgetShare, Reservation, ReservationRequest } from "./ledger.ts";

/** A token of a usual text has about so many bytes: an estimate, no bound. */
export const BYTES_PER_TOKEN = 4;

/** What a lane is expected to need before any lane has shown it: model turns. */
export const FIRST_GUESS_STEPS = 4;

/** Output that is worth a call, in tokens; less is refused. An answer that is cut off is paid for and lost. */
const LEAST_OUTPUT_TOKENS: Readonly<Record<Purpose, number>> = {
  plan: 256,
  work: 64,
  reduce: 256,
  check: 64,
  synthesize: 256,
};

/** Tokens of framing around each message and each tool definition: generous against what chat templates add. */
const TOKENS_PER_MESSAGE = 16;

/** An upper bound of the input tokens of one call. `toolBytes`: the JSON of the tool definitions, in bytes. */
export function inputTokenBound(messages: readonly BaseMessage[], toolBytes: number): number {
  let bytes = toolBytes;
  for (const message of messages) bytes += messageBytes(message) + TOKENS_PER_MESSAGE;
  return bytes;
}

const bytesKnown = new WeakMap<BaseMessage, number>();

/** Messages do not change: each is counted once, not again in every turn that repeats it. */
function messageBytes(message: BaseMessage): number {
  const bytes = bytesKnown.get(message) ?? countBytes(message);
  bytesKnown.set(message, bytes);
  return bytes;
}

function countBytes(message: BaseMessage): number {
  const text = typeof message.content === "string" ? message.content : JSON.stringify(message.content);
  return Buffer.byteLength(text) + besideContent(message).reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

/** What is sent with a message and is no content: tool calls, the call that a tool answers, reasoning that is replayed. */
function besideContent(message: BaseMessage): string[] {
  if (ToolMessage.isInstance(message)) return [message.tool_call_id, message.name ?? ""];
  if (!AIMessage.isInstance(message)) return [];
  const { tool_calls: calls = [] } = message;
  const reasoning: unknown = message.additional_kwargs["reasoning_content"];
  return [calls.length === 0 ? "" : JSON.stringify(calls), typeof reasoning === "string" ? reasoning : ""];
}

const toolBytesKnown = new WeakMap<readonly StructuredToolInterface[], number>();

/** The JSON of the tool definitions, in bytes; computed once for each list of tools. */
export function toolBytes(tools: readonly StructuredToolInterface[]): number {
  const known = toolBytesKnown.get(tools);
  if (known !== undefined) return known;
  const bytes = tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools.map(toolDefinition)));
  toolBytesKnown.set(tools, bytes);
  return bytes;
}

/** An estimate of the input of one call, in tokens; no bound. */
export function estimateInput({ messages, tools }: Prompt): number {
  return Math.ceil(inputTokenBound(messages, toolBytes(tools)) / BYTES_PER_TOKEN);
}

/** The planner and the synthesizer draw on what is held back for them; condensing on half of it. */
export function shareOf(purpose: Purpose): BudgetShare {
  if (purpose === "work") return "lanes";
  return purpose === "reduce" ? "condensing" : "coordinator";
}

/** What the call of a turn can cost at most. */
export function boundOf(
  { purpose, prompt: { messages, tools }, graph }: TurnRequest,
  { id, model, accounts }: { id: string; model: ResolvedModel; accounts: readonly Account[] },
): ReservationRequest {
  const { input = 0, cachedInput = 0, output = 0 } = model.price ?? {};
  return {
    id,
    share: shareOf(purpose),
    model: model.id,
    ...(graph === undefined ? {} : { steps: graph.steps }),
    inputTokens: inputTokenBound(messages, toolBytes(tools)),
    outputTokens: model.maxOutputTokens,
    leastOutputTokens: Math.min(LEAST_OUTPUT_TOKENS[purpose], model.maxOutputTokens),
    // Nobody knows before the call what the provider's cache will serve, nor that it is the cheaper part.
    price: { input: Math.max(input, cachedInput) / 1e6, output: output / 1e6 },
    accounts,
  };
}

/** What is known of a call that has ended. `characters`: what came before it failed. */
export type EndedCall = { counted: TokenUsage | undefined } & (
  { kind: "reply" | "unusable"; message: AIMessage } | { kind: "failed"; reach: Reach; characters: number }
);

const NO_TOKENS: TokenUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** As the provider counted; where it did not say, the most that the call can have cost. One that was refused costs its step alone. */
export function costOf(ended: EndedCall, reservation: Reservation, price: Price | undefined): Usage {
  const reach = ended.kind === "failed" ? ended.reach : "unknown";
  const tokens = ended.counted ?? (reach === "unknown" ? mostTokens(ended, reservation) : NO_TOKENS);
  const { inputTokens, cachedInputTokens, outputTokens } = tokens;
  const most = ended.kind === "failed" && reach === "unknown" ? reservation.steps : 1;
  const { input, cachedInput, output } = price ?? { input: 0, cachedInput: 0, output: 0 };
  const usd =
    ((inputTokens - cachedInputTokens) * input + cachedInputTokens * cachedInput + outputTokens * output) / 1e6;
  const steps = reach === "unreached" ? 0 : (ended.counted?.steps ?? most);
  return { steps, modelCalls: 1, inputTokens, cachedInputTokens, outputTokens, usd };
}

/**
 * All that was reserved, or what came, where an endpoint does not keep to what was asked; of a whole reply to a call without a cap, of which
 * the provider said nothing, an estimate.
 */
function mostTokens(ended: EndedCall, { isCapped, inputTokens, outputTokens }: Reservation): TokenUsage {
  const written = Math.ceil(
    (ended.kind === "failed" ? ended.characters : messageBytes(ended.message)) / BYTES_PER_TOKEN,
  );
  if (isCapped || ended.kind === "failed")
    return { inputTokens, cachedInputTokens: 0, outputTokens: Math.max(outputTokens, written) };
  return { inputTokens: Math.ceil(inputTokens / BYTES_PER_TOKEN), cachedInputTokens: 0, outputTokens: written };
}
