/**
 * The call itself, from the first byte out to what came of it: streamed, watched, and read for what the endpoint says of its
 * limits and of the tokens it counts. Slot and reservation are the caller's (model-turns.ts). Throws for nothing that a provider
 * can do.
 */
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { describeError } from "../../../state/errors.ts";
import type { Detection } from "../../../state/recovery-policy.ts";
import type { RedactedCounts } from "../../../state/redaction.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Reservation } from "../../policy/budget/ledger.ts";
import { replyMessage } from "../../policy/reply/reply-message.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CallPermit, RateLimits } from "../../ports/limits.ts";
import type { CallRequest, Failure, Reach, ResolvedModel, TokenUsage } from "../../ports/models.ts";
import { offeredTool } from "../../ports/tool-definition.ts";
import type { TurnRequest } from "../../ports/turns.ts";
import { endOfError, Ending } from "./ending.ts";
import { until } from "../waiting/waits.ts";
import { withStreamEvents } from "../langgraph/stream-events.ts";
import { messageText } from "../../../state/plain-text.ts";

/** Of a reply; several times what any model is able to write. */
const MOST_CHARACTERS = 8_000_000;
const EMPTY: Signal = { kind: "empty-answer", evidence: "the model's stream was empty" };

export interface Outgoing {
  request: TurnRequest;
  model: ResolvedModel;
  permit: CallPermit;
  reservation: Reservation;
  stops: readonly AbortSignal[];
  onFirstToken?: (() => void) | undefined;
  /** When an answer comes, it is read once this resolves. */
  onAnswer?: () => Promise<void>;
  /** Told of what was taken out of the reply. */
  onRedacted?: (counts: RedactedCounts) => void;
}

/** What came of a call; `unusable`: a whole reply with which something is wrong. */
export type Answer = {
  /** The longest time in which nothing came. */
  gapMs: number;
  limits: RateLimits | undefined;
  /** Tokens as the provider counted them; undefined: it did not say. */
  counted: TokenUsage | undefined;
} & (
  | { kind: "reply"; message: AIMessage }
  | { kind: "unusable"; message: AIMessage; signal: Signal }
  | { kind: "failed"; reach: Reach; characters: number; signal: Signal }
);

export async function streamReply(
  call: Outgoing,
  { clock, detection }: { clock: Clock; detection: Pick<Detection, "idleMs" | "callMs"> },
): Promise<Answer> {
  const { request, model, permit, stops } = call;
  const ending = new Ending(clock, {
    what: "the call",
    stops,
    endsAt: request.lane?.endsAt,
    // A graph is silent while it works.
    idleMs: request.graph === undefined ? detection.idleMs : undefined,
    mostMs: detection.callMs,
    mostCharacters: MOST_CHARACTERS,
    waitedUntil: () => permit.waitedUntil(),
  });
  let whole: AIMessageChunk | undefined;
  let hasLeft = false;
  let limits: RateLimits | undefined;
  const onAnswer = async (told: RateLimits | undefined): Promise<void> => {
    limits = told;
    await call.onAnswer?.();
  };
  const read = async (): Promise<void> => {
    const stream = send(call, { signal: ending.signal, onAnswer });
    hasLeft = true;
    permit.sent();
    for await (const chunk of await stream) {
      // A client that does not listen: what it still brings belongs to nobody.
      ending.signal.throwIfAborted();
      ending.touch(charactersIn(chunk));
      permit.heard();
      if (whole === undefined) call.onFirstToken?.();
      whole = whole === undefined ? chunk : whole.concat(chunk);
    }
  };
  try {
    await until(read(), ending.signal);
    const facts = { limits, gapMs: ending.longestGapMs() };
    if (whole !== undefined) return answerOf(whole, model, facts);
    return { kind: "failed", signal: EMPTY, reach: "unknown", characters: 0, counted: undefined, ...facts };
  } catch (error) {
    const failure = model.failure(error);
    const signal = endOfError(error, ending.signal) ?? signalOf(error, failure, call);
    const reach = whole === undefined ? failure.reach : "unknown";
    const facts = { limits: failure.limits ?? limits, counted: failure.counted, gapMs: ending.longestGapMs() };
    return { kind: "failed", signal, reach: hasLeft ? reach : "unreached", characters: ending.characters, ...facts };
  } finally {
    ending.dispose();
  }
}

/** What it says, and what it calls tools with. */
function charactersIn(chunk: AIMessageChunk): number {
  const { tool_call_chunks: calls = [] } = chunk;
  return calls.reduce((sum, { args = "" }) => sum + args.length, messageText(chunk).length);
}

/** Throws the signal's reason where there is nothing to begin any more. */
function send(
  { request, model, reservation, onRedacted }: Outgoing,
  { signal, onAnswer }: { signal: AbortSignal } & Pick<CallRequest, "onAnswer">,
): Promise<AsyncIterable<AIMessageChunk>> {
  const { isCapped, asked, steps, inputTokens, outputTokens } = reservation;
  const { prompt, graph, shown } = request;
  const tokens = isCapped ? inputTokens + outputTokens : undefined;
  const options = model.callOptions?.({
    outputTokens: isCapped ? asked.outputTokens : undefined,
    onAnswer,
    brief: prompt.brief,
    onRedacted,
    graph: graph && { ...graph, steps, tokens },
    isRead: shown !== undefined,
  });
  // Not the whole of the node's configuration: a client takes keys such as `store` for options of its own.
  const { tags, metadata, runName } = request.config;
  const callbacks = withStreamEvents(request.config, shown);
  signal.throwIfAborted();
  const chat = boundTo(prompt.tools, model.chat);
  return chat.stream(prompt.messages, { ...options, callbacks, tags, metadata, runName, signal });
}

type ChatClient = Pick<BaseChatModel, "stream">;

/** By model and list of tools: a lane asks with the same ones in each of its turns. */
const bound = new WeakMap<BaseChatModel, WeakMap<readonly StructuredToolInterface[], ChatClient>>();

function boundTo(tools: readonly StructuredToolInterface[], chat: BaseChatModel): ChatClient {
  if (tools.length === 0 || chat.bindTools === undefined) return chat;
  const known = bound.get(chat) ?? new WeakMap<readonly StructuredToolInterface[], ChatClient>();
  bound.set(chat, known);
  const client = known.get(tools) ?? chat.bindTools(tools.map(offeredTool));
  known.set(tools, client);
  return client;
}

function answerOf(whole: AIMessageChunk, model: ResolvedModel, facts: Pick<Answer, "limits" | "gapMs">): Answer {
  const message = replyMessage(whole);
  const signal = model.inspect(message);
  const known = { message, counted: model.usageOf(message), ...facts };
  return signal === undefined ? { kind: "reply", ...known } : { kind: "unusable", signal, ...known };
}

function signalOf(error: unknown, { signal }: Failure, { request, model }: Outgoing): Signal {
  if (signal === undefined)
    return { kind: "agent-error", evidence: `the model's client threw: ${describeError(error)}` };
  return signal.kind === "model" ? { ...signal, evidence: `${whoAsks(request, model)}: ${signal.evidence}` } : signal;
}

function whoAsks({ lane, model: named }: TurnRequest, { id }: ResolvedModel): string {
  if (named === undefined) return `the run's model ${id}`;
  return lane === undefined ? `the model ${id}` : `the model ${id} of the agent profile "${lane.agent}"`;
}
