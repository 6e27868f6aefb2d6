/**
 * Runs the tool calls of one model turn. Whatever the model can mend (a tool that it does not have, arguments that do not fit,
 * a tool that fails) comes back to it as a tool message; nothing is thrown but the stop of the run.
 *
 * 1. Only tools that the agent's profile grants are run (G10).
 * 2. Each call is answered by exactly one message, in the order of the calls.
 */
import { ToolMessage, type AIMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { ToolInputParsingException, type StructuredToolInterface } from "@langchain/core/tools";
import { isGraphBubbleUp } from "@langchain/langgraph";
import type { Clock } from "../engine/ports.ts";
import { describeError } from "../state/errors.ts";

/** Characters of one answer that go into the conversation: some 30,000 tokens. */
const LONGEST_ANSWER = 120_000;

export interface RequestedCall {
  id: string;
  name: string;
  args: Record<string, unknown>;
  /** Set where the arguments were not JSON. */
  problem?: string;
}

export type CallOutcome = "ok" | "unknown-tool" | "invalid-arguments" | "tool-error" | "denied";

export interface AnsweredCall {
  message: ToolMessage;
  call: RequestedCall;
  outcome: CallOutcome;
  ms: number;
}

/** The calls of a message, those with malformed arguments too. Pure. */
export function callsOf(message: AIMessage): RequestedCall[] {
  const asked = (message.tool_calls ?? []).map(({ id, name, args }, index) => ({
    id: id ?? `${message.id}/${index}`,
    name,
    args,
  }));
  const malformed = (message.invalid_tool_calls ?? []).map(({ id, name, error }, index) => ({
    id: id ?? `${message.id}/malformed/${index}`,
    name: name ?? "",
    args: {},
    problem: error ?? "the arguments are not JSON",
  }));
  return [...asked, ...malformed];
}

interface Running {
  granted: readonly StructuredToolInterface[];
  clock: Clock;
  config: RunnableConfig;
}

/** All calls at once; their answers in order. */
export function runToolCalls(calls: readonly RequestedCall[], running: Running): Promise<AnsweredCall[]> {
  return Promise.all(calls.map((call) => runToolCall(call, running)));
}

async function runToolCall(call: RequestedCall, { granted, clock, config }: Running): Promise<AnsweredCall> {
  const started = clock.now();
  const { outcome, text } = await answer(call, granted, config);
  return { call, outcome, ms: clock.now() - started, message: toolMessage(call, text, outcome === "ok") };
}

/** The answer to a call that a human did not allow. Pure. */
export function deniedCall(call: RequestedCall, reason: string | undefined): AnsweredCall {
  const why = reason === undefined || reason === "" ? "" : `: ${reason}`;
  return { call, outcome: "denied", ms: 0, message: toolMessage(call, `A human did not allow this call${why}`, false) };
}

function toolMessage(call: RequestedCall, text: string, isOk: boolean): ToolMessage {
  const whole = text.toWellFormed();
  const content =
    whole.length <= LONGEST_ANSWER
      ? whole
      : `${whole.slice(0, LONGEST_ANSWER)}\n[cut: ${whole.length - LONGEST_ANSWER} more characters]`;
  return new ToolMessage({ tool_call_id: call.id, name: call.name, content, status: isOk ? "success" : "error" });
}

async function answer(
  call: RequestedCall,
  granted: readonly StructuredToolInterface[],
  config: RunnableConfig,
): Promise<{ outcome: CallOutcome; text: string }> {
  const tool = granted.find(({ name }) => name === call.name);
  if (tool === undefined) {
    const names = granted.map(({ name }) => name).join(", ");
    return {
      outcome: "unknown-tool",
      text: `You have no tool "${call.name.slice(0, 100)}". Your tools: ${names || "none"}.`,
    };
  }
  if (call.problem !== undefined)
    return { outcome: "invalid-arguments", text: `The arguments do not fit: ${call.problem}` };
  try {
    const result: unknown = await tool.invoke(call.args, config);
    return { outcome: "ok", text: textOf(result) };
  } catch (error) {
    if (isGraphBubbleUp(error) || config.signal?.aborted === true) throw error;
    if (error instanceof ToolInputParsingException) {
      return {
        outcome: "invalid-arguments",
        text: `The arguments do not fit the tool's schema: ${describeError(error)}`,
      };
    }
    return { outcome: "tool-error", text: `The tool failed: ${describeError(error)}` };
  }
}

function textOf(result: unknown): string {
  if (typeof result === "string") return result;
  if (ToolMessage.isInstance(result)) return result.text;
  return JSON.stringify(result) ?? String(result);
}
