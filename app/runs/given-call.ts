/**
 * What a call of the graph brings, before LangGraph has it, and with it its checkpoints and its tracers: redacted, and refused where it
 * has no shape of ours, in one line.
 */
import { z } from "zod";
import type { RunnableConfig } from "@langchain/core/runnables";
import { isCommand, type Command } from "@langchain/langgraph";
import { coerceMessageLikeToMessage, type BaseMessage, type BaseMessageLike } from "@langchain/core/messages";
import { ASKED, unknownName } from "../../engine/policy/permissions/narrow.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import { SwarmError } from "../../state/errors.ts";
import { fieldOf, isRecord, listOf } from "../../state/is-record.ts";
import { nestsDeeper, TOO_DEEP } from "../../state/nesting.ts";
import { firstProblem, shown } from "../../state/problem.ts";
import type { RedactedCounts } from "../../state/redaction.ts";
import { SwarmInput, SwarmState } from "../../state/swarm-state.ts";

/** What a caller hands in and the swarm says in its turn; what else a state has under the same names is passed over. */
const INPUT_NAMES = Object.keys(SwarmInput.fields);
const KNOWN_NAMES = new Set([...INPUT_NAMES, ...Object.keys(SwarmState.fields)]);

/**
 * Throws SwarmError CONFIG_INVALID, before LangGraph says the same in its library's words, or passes over it. `isOthers`: the state of a graph
 * around this one, which has other keys beside.
 */
export function refuseInput(input: unknown, isOthers: boolean): void {
  if (input === null || input === undefined) return;
  if (!isRecord(input))
    throw new SwarmError("CONFIG_INVALID", `the input is not valid: expected an object, got ${shown(input)}`, {
      next: "ask by { task }, or by { messages }",
    });
  const isUnknown = (name: string): boolean => !KNOWN_NAMES.has(name) && input[name] !== undefined;
  const unknown = isOthers ? undefined : Object.keys(input).find(isUnknown);
  if (unknown !== undefined) throw notInInput(unknown);
  refuseShapes(input);
}

function notInInput(name: string): SwarmError {
  if (!ASKED.some((asked) => asked === name)) return unknownName("the input", name, INPUT_NAMES);
  return new SwarmError("CONFIG_INVALID", `the input has no "${name}"`, {
    next: "ask for it in the context, or in configurable",
  });
}

function refuseShapes(input: Record<string, unknown>): void {
  for (const [name, shape] of Object.entries(SwarmInput.fields)) {
    if (input[name] === undefined) continue;
    if (name === "messages") {
      refuseMessages(input[name]);
      continue;
    }
    if (nestsDeeper(input[name])) throw new SwarmError("CONFIG_INVALID", `${name}: ${TOO_DEEP}`);
    if (!(shape instanceof z.ZodType)) continue;
    const parsed = z.object({ [name]: shape }).safeParse(input);
    if (!parsed.success) throw new SwarmError("CONFIG_INVALID", firstProblem(parsed.error, input));
  }
}

/** Throws SwarmError CONFIG_INVALID where LangGraph would begin nothing, and wait for it without an end. */
export function refuseLimits({ maxConcurrency }: RunnableConfig): void {
  if (maxConcurrency === undefined || (typeof maxConcurrency === "number" && maxConcurrency >= 1)) return;
  throw new SwarmError("CONFIG_INVALID", `maxConcurrency: expected at least 1, got ${shown(maxConcurrency)}`);
}

/** As much of a thread's snapshot as says how it stands. */
export interface Standing {
  values: { runId?: string };
  next: readonly string[];
  tasks: readonly unknown[];
}

/**
 * A `Command` as input goes on with a run by `resume`, may bring `messages` by `update`, and may begin a question by
 * `goto: "intake"`. Throws SwarmError USAGE for whatever else LangGraph would take in silence, or would meet a run half done.
 */
export function refuseCommand({ goto, graph, ...command }: Command, standing: Standing | undefined): void {
  if (standing === undefined) throw refusedCommand("it needs a thread", "pass configurable.thread_id");
  if (graph !== undefined) throw refusedCommand("graph: the swarm has no parent here", "leave it out");
  const isUnderWay = standing.next.length > 0 || standing.tasks.length > 0;
  const targets = [goto ?? []].flat();
  const [resume, update] = [command.resume ?? undefined, command.update ?? undefined];
  if (nestsDeeper(resume)) throw refusedCommand(`resume: ${TOO_DEEP}`, "make it flatter");
  if (targets.length > 0) refuseJump(targets, isUnderWay);
  else if (resume === undefined && update === undefined)
    throw refusedCommand("it says nothing: expected resume, update or goto", ANSWER);
  else if (!isUnderWay) refuseOver(standing, resume);
  if (update !== undefined) refuseUpdate(update, targets.length === 0 ? ["messages"] : INPUT_NAMES);
}

function refuseOver({ values }: Standing, resume: unknown): void {
  if (!values.runId) throw refusedCommand("the thread has no run", ASK);
  if (resume === undefined) throw refusedCommand("update: the thread's run is over", ASK);
}

function refuseUpdate(update: unknown, allowed: readonly string[]): void {
  if (typeof update !== "object" || Array.isArray(update) || update === null)
    throw refusedCommand(`update: expected an object, got ${shown(update)}`, ASK);
  const other = Object.keys(update).find((key) => !allowed.includes(key));
  if (other !== undefined) throw refusedCommand(`update: expected ${allowed.join(", ")}, got ${shown(other)}`, ASK);
  refuseShapes({ ...update });
}

const ANSWER = "answer with new Command({ resume }), or go on with null";
export const ASK = "ask by an input of its own: { task }";

function refuseJump(targets: readonly unknown[], isUnderWay: boolean): void {
  const other = targets.find((target) => target !== "intake");
  if (other !== undefined)
    throw refusedCommand(
      `goto: expected "intake", where a question begins, got ${shown(other)}`,
      "change the state by updateState(config, values, asNode), then go on with null",
    );
  if (isUnderWay) throw refusedCommand("goto: the thread's run is not over", `${ANSWER}, or ask on another thread`);
}

function refusedCommand(problem: string, next: string): SwarmError {
  return new SwarmError("USAGE", `the Command is not valid: ${problem}`, { next });
}

/** `what`: something that is written as it stands, to be found again by it. */
export function keyIn(what: string): SwarmError {
  return new SwarmError(
    "CONFIG_INVALID",
    `${what} holds a key that this process was given, and it would be written down`,
    {
      next: "name it otherwise",
    },
  );
}

const ROLES = "user, assistant, system, developer or tool";
/** Who may say nothing: an assistant that calls tools, and what takes another message away. */
const MAY_BE_SILENT = new Set(["assistant", "ai", "remove"]);

/** Throws SwarmError CONFIG_INVALID for the first that is no message. Objects of a class are LangChain's own, or LangGraph's. */
function refuseMessages(given: unknown): void {
  for (const [index, message] of (Array.isArray(given) ? listOf(given) : [given]).entries()) {
    if (typeof message === "object" && message !== null && !isPlain(message)) continue;
    const problem = problemOf(message);
    if (problem !== undefined) throw new SwarmError("CONFIG_INVALID", `messages ${index + 1} ${problem}`);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}

function problemOf(message: unknown): string | undefined {
  if (typeof message === "string") return undefined;
  const isSerialized = isRecord(message) && "lc" in message;
  if (isSerialized) return isContent(coerced(message)?.content) ? undefined : noMessage(message);
  const [role, content] = Array.isArray(message)
    ? listOf(message)
    : isRecord(message)
      ? [message["role"] ?? message["type"], message["content"]]
      : [];
  if (typeof role !== "string") return noMessage(message);
  if (nestsDeeper(content)) return `content: ${TOO_DEEP}`;
  const isSilent = (content === undefined || content === null) && MAY_BE_SILENT.has(role);
  if (!isSilent && !isContent(content)) return `content: expected a text, or a list of parts, got ${shown(content)}`;
  return coerced(message) === undefined ? `role: expected ${ROLES}, got ${shown(role)}` : undefined;
}

function noMessage(given: unknown): string {
  return `expected a text, or an object with role and content, got ${shown(given)}`;
}

/** As LangGraph will have it; undefined: it will not. */
function coerced(message: unknown): BaseMessage | undefined {
  try {
    return coerceMessageLikeToMessage(message as BaseMessageLike);
  } catch {
    return undefined;
  }
}

function isContent(content: unknown): boolean {
  if (typeof content === "string") return true;
  return Array.isArray(content) && content.every((part) => typeof part === "string" || isPart(part));
}

function isPart(part: unknown): boolean {
  return isRecord(part) && (part["type"] !== "text" || typeof part["text"] === "string");
}

/** A form, or a client, has null for what is not given. */
export function withoutNulls(given: unknown): unknown {
  if (!isRecord(given) || isCommand(given) || !Object.values(given).includes(null)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

/** What things are found again by is kept as it is: no key may stand in it. */
const FOUND_BY = new Set(["documents", "thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map"]);

/** An input, `configurable` or `context`. Throws SwarmError CONFIG_INVALID. */
export function redactedMembers<Given>(given: Given, redactor: Redactor, counts?: RedactedCounts): Given {
  if (redactor.isIdle || typeof given !== "object" || given === null || isCommand(given) || Array.isArray(given))
    return redactor.value(given, counts);
  const members = Object.entries(given).map(([name, value]: [string, unknown]): [string, unknown] => {
    if (name.startsWith("__")) return [name, value];
    if (!FOUND_BY.has(name)) return [name, redactor.value(value, counts)];
    if (redactor.holdsKey(JSON.stringify(value) ?? "")) throw keyIn(name);
    return [name, value];
  });
  return members.every(([name, value]) => fieldOf(given, name) === value)
    ? given
    : (Object.fromEntries(members) as Given);
}

/** What LangGraph writes into checkpoints and traces of them. */
export function redactedOptions(given: RunnableConfig | undefined, redactor: Redactor): RunnableConfig | undefined {
  // A client that has none may say so; LangGraph would refuse it by a page of JSON.
  const options = fieldOf(given, "context") === null ? { ...given, context: undefined } : given;
  if (options === undefined || redactor.isIdle) return options;
  const { metadata, tags, runName, configurable } = options;
  const texts = { metadata, tags, runName, configurable: redactedMembers(configurable, redactor) };
  const redacted = Object.entries(redactor.value({ ...texts, configurable: undefined })).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...options,
    ...Object.fromEntries(redacted),
    ...(configurable === undefined ? {} : { configurable: texts.configurable as Record<string, unknown> }),
    ...("context" in options ? { context: redactedMembers(options.context, redactor) } : {}),
  };
}
