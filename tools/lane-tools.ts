/** The tool calls of one step of a lane: run with what the lane is granted and lent, and put on record. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { redactionOf, type DataOf, type Place } from "../engine/journal/events.ts";
import { digestOf } from "../engine/policy/recovery/stalls.ts";
import type { Contents } from "../engine/ports/board.ts";
import { traceOf, type LaneContext } from "../engine/runtime/lanes/lane-node.ts";
import type { Run } from "../engine/runtime/run/run.ts";
import { deadlineOf } from "../engine/runtime/turns/ending.ts";
import { messageText } from "../state/plain-text.ts";
import { addCounts, type RedactedCounts } from "../state/redaction.ts";
import type { ArtifactAccess } from "./artifacts/artifact-access.ts";
import { runToolCalls, type AnsweredCall, type RequestedCall } from "./run-tool-calls.ts";
import { ShownPassages } from "./shown-passages.ts";

export interface Step {
  granted: readonly StructuredToolInterface[];
  access: ArtifactAccess;
  /** All calls of the turn, in their order: a write is known by its place among them. */
  callsOfTurn: readonly RequestedCall[];
}

export function runInLane(lane: LaneContext, calls: readonly RequestedCall[], step: Step): Promise<AnsweredCall[]> {
  const { run, subtask, state, clock, config } = lane;
  return runToolCalls(calls, {
    shown: new ShownPassages(state.messages),
    ...step,
    clock,
    toolResults: run.shared.toolResults,
    redactor: run.shared.redactor,
    model: run.team.modelOf(state.model ?? run.team.agent(state.agent)?.model),
    limits: { ...run.recovery.detection, deadline: run.life.stop.lanesDeadline, endsAt: deadlineOf(subtask, state) },
    config: { ...config, metadata: { ...config.metadata, ...traceOf(lane) } },
    answered: (call, ask) => run.effects.tool(step.access.origin, call, ask),
  });
}

/** Of more characters only the beginning stands in the line. */
const [LONG_ARGUMENTS, BEGINNING_CHARACTERS] = [4096, 200];

/** What a tool was given and has answered, each whole; long arguments are in the contents alone. */
export function journalCalls(
  { run, state: { subtask, attempt } }: LaneContext,
  access: ArtifactAccess,
  answers: readonly AnsweredCall[],
): Promise<void> {
  return journalAnswers(run, { ...access, place: { subtask, attempt } }, answers);
}

/** `place`: whose calls they are; the coordinator has none. */
export async function journalAnswers(
  run: Run,
  { view, origin, place }: Pick<ArtifactAccess, "view"> & { origin: { turn: number }; place: Place },
  answers: readonly AnsweredCall[],
): Promise<void> {
  const { subtask, attempt } = place;
  const { journal } = run.record;
  const { contents } = run.shared;
  const step = { turn: origin.turn, ...(view.writes === 0 ? {} : { artifacts: view.writes }) };
  const redacted: RedactedCounts = {};
  for (const answer of answers) addCounts(redacted, answer.redacted ?? {});
  await journal.append(
    ...answers.map(({ call, outcome, ms, message, whole = messageText(message) }) => ({
      kind: "tool-call" as const,
      subtask,
      attempt,
      data: {
        tool: call.name,
        call: call.id,
        ...givenTo(contents, call),
        ...step,
        outcome,
        ms,
        characters: messageText(message).length,
        digest: digestOf(message),
        answer: contents.add(whole),
      },
    })),
    ...redactionOf("tool", redacted, {
      ...(subtask === undefined ? {} : { subtask }),
      ...(attempt === undefined ? {} : { attempt }),
    }),
  );
}

function givenTo(contents: Contents, { args }: RequestedCall): Pick<DataOf<"tool-call">, "args" | "kept"> {
  const text = JSON.stringify(args);
  if (text.length <= LONG_ARGUMENTS) return { args };
  const size = { characters: text.length, bytes: Buffer.byteLength(text) };
  return {
    kept: { beginning: text.slice(0, BEGINNING_CHARACTERS).toWellFormed(), digest: contents.add(text), ...size },
  };
}
