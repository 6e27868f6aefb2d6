/**
 * The calls of a reply as the model means them, in a message that any server takes back: each call has an id of its own, a name
 * of plain letters and an object of arguments. What cannot be understood stays beside it as it was sent, for the answer to say
 * what is wrong. Only names that are granted are guessed at (G10). Pure.
 */
import { AIMessage, ToolMessage, type BaseMessage, type InvalidToolCall } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { readArguments } from "../engine/policy/reply/loose-json.ts";
import { boundedCalls, callsLeft } from "../engine/policy/reply/reply-message.ts";
import { writtenCalls, type WrittenCall } from "../engine/policy/reply/written-calls.ts";
import { sameName } from "../state/nearest-name.ts";
import type { Approval } from "../state/run-options.ts";
import { actingCalls, type RequestedCall } from "./run-tool-calls.ts";

interface Understanding {
  granted: readonly StructuredToolInterface[];
  /** The conversation before it: no id of it is used again. */
  before: readonly BaseMessage[];
  /** Whether a text is the result that is asked for, though it looks like a call in JSON. */
  isResult: (text: string) => boolean;
}

/** The longest id that OpenAI takes back is 40 characters; a number may be put behind it. */
const ID_CHARACTERS = 32;
const NAME_CHARACTERS = 64;

/** A call as it came: its arguments, or what they were and why that is none. */
interface Given {
  id: string;
  name: string;
  args: Record<string, unknown>;
  malformed?: { raw: string; error: string };
}

export function understoodCalls(message: AIMessage, understanding: Understanding): AIMessage {
  const { granted, before } = understanding;
  const nameOf = toolNames(granted);
  const written = isCalling(message) ? undefined : callsInText(message.text, understanding, nameOf);
  const { calls: given, metadata } = boundedCalls(written?.given ?? givenIn(message), ({ name, args, malformed }) => ({
    name,
    args: malformed?.raw ?? JSON.stringify(args),
  }));
  if (given.length === 0) return message;
  const response_metadata = { ...message.response_metadata, ...metadata };
  const ids = freshIds(before);
  const calls = [...given, ...leftIn({ response_metadata })].map((call) => ({
    ...call,
    name: nameOf(call.name) ?? plainName(call.name),
    id: ids(call.id),
  }));
  if (written === undefined && isAsItCame(message, calls)) return message;
  return new AIMessage({
    id: message.id,
    content: written?.text ?? message.content,
    additional_kwargs: message.additional_kwargs,
    response_metadata,
    usage_metadata: message.usage_metadata,
    tool_calls: calls.map(({ id, name, args }) => ({ id, name, args, type: "tool_call" as const })),
    invalid_tool_calls: calls.flatMap(malformedCall),
  });
}

function isCalling({ tool_calls, invalid_tool_calls }: AIMessage): boolean {
  return (tool_calls?.length ?? 0) + (invalid_tool_calls?.length ?? 0) > 0;
}

function givenIn(message: AIMessage): Given[] {
  const { tool_calls = [], invalid_tool_calls = [] } = message;
  return [
    ...tool_calls.map(({ id, name, args }) => ({ id: id ?? "", name, args })),
    ...invalid_tool_calls.map(({ id, name, args: raw = "", error }) => {
      const args = readArguments(raw);
      const call = { id: id ?? "", name: name ?? "", args: args ?? {} };
      return args === undefined ? { ...call, malformed: { raw, error: error ?? "they are not JSON" } } : call;
    }),
  ];
}

/** The call that stands for those beyond the most, behind all others. */
function leftIn(message: Pick<AIMessage, "response_metadata">): Given[] {
  const left = callsLeft(message);
  return left === undefined ? [] : [{ id: "", name: left.name, args: readArguments(left.args) ?? {} }];
}

type NameOf = (name: string) => string | undefined;

function callsInText(
  text: string,
  { isResult }: Understanding,
  nameOf: NameOf,
): { given: Given[]; text: string } | undefined {
  const written = writtenCalls(text, (name) => nameOf(name) !== undefined);
  if (written === undefined || written.calls.length === 0 || isResult(text)) return undefined;
  return { given: written.calls.map(givenOf), text: written.text };
}

function givenOf({ name, args, raw }: WrittenCall): Given {
  const call = { id: "", name, args: args ?? {} };
  return args === undefined ? { ...call, malformed: { raw, error: "they are not JSON" } } : call;
}

function malformedCall({ id, name, malformed }: Given): InvalidToolCall[] {
  if (malformed === undefined) return [];
  return [{ id, name, args: malformed.raw, error: malformed.error, type: "invalid_tool_call" }];
}

/** The granted tool that a name means: itself, behind a prefix (`functions.read:0`), or but for case and separators. */
function toolNames(granted: readonly StructuredToolInterface[]): NameOf {
  const names = new Set(granted.map(({ name }) => name));
  return (name) => {
    if (names.has(name)) return name;
    const bare = name
      .trim()
      .replace(/^(?:functions?|tools?|default_api)[.:]/, "")
      .replace(/:\d{1,4}$/, "");
    return names.has(bare) ? bare : sameName(bare, [...names]);
  };
}

/** As servers take it. */
function plainName(name: string): string {
  return (
    name
      .trim()
      .slice(0, NAME_CHARACTERS)
      .replace(/[^A-Za-z0-9_-]/g, "_") || "unknown"
  );
}

/** Gives each call an id that the conversation does not have yet: its own, where that is so. */
function freshIds(before: readonly BaseMessage[]): (id: string) => string {
  const taken = new Set(before.flatMap((message) => (ToolMessage.isInstance(message) ? [message.tool_call_id] : [])));
  return (given) => {
    const base = given === "" ? "call" : given;
    let id = given === "" ? "call_1" : given;
    for (let number = 2; taken.has(id); number += 1) id = `${base.slice(0, ID_CHARACTERS)}_${number}`;
    taken.add(id);
    return id;
  };
}

function isAsItCame({ tool_calls = [], invalid_tool_calls = [] }: AIMessage, calls: readonly Given[]): boolean {
  return (
    invalid_tool_calls.length === 0 &&
    calls.every(({ id, name }, index) => tool_calls[index]?.id === id && tool_calls[index].name === name)
  );
}

const TOOL = "tool:";

/**
 * With `tools` those that act; with `tool:NAME` those of that tool, even where it only reads. Calls that are malformed or not
 * granted are nobody's to allow. In the order of the calls. Pure.
 */
export function callsToApprove(
  calls: readonly RequestedCall[],
  granted: readonly StructuredToolInterface[],
  approve: readonly Approval[],
): RequestedCall[] {
  if (approve.length === 0 || calls.length === 0) return [];
  const acting = new Set(approve.includes("tools") ? actingCalls(calls, granted).map(({ id }) => id) : []);
  const named = new Set(approvedTools(approve));
  const own = new Set(granted.map(({ name }) => name));
  return calls.filter(
    ({ id, name, problem }) => acting.has(id) || (named.has(name) && own.has(name) && problem === undefined),
  );
}

/** The names in `tool:NAME`. Pure. */
export function approvedTools(approve: readonly Approval[]): string[] {
  return approve.filter((name) => name.startsWith(TOOL)).map((name) => name.slice(TOOL.length));
}
