/**
 * Messages, tools and plans as they stand in the contents of a run: JSON objects, each known by its SHA-256. A message names the one
 * before it, so that the last one of a request stands for all of it, and what requests have in common is there once.
 *
 * 1. What is equal has one digest, in every process: ids of messages and what a provider says beside them are not part of it.
 * 2. A conversation costs what is new in it.
 */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { Plan, Subtask } from "../../state/plan.ts";
import type { Contents } from "../ports/board.ts";
import { toolDefinition } from "../ports/tool-definition.ts";

/** A longer text is a content of its own: the same one may be an answer, an output and part of several messages. */
const INLINE_CHARACTERS = 256;

export type RecordedText = string | { digest: string; characters: number };

export interface RecordedCall {
  id?: string;
  name: string;
  /** As JSON. */
  args: RecordedText;
  /** Why it cannot be carried out: then `args` is what was sent. */
  error?: string;
}

export interface RecordedMessage {
  /** The message before it; absent: it is the first. */
  before?: string;
  role: "system" | "user" | "assistant" | "tool";
  text?: RecordedText;
  /** In place of a text: its typed parts, as JSON. */
  parts?: RecordedText;
  /** What the model thought, apart from what it said. */
  thinking?: RecordedText;
  /** What its client wants back beside that, as JSON. */
  more?: RecordedText;
  calls?: RecordedCall[];
  /** Of an answer: the id of the call, and the tool. */
  answers?: string;
  name?: string;
}

const ROLES: Readonly<Record<string, RecordedMessage["role"]>> = { system: "system", human: "user", ai: "assistant" };

/** By the contents in which they are, and by the object: messages do not change. */
const known = new WeakMap<Contents, WeakMap<BaseMessage, { before: string | undefined; digest: string }>>();

/** By the list itself: a request is recorded as it leaves, and once more with its reply. */
const knownLists = new WeakMap<readonly BaseMessage[], { contents: Contents; length: number; digest: string }>();

/** Records a conversation; the digest of its last message, which stands for all of it. */
export function recordConversation(contents: Contents, messages: readonly BaseMessage[]): string | undefined {
  const found = knownLists.get(messages);
  if (found?.contents === contents && found.length === messages.length) return found.digest;
  const digest = recordMessages(contents, messages);
  if (digest !== undefined) knownLists.set(messages, { contents, length: messages.length, digest });
  return digest;
}

/** Records messages behind what was said before them; the digest of the last one. */
export function recordMessages(
  contents: Contents,
  messages: readonly BaseMessage[],
  before?: string,
): string | undefined {
  const digests = known.get(contents) ?? new WeakMap<BaseMessage, { before: string | undefined; digest: string }>();
  known.set(contents, digests);
  let last = before;
  for (const message of messages) {
    const found = digests.get(message);
    if (found !== undefined && found.before === last) {
      last = found.digest;
      continue;
    }
    const digest = contents.add(JSON.stringify(recordOf(contents, message, last)));
    digests.set(message, { before: last, digest });
    last = digest;
  }
  return last;
}

function recordOf(contents: Contents, message: BaseMessage, before: string | undefined): RecordedMessage {
  const inline = (text: string): RecordedText => recordText(contents, text);
  const { content } = message;
  return {
    ...(before === undefined ? {} : { before }),
    role: ROLES[message.type] ?? "tool",
    ...(typeof content === "string" ? { text: inline(content) } : { parts: inline(JSON.stringify(content)) }),
    ...(AIMessage.isInstance(message) ? besideText(message, inline) : {}),
    ...(ToolMessage.isInstance(message)
      ? { answers: message.tool_call_id, ...(message.name === undefined ? {} : { name: message.name }) }
      : {}),
  };
}

function besideText(message: AIMessage, inline: (text: string) => RecordedText): Partial<RecordedMessage> {
  const { reasoning_content: thinking, ...more } = message.additional_kwargs;
  const calls: RecordedCall[] = [
    ...(message.tool_calls ?? []).map(({ id, name, args }) => ({ id, name, args: inline(JSON.stringify(args)) })),
    ...(message.invalid_tool_calls ?? []).map(({ id, name = "", args = "", error = "" }) => ({
      id,
      name,
      args: inline(args),
      error,
    })),
  ].map(({ id, ...call }) => (id === undefined ? call : { id, ...call }));
  return {
    ...(typeof thinking === "string" ? { thinking: inline(thinking) } : {}),
    ...(Object.keys(more).length === 0 ? {} : { more: inline(JSON.stringify(more)) }),
    ...(calls.length === 0 ? {} : { calls }),
  };
}

function recordText(contents: Contents, text: string): RecordedText {
  if (text.length <= INLINE_CHARACTERS) return text;
  return { digest: contents.add(text), characters: text.length };
}

const knownTools = new WeakMap<Contents, WeakMap<readonly StructuredToolInterface[], string>>();

/** Records the tools of a request, as any OpenAI-compatible endpoint is told of them; undefined: it has none. */
export function recordTools(contents: Contents, tools: readonly StructuredToolInterface[]): string | undefined {
  if (tools.length === 0) return undefined;
  const digests = knownTools.get(contents) ?? new WeakMap<readonly StructuredToolInterface[], string>();
  knownTools.set(contents, digests);
  const found = digests.get(tools);
  if (found !== undefined) return found;
  const digest = contents.add(JSON.stringify({ tools: tools.map(toolDefinition) }));
  digests.set(tools, digest);
  return digest;
}

/** A version of a plan, as it stands in the contents: what it changes of another one. */
export interface RecordedPlan extends Omit<Plan, "subtasks"> {
  /** The version that it changes; absent: it is whole. */
  before?: string;
  /** So many subtasks from the beginning, and so many to the end, are those of the other version. */
  first: number;
  last: number;
  subtasks: Subtask[];
}

const knownPlans = new WeakMap<Contents, { plan: Plan; digest: string }>();

export function recordPlan(contents: Contents, plan: Plan): string {
  const old = knownPlans.get(contents);
  if (old?.plan === plan) return old.digest;
  const { subtasks, ...rest } = plan;
  const others = old?.plan.subtasks ?? [];
  const most = Math.min(subtasks.length, others.length);
  let [first, last] = [0, 0];
  while (first < most && subtasks[first] === others[first]) first += 1;
  while (last < most - first && subtasks.at(-1 - last) === others.at(-1 - last)) last += 1;
  const changed = subtasks.slice(first, subtasks.length - last);
  const before = old === undefined || first + last === 0 ? {} : { before: old.digest };
  const record: RecordedPlan = { ...before, ...rest, first, last, subtasks: changed };
  const digest = contents.add(JSON.stringify(record));
  knownPlans.set(contents, { plan, digest });
  return digest;
}

/** The plan of which `recordPlan` gave the digest. Throws SwarmError STORAGE_FAILED where it is lost. */
export function recordedPlan(contents: Contents, digest: string): Plan {
  const { before, first, last, subtasks, ...plan }: RecordedPlan = contentJson(contents, digest);
  const others = before === undefined ? [] : recordedPlan(contents, before).subtasks;
  return { ...plan, subtasks: [...others.slice(0, first), ...subtasks, ...others.slice(others.length - last)] };
}

/** The text of which only the digest is on record. Throws SwarmError STORAGE_FAILED where it is lost. */
export function contentText(contents: Contents, digest: string): string {
  return contents.text({ digest, characters: 0, bytes: 0 });
}

/** The same, of what was written as JSON. */
export function contentJson(contents: Contents, digest: string): ReturnType<JSON["parse"]> {
  return JSON.parse(contentText(contents, digest));
}
