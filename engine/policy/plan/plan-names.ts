/** What a plan names, whoever made it, exists in its run: agents, tools, models. Pure. */
import { SwarmError } from "../../../state/errors.ts";
import type { PlannedSubtask } from "../../../state/plan.ts";
import { switchableModels } from "../../../state/recovery-policy.ts";

/** What there is; absent: not known yet, and not looked at. */
export interface Available {
  agents?: readonly { name: string }[];
  tools?: ReadonlySet<string>;
  /** Throws SwarmError for a model that cannot be used. */
  useModel?: (name: string) => void;
}

interface Equipped {
  agents: readonly { name: string }[];
  tools: ReadonlyMap<string, unknown>;
  /** Throws SwarmError for a model that cannot be used. */
  modelOf: (name: string) => unknown;
}

/** What there is in a run. */
export function availableIn(run: Equipped): Available {
  return { agents: run.agents, tools: new Set(run.tools.keys()), useModel: (name) => void run.modelOf(name) };
}

/** The first name of a subtask that stands for nothing, in one line. */
export function absentName(subtasks: readonly PlannedSubtask[], available: Available): string | undefined {
  const agents = available.agents && new Set(available.agents.map(({ name }) => name));
  const known = available.tools;
  for (const { id, agent, tools, recovery } of subtasks) {
    const said = `subtask "${id}" names`;
    if (agent !== undefined && agents?.has(agent) === false)
      return `${said} agent ${quoted(agent)}, which the run does not have: ${[...agents].join(", ")}`;
    const tool = tools.find((name) => known?.has(name) === false);
    if (tool !== undefined && known !== undefined)
      return `${said} tool ${quoted(tool)}, which the run does not have: ${[...known].join(", ")}`;
    const problem = switchableModels(recovery)
      .map((model) => modelProblem(model, available))
      .find((each) => each !== undefined);
    if (problem !== undefined) return `subtask "${id}": ${problem}`;
  }
  return undefined;
}

function modelProblem(model: string, { useModel }: Available): string | undefined {
  try {
    useModel?.(model);
    return undefined;
  } catch (error) {
    if (error instanceof SwarmError) return error.message;
    throw error;
  }
}

function quoted(name: string): string {
  return JSON.stringify(name.replace(/\s+/g, " ").slice(0, 60));
}
