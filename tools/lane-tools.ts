/** The tool calls of one step of a lane: run with what the lane is granted and lent, and put on record. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { digestOf } from "../engine/policy/recovery/stalls.ts";
import type { DataOf } from "../engine/journal/events.ts";
import type { Run } from "../engine/runtime/run/run.ts";
import type { LaneContext } from "../engine/runtime/lanes/lane-node.ts";
import { endOf } from "../engine/runtime/turns/ending.ts";
import type { ArtifactAccess } from "./artifacts/artifact-access.ts";
import { runToolCalls, type AnsweredCall, type RequestedCall } from "./run-tool-calls.ts";

export interface Step {
  granted: readonly StructuredToolInterface[];
  access: ArtifactAccess;
  /** All calls of the turn, in their order. */
  turn: readonly RequestedCall[];
}

export function runInLane(lane: LaneContext, calls: readonly RequestedCall[], step: Step): Promise<AnsweredCall[]> {
  const { run, subtask, state, clock, config } = lane;
  return runToolCalls(calls, {
    ...{ ...step, clock, toolResults: run.shared.toolResults },
    model: run.team.modelOf(state.model ?? run.team.agent(state.agent)?.model),
    limits: { ...run.recovery.detection, deadline: run.life.stop.lanesDeadline, endsAt: endOf(subtask, state) },
    config: { ...config, metadata: { ...config.metadata, ...traceOf(lane) } },
  });
}

/** What a trace says of a turn or a tool call. */
export function traceOf({ run, subtask, state }: LaneContext): Record<string, unknown> {
  return { run_id: run.id, subtask: subtask.id, title: subtask.title, attempt: state.attempt, agent: state.agent };
}

/** So much of long arguments stands in their line. */
const BEGINNING_CHARACTERS = 200;

/** Long arguments are on the disk before the lines that name them. */
export async function journalCalls({ run, state }: LaneContext, answers: readonly AnsweredCall[]): Promise<void> {
  const { subtask, attempt } = state;
  const given = await Promise.all(answers.map(({ call }) => givenTo(run, call)));
  await run.record.journal.append(
    ...answers.map(({ call: { name }, outcome, ms, message }, index) => ({
      ...{ kind: "tool-call" as const, subtask, attempt },
      data: { tool: name, ...given[index], outcome, ms, characters: message.text.length, digest: digestOf(message) },
    })),
  );
}

async function givenTo({ shared }: Run, { args }: RequestedCall): Promise<Pick<DataOf<"tool-call">, "args" | "kept">> {
  const text = JSON.stringify(args);
  const kept = await shared.contents.keep(text);
  if (typeof kept === "string") return { args };
  return { kept: { beginning: text.slice(0, BEGINNING_CHARACTERS).toWellFormed(), ...kept } };
}
