/** Records with every default filled in, so that a test names only what it is about. */
import type { Caps, Usage } from "../../../state/usage.ts";
import { NO_USAGE } from "../../../state/usage.ts";
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { SubtaskResult } from "../../../state/lane-record.ts";
import { SwarmError } from "../../../state/errors.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";

export function subtaskOf(id: string, given: Partial<Subtask> = {}): Subtask {
  return {
    id,
    title: `Title of ${id}`,
    instructions: `Do ${id}.`,
    role: "work",
    skills: [],
    dependsOn: [],
    priority: 0,
    writes: [],
    reads: [],
    tools: [],
    allowMissingInputs: false,
    ...given,
  };
}

export function planOf(...subtasks: Subtask[]): Plan {
  return { version: 1, task: "the task", subtasks, artifacts: [], checks: [] };
}

/** A result that is done, with an output that names its subtask. */
export function resultOf(subtask: string, given: Partial<SubtaskResult> = {}): SubtaskResult {
  return {
    subtask,
    attempt: 1,
    agent: "researcher",
    outcome: "done",
    cause: null,
    output: `output of ${subtask}`,
    steps: 1,
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:00:01.000Z",
    waitedForSlotMs: 0,
    ...given,
  };
}

/** A lookup over results, as the board gives one. */
export function lookupOf(...results: SubtaskResult[]): (subtask: string) => SubtaskResult | undefined {
  const bySubtask = new Map(results.map((result) => [result.subtask, result]));
  return (subtask) => bySubtask.get(subtask);
}

export function agentOf(name: string, given: Partial<AgentProfile> = {}): AgentProfile {
  return {
    name,
    description: `does what ${name} does`,
    skills: [],
    tools: [],
    kind: "model",
    maxSteps: 20,
    memory: "none",
    modalities: ["text"],
    ...given,
  };
}

export function usageOf(given: Partial<Usage> = {}): Usage {
  return { ...NO_USAGE, ...given };
}

export function capsOf(given: Partial<Caps> = {}): Caps {
  return { maxAgents: 300, maxSteps: 4000, ...given };
}

/** The error by which `run` refuses a plan; throws where it refuses nothing, or in another way. */
export function refusalOf(run: () => unknown): SwarmError {
  try {
    run();
  } catch (error) {
    if (error instanceof SwarmError && error.code === "PLAN_INVALID") return error;
    throw error;
  }
  throw new Error("the plan was taken");
}

/** What is wrong with the plan, in the words of the refusal. */
export function problemOf(run: () => unknown): string {
  return refusalOf(run).message.replace("the plan is not valid: ", "");
}
