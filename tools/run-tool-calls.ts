/**
 * Runs the tool calls of one model turn. Whatever the model can mend (a tool that it does not have, arguments that do not fit,
 * a tool that fails) comes back to it as a tool message; nothing is thrown but the stop of the run.
 *
 * 1. Only tools that the agent's profile grants are run (G10).
 * 2. Each call is answered by exactly one message, in the order of the calls.
 * 3. An answer too long for the conversation is cut; the whole is kept, up to `MOST_CHARACTERS`, and the message says how to
 *    read on.
 * 4. A tool of the caller's gets a signal and has a limit of its own (`detection.toolMs`); past it, or past the deadline of the
 *    subtask or the run, it is left behind, whether it listens or not. Built-in tools end by themselves.
 */
import { ToolMessage, type AIMessage } from "@langchain/core/messages";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { mergeConfigs, type RunnableConfig } from "@langchain/core/runnables";
import { ToolInputParsingException, type StructuredToolInterface } from "@langchain/core/tools";
import { GraphInterrupt } from "@langchain/langgraph";
import { longestAnswer, shortened } from "../engine/policy/context/compact.ts";
import { callsLeft } from "../engine/policy/reply/reply-message.ts";
import { ARTIFACT_TOOLS } from "../engine/policy/merge/artifact-rules.ts";
import type { Redactor } from "../engine/policy/redaction/redactor.ts";
import type { ToolResults } from "../engine/ports/board.ts";
import type { Clock } from "../engine/ports/clock.ts";
import type { ResolvedModel } from "../engine/ports/models.ts";
import type { ToolAnswer } from "../engine/runtime/run/effects.ts";
import { KeyedQueue } from "../engine/runtime/waiting/waits.ts";
import { isControlFlow } from "../engine/runtime/langgraph/control-flow.ts";
import { Ended, within, type Ending } from "../engine/runtime/turns/ending.ts";
import { given } from "../engine/runtime/waiting/waits.ts";
import { describeError } from "../state/errors.ts";
import type { Detection } from "../state/recovery-policy.ts";
import type { RedactedCounts } from "../state/redaction.ts";
import type { Signal } from "../state/signal.ts";
import { withAccess, type ArtifactAccess } from "./artifacts/artifact-access.ts";
import { fitAmounts, fitArguments, misfitText, unusedNote } from "./fit-arguments.ts";
import { redactedTool } from "./redacted-tool.ts";
import { MOST_CHARACTERS, resultText, textOf } from "./result-text.ts";
import { withShown, type ShownPassages } from "./shown-passages.ts";
import { DOCUMENT_TOOLS, SEARCH_DOCUMENTS } from "./tool-names.ts";
import { isBuiltIn } from "./toolset.ts";

export interface RequestedCall {
  id: string;
  name: string;
  args: Record<string, unknown>;
  /** Set where it cannot be carried out: the arguments were not JSON, or it stands for the calls beyond the most. */
  problem?: string;
  isLeft?: true;
}

/** What built-in tools call how much they show, and from where; the least of each. */
const AMOUNTS: ReadonlyMap<string, number> = new Map([
  ...(["limit", "from_line", "line_count"] as const).map((name) => [name, 1] as const),
  ["from_character", 0],
]);
/** Of arguments that are no JSON so much is shown to who sent them. */
const SHOWN_ARGUMENTS = 2_000;
/** Calls of one turn: a model that asks for a hundred pages must not open a hundred connections. */
const MOST_AT_ONCE = 16;

export interface AnsweredCall {
  message: ToolMessage;
  call: RequestedCall;
  outcome: ToolAnswer["outcome"];
  ms: number;
  /** The answer, where the message has it shortened. */
  whole?: string;
  end?: Signal;
  /** What was taken out of the answer. */
  redacted?: RedactedCounts;
}

/** The calls of a message whose calls are understood (`understand-calls.ts`). Pure. */
export function callsOf(message: AIMessage): RequestedCall[] {
  const problems = new Map(
    (message.invalid_tool_calls ?? []).map(({ id, error = "they are not JSON", args = "" }) => [
      id,
      `${error}. You sent: ${args.length > SHOWN_ARGUMENTS ? `${args.slice(0, SHOWN_ARGUMENTS)}…` : args}`,
    ]),
  );
  const calls = (message.tool_calls ?? []).map(({ id, name, args }, index) => {
    const problem = problems.get(id);
    return { id: id ?? `${message.id}/${index}`, name, args, ...(problem === undefined ? {} : { problem }) };
  });
  const left = callsLeft(message);
  const last = calls.at(-1);
  if (left === undefined || last === undefined) return calls;
  return [...calls.slice(0, -1), { ...last, problem: left.answer, isLeft: true }];
}

/** Among the calls of its turn; -1: it is none of them. Pure. */
export function placeOf(call: RequestedCall, callsOfTurn: readonly RequestedCall[]): number {
  return callsOfTurn.findIndex(({ id }) => id === call.id);
}

/** The calls that would act on the world if they were let: granted, well-formed, and of no built-in tool. Pure. */
export function actingCalls(
  calls: readonly RequestedCall[],
  granted: readonly StructuredToolInterface[],
): RequestedCall[] {
  const acting = new Set(granted.filter((tool) => !isBuiltIn(tool)).map(({ name }) => name));
  return calls.filter(({ name, problem }) => acting.has(name) && problem === undefined);
}

export interface Running {
  granted: readonly StructuredToolInterface[];
  clock: Clock;
  config: RunnableConfig;
  access: ArtifactAccess;
  shown: ShownPassages;
  /** All calls of the turn, in their order: a write is known by its place among them. */
  callsOfTurn: readonly RequestedCall[];
  /** Where the whole of a cut answer is kept. */
  toolResults: ToolResults;
  /** What the model can hold: answers are cut in proportion. */
  model: Pick<ResolvedModel, "contextWindow">;
  limits: ToolLimits;
  redactor: Redactor;
  /** The answer to a call, by what would run it. */
  answered: (call: RequestedCall, run: () => Promise<ToolAnswer>) => Promise<ToolAnswer>;
}

export interface ToolLimits extends Pick<Detection, "toolMs" | "toolMsOf"> {
  /** Ends a call from outside: the deadline of the lanes. The caller's own abort comes with the configuration. */
  deadline: AbortSignal;
  /** When the subtask's time is over, in milliseconds since the epoch. */
  endsAt: number | undefined;
}

/** Begun in their order, some at once, those for artifacts and for documents one after another; their answers in order. */
export async function runToolCalls(calls: readonly RequestedCall[], running: Running): Promise<AnsweredCall[]> {
  const room = longestAnswer(running.model, calls.length);
  const inOrder = new KeyedQueue();
  const answers: AnsweredCall[] = [];
  const open = calls.entries();
  const work = async (): Promise<void> => {
    for (const [index, call] of open) {
      if (ARTIFACT_TOOLS.has(call.name) || DOCUMENT_TOOLS.has(call.name)) {
        const place = placeOf(call, running.callsOfTurn);
        const config = withShown(withAccess(running.config, running.access, place), running.shown);
        answers[index] = await inOrder.add("shared", async () => {
          const answered = await runToolCall(call, { ...running, config }, room);
          // Who asks for both at once has not seen what is read when it searches.
          if (call.name === SEARCH_DOCUMENTS) running.shown.learn(answered.message);
          return answered;
        });
      } else answers[index] = await runToolCall(call, running, room);
    }
  };
  await Promise.all(Array.from({ length: MOST_AT_ONCE }, work));
  return answers;
}

async function runToolCall(call: RequestedCall, running: Running, room: number): Promise<AnsweredCall> {
  const { granted, clock, toolResults } = running;
  const started = clock.now();
  const { outcome, whole, redacted, end } = await running.answered(call, () => answer(call, running));
  if (whole.length > room) await toolResults.put(whole);
  const shown = shortened(
    whole,
    room,
    granted.some(({ name }) => name === "read_result"),
  );
  const message = toolMessage(call, shown, outcome === "ok");
  const more = { redacted, ...(shown === whole ? {} : { whole }), ...(end === undefined ? {} : { end }) };
  return { call, outcome, ms: clock.now() - started, message, ...more };
}

function bounded(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const kept = text.slice(0, MOST_CHARACTERS).toWellFormed();
  return `${kept}\n[the tool answered with more than ${MOST_CHARACTERS} characters: the rest is not kept]`;
}

/** The answer to a call that a human did not allow. Pure. */
export function deniedCall(call: RequestedCall, reason: string | undefined): AnsweredCall {
  const why = reason === undefined || reason === "" ? "" : `: ${reason}`;
  return { call, outcome: "denied", ms: 0, message: toolMessage(call, `A human did not allow this call${why}`, false) };
}

/** The answer to a call as a message. Pure. */
export function toolMessage(call: RequestedCall, text: string, isOk: boolean): ToolMessage {
  const content = text.toWellFormed();
  return new ToolMessage({ tool_call_id: call.id, name: call.name, content, status: isOk ? "success" : "error" });
}

async function answer(call: RequestedCall, running: Running): Promise<ToolAnswer> {
  const { text, ...rest } = await ran(call, running);
  const redacted: RedactedCounts = {};
  return { ...rest, whole: bounded(running.redactor.text(text.toWellFormed(), redacted)), redacted };
}

type Ran = Pick<ToolAnswer, "outcome" | "end"> & { text: string };

async function ran(call: RequestedCall, running: Running): Promise<Ran> {
  const { granted } = running;
  if (call.isLeft === true) return { outcome: "not-run", text: call.problem ?? "" };
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
    return { outcome: "ok", text: await invoke(tool, call, running) };
  } catch (error) {
    return failed(tool, error, { ...running, args: call.args });
  }
}

async function invoke(tool: StructuredToolInterface, call: RequestedCall, running: Running): Promise<string> {
  const { clock, config, limits, redactor } = running;
  const { name } = call;
  if (isBuiltIn(tool)) {
    const args = fitAmounts(call.args, tool, AMOUNTS);
    return textOf(await tool.invoke(args, config)) + unusedNote(tool, args);
  }
  const args = fitArguments(call.args, tool);
  const { deadline, endsAt, toolMs, toolMsOf } = limits;
  const { defaultConfig } = tool as { defaultConfig?: RunnableConfig };
  const mostMs = toolMsOf[name] ?? defaultConfig?.timeout ?? toolMs;
  const stops = [deadline, ...given(config.signal)];
  return within(clock, { what: "it", stops, endsAt, mostMs }, async (ending) =>
    resultText(
      await redactedTool(tool, redactor).invoke(args, {
        ...config,
        signal: ending.signal,
        ...paced(clock, config, ending),
      }),
      ending,
    ),
  );
}

/**
 * Between two events of a tool that streams them others get their turn, its time limit too; once it is ended it is asked for no
 * more. LangChain reads such a tool to its end, and one without an end would stop the process.
 */
function paced(clock: Clock, config: RunnableConfig, { signal }: Ending): Pick<RunnableConfig, "callbacks"> {
  const pace = BaseCallbackHandler.fromMethods({
    handleToolEvent: async () => {
      await clock.sleep(0);
      if (signal.aborted) await new Promise(() => undefined);
    },
  });
  pace.awaitHandlers = true;
  const { callbacks } = mergeConfigs(config, { callbacks: [pace] });
  return callbacks === undefined ? {} : { callbacks };
}

function failed(
  tool: StructuredToolInterface,
  error: unknown,
  { config, args }: Running & Pick<RequestedCall, "args">,
): Ran {
  if (config.signal?.aborted === true || isInterrupt(tool, error)) throw error;
  if (error instanceof Ended && error.why.kind === "timeout")
    return { outcome: "timeout", text: `The tool did not answer in time and was left: ${error.message}.` };
  if (error instanceof Ended)
    return { outcome: "ended", text: `The call was ended: ${error.message}.`, end: error.why };
  if (error instanceof ToolInputParsingException) {
    return { outcome: "invalid-arguments", text: misfitText(tool, args, describeError(error)) };
  }
  return { outcome: "tool-error", text: `The tool failed: ${describeError(error)}` };
}

/** LangGraph's control flow. A caller's tool may ask a human and wait; whatever else it throws is its own failure. */
function isInterrupt(tool: StructuredToolInterface, error: unknown): boolean {
  if (!isControlFlow(error)) return false;
  return isBuiltIn(tool) || (error instanceof GraphInterrupt && error.interrupts.length > 0);
}
