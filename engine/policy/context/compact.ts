/**
 * Makes a conversation shorter, in one big bite, so that the prompt cache loses its prefix seldom. First old tool answers
 * become references, oldest first; where that does not do, older turns go as a whole and a summary stands in their place.
 * Pure, and the same for the same conversation: a step that runs again after a crash decides alike.
 *
 * 1. A message with tool calls and the answers to them stay together or go together.
 * 2. What is not changed stays as it is, in its order; the opening is not touched at all.
 * 3. Compacted again with the same room, a conversation does not change.
 */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { defined } from "../../../state/is-record.ts";
import { oneLine } from "../../../state/plain-text.ts";
import type { ModelLimits, ResolvedModel } from "../../ports/models.ts";
import { inputTokenBound } from "../budget/estimate.ts";
import { hash } from "node:crypto";

/** The newest turns, whose answers the agent is working with: they are cut only where nothing else helps. */
const FRESH_TURNS = 2;
/** Characters that stay of an answer that was taken out. */
const KEPT_CHARACTERS = 200;
/** Room for a note behind what stays. */
const WORTH_TAKING_OUT = 600;
/** Of the room, for the turns that stay beside a summary; and for the summary. */
const TAIL_SHARE = 0.5;
const SUMMARY_SHARE = 0.25;

export interface Room {
  /** Bytes that the messages may have, by `inputTokenBound`. */
  bytes: number;
  canRead: boolean;
}

export interface Compacted {
  /** What stays; a summary of `older` goes before it. */
  messages: BaseMessage[];
  older: BaseMessage[];
  /** Whole texts of which only the beginning stays: to be kept where a reference finds them. */
  texts: string[];
  /** Characters that the summary may have; 0 where none is needed. */
  summaryCharacters: number;
}

export function compact(messages: readonly BaseMessage[], room: Room): Compacted {
  const texts: string[] = [];
  const turns = turnsOf(messages);
  const fresh = Math.max(0, turns.length - FRESH_TURNS);
  const short = shortenAnswers(turns, { to: fresh, room, texts });
  if (bytesOf(short.flat()) <= room.bytes)
    return { messages: recounted(short), older: [], texts, summaryCharacters: 0 };
  const kept = newestWithin(short, TAIL_SHARE * room.bytes);
  const tailRoom = { ...room, bytes: TAIL_SHARE * room.bytes };
  const tail = shortenAnswers(short.slice(kept), { to: Infinity, room: tailRoom, texts });
  // Their answers are in the summary at best: the whole of them stays readable.
  for (const message of turns.slice(0, kept).flat()) if (isLongAnswer(message)) texts.push(message.text);
  return {
    messages: recounted(tail),
    older: turns.slice(0, kept).flat(),
    texts: [...new Set(texts)],
    summaryCharacters: kept === 0 ? 0 : Math.floor(SUMMARY_SHARE * room.bytes),
  };
}

export function bytesOf(messages: readonly BaseMessage[]): number {
  return inputTokenBound(messages, 0);
}

/** A turn: a message that calls tools with all that answers it, or a message alone. */
export function turnsOf(messages: readonly BaseMessage[]): BaseMessage[][] {
  const turns: BaseMessage[][] = [];
  for (const message of messages) {
    if (ToolMessage.isInstance(message) && turns.length > 0) turns.at(-1)?.push(message);
    else turns.push([message]);
  }
  return turns;
}

interface Shortening {
  /** Only answers of the turns before it. */
  to: number;
  room: Room;
  texts: string[];
}

/** Oldest first, no more than it takes. */
function shortenAnswers(turns: readonly BaseMessage[][], { to, room, texts }: Shortening): BaseMessage[][] {
  let left = bytesOf(turns.flat());
  return turns.map((turn, index) => {
    if (index >= to) return turn;
    return turn.map((message) => {
      if (left <= room.bytes || !isLongAnswer(message)) return message;
      const content = shortened(message.text, KEPT_CHARACTERS, room.canRead);
      const { tool_call_id, name, status, id } = message;
      const reference = new ToolMessage({ tool_call_id, content, ...defined({ id, name, status }) });
      left += bytesOf([reference]) - bytesOf([message]);
      texts.push(message.text);
      return reference;
    });
  });
}

export function isLongAnswer(message: BaseMessage): message is ToolMessage {
  return ToolMessage.isInstance(message) && message.text.length > WORTH_TAKING_OUT;
}

/** Where the newest turns begin that fit; at least the last one stays. */
function newestWithin(turns: readonly BaseMessage[][], bytes: number): number {
  let used = 0;
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    used += bytesOf(turns[index] ?? []);
    if (used > bytes) return Math.min(index + 1, turns.length - 1);
  }
  return 0;
}

/** Only the newest count is ever read. */
function recounted(turns: readonly BaseMessage[][]): BaseMessage[] {
  const messages = turns.flat();
  const last = messages.findLastIndex((message) => AIMessage.isInstance(message));
  return messages.map((message, index) =>
    index === last && AIMessage.isInstance(message) ? uncounted(message) : message,
  );
}

/** What the older turns did, in lines: where no model can be asked. Pure. */
export function outlineOf(
  older: readonly BaseMessage[],
  { room, canRead }: { room: number; canRead: boolean },
): string {
  const lines = turnsOf(older).flatMap((turn) => turn.flatMap((message) => outlineLines(message, canRead)));
  const shown: string[] = [];
  let left = room;
  for (const line of lines.toReversed()) {
    left -= line.length + 1;
    if (left < 0) break;
    shown.unshift(line);
  }
  const missing = lines.length - shown.length;
  return [...(missing > 0 ? [`[${missing} earlier lines left out]`] : []), ...shown].join("\n");
}

function outlineLines(message: BaseMessage, canRead: boolean): string[] {
  const text = oneLine(message.text, 240);
  if (ToolMessage.isInstance(message)) {
    const whole = isLongAnswer(message) && canRead ? ` (whole: ${referenceOf(message.text)})` : "";
    return [`  ${message.name ?? "tool"} answered${whole}: ${text}`];
  }
  const calls = AIMessage.isInstance(message) ? (message.tool_calls ?? []) : [];
  const said = text === "" ? [] : [`${AIMessage.isInstance(message) ? "You said" : "You were told"}: ${text}`];
  return [...said, ...calls.map(({ name, args }) => `You called ${name} ${oneLine(JSON.stringify(args), 160)}`)];
}

/** Bytes of old answers that are worth a turn's notes and a new beginning of the cache: some 32,000 tokens. */
const WORTH_CLEARING = 128_000;
/** Whose answers stay. */
const NEWEST_TURNS = 3;
/** With fewer to come, clearing costs more than it saves. */
const LEAST_TURNS_LEFT = 4;

export function isWorthClearing(messages: readonly BaseMessage[], turnsLeft: number): boolean {
  if (turnsLeft < LEAST_TURNS_LEFT) return false;
  const old = turnsOf(messages).slice(0, -NEWEST_TURNS).flat().filter(isLongAnswer);
  return old.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) >= WORTH_CLEARING;
}

/**
 * Old tool answers of a long conversation that fits its window: each turn pays for them again, and they draw attention from the new ones.
 * They are cleared in two steps, so that nothing is lost with them: the agent is told to write down what it needs, and before its next
 * turn what they hold goes. Pure, and the same for the same conversation.
 *
 * 1. It is rare: so much goes at once that the prompt cache, which begins anew behind it, has paid within a few turns.
 * 2. Nothing goes that the agent was not told of a turn before, and the newest answers stay.
 * Undefined: the agent has not been told, or has not replied since. `isNotice`: by which it was told; it goes too, being about what is gone.
 */
export function clearAnswers(
  messages: readonly BaseMessage[],
  { isNotice, canRead }: { isNotice: (message: BaseMessage) => boolean; canRead: boolean },
): Pick<Compacted, "messages" | "texts"> | undefined {
  const at = messages.findLastIndex(isNotice);
  if (at < 0 || !messages.slice(at).some((message) => AIMessage.isInstance(message))) return undefined;
  const turns = turnsOf(messages.filter((_, index) => index !== at));
  const texts: string[] = [];
  const cleared = shortenAnswers(turns, { to: turns.length - NEWEST_TURNS, room: { bytes: 0, canRead }, texts });
  return { messages: recounted(cleared), texts };
}

const PREFIX = "earlier:";

/**
 * References to texts that were taken out of a conversation: `earlier:` and the hash of the text, so that the same text has the
 * same reference in every process. No subtask's id has a colon, so `read_result` takes both. Pure.
 */
export function referenceOf(text: string): string {
  return `${PREFIX}${hash("sha256", text).slice(0, 24)}`;
}

export function isReference(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * The text's first `room` characters and how to get the rest. `canRead`: the agent has `read_result`; without, it can only call
 * its tool again.
 */
export function shortened(text: string, room: number, canRead: boolean): string {
  if (text.length <= room) return text;
  const shown = text.slice(0, room).toWellFormed();
  const left = `${text.length - shown.length} more characters`;
  if (!canRead) return `${shown}\n[cut: ${left}]`;
  const args = JSON.stringify({ subtask: referenceOf(text), from_character: shown.length });
  return `${shown}\n[cut: ${left}; go on with read_result ${args}]`;
}

/** Prose has four bytes a token, JSON and code about three. */
const BYTES_PER_TOKEN = 3;
/** Of the window, what is kept for the reply at most. */
const REPLY_SHARE = 0.25;
/** Characters of one tool answer at most, whatever the window. */
const LONGEST_ANSWER = 120_000;
const LEAST_ANSWER = 1000;

interface Conversation {
  opening: readonly BaseMessage[];
  messages: readonly BaseMessage[];
  toolBytes: number;
}

/** Tokens that a prompt may have, so that the reply has room. */
export function promptLimit({ contextWindow, maxOutputTokens }: ModelLimits): number {
  return Math.floor(contextWindow - Math.min(maxOutputTokens, contextWindow * REPLY_SHARE));
}

/** Characters of a tool answer that go into the conversation: the answers of one turn take half of the window at most. */
export function longestAnswer({ contextWindow }: Pick<ModelLimits, "contextWindow">, calls: number): number {
  const share = Math.floor((2 * contextWindow) / Math.max(2, calls));
  return Math.max(LEAST_ANSWER, Math.min(LONGEST_ANSWER, share));
}

/** Tokens that the next request will have. Costs nothing but the newest messages where usage is known. */
export function conversationTokens(conversation: Conversation, model: Pick<ResolvedModel, "usageOf">): number {
  const { messages } = conversation;
  const last = messages.findLastIndex((message) => AIMessage.isInstance(message));
  const newest = messages[last];
  const usage = AIMessage.isInstance(newest) ? model.usageOf(newest) : undefined;
  if (usage === undefined) return Math.ceil(conversationBytes(conversation) / BYTES_PER_TOKEN);
  const since = inputTokenBound(messages.slice(last + 1), 0);
  return usage.inputTokens + usage.outputTokens + Math.ceil(since / BYTES_PER_TOKEN);
}

export function conversationBytes({ opening, messages, toolBytes }: Conversation): number {
  return inputTokenBound(opening, toolBytes) + inputTokenBound(messages, 0);
}

/** The message without the count of its request, which no longer holds once what came before it has changed. */
export function uncounted(message: AIMessage): AIMessage {
  const { usage: _usage, ...metadata }: Record<string, unknown> = message.response_metadata;
  return new AIMessage({
    id: message.id,
    content: message.content,
    additional_kwargs: message.additional_kwargs,
    tool_calls: message.tool_calls,
    invalid_tool_calls: message.invalid_tool_calls,
    response_metadata: metadata,
  });
}
