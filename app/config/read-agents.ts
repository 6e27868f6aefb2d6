/** Agent profiles as a person writes them: checked, the built-in ones where there are none. */
import { DEFAULT_RECOVERY } from "../../engine/policy/recovery/policy.ts";
import { BUILT_IN_AGENTS } from "../../engine/policy/route/built-in-agents.ts";
import { AgentsFile, hasMemory, type AgentProfile } from "../../state/agent-profile.ts";
import { SwarmError } from "../../state/errors.ts";
import { isMemoryTool, MEMORY_TOOLS } from "../../state/memory.ts";
import { nearestName } from "../../state/nearest-name.ts";
import { firstProblem } from "../../state/problem.ts";
import {
  Detection,
  RecoveryPolicy,
  type DetectionInput,
  type RecoveryPolicyInput,
} from "../../state/recovery-policy.ts";
import { BUILT_IN_TOOLS } from "../../tools/tool-names.ts";
import { readDataFile } from "./read-file.ts";

/** `own`: the tools that there are beside the built-in ones. Throws SwarmError AGENTS_INVALID with one line. */
export function readAgents(given: unknown, own: readonly string[] = []): readonly AgentProfile[] {
  if (given === undefined) return BUILT_IN_AGENTS;
  const parsed = AgentsFile.safeParse(Array.isArray(given) ? { agents: given } : given);
  if (!parsed.success) throw agentsInvalid(firstProblem(parsed.error, given));
  const names = parsed.data.agents.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw agentsInvalid(`the name "${twice}" is used twice`);
  refuseUnknownTools(parsed.data.agents, [...BUILT_IN_TOOLS, ...own]);
  return parsed.data.agents.map(withMemory);
}

/** A memory grants the tools for it, and nothing else does. Throws SwarmError AGENTS_INVALID. */
function withMemory(agent: AgentProfile): AgentProfile {
  if (hasMemory(agent)) return { ...agent, tools: [...new Set([...agent.tools, ...MEMORY_TOOLS])] };
  const named = agent.tools.find(isMemoryTool);
  if (named === undefined) return agent;
  throw agentsInvalid(`agent "${agent.name}" is granted the tool "${named}" and has no memory`, {
    next: "give it `memory: run` or `memory: home`, which grants remember and recall",
  });
}

/** Throws SwarmError AGENTS_INVALID with one line. */
export function readAgentsFile(path: string): readonly AgentProfile[] {
  return readAgents(readDataFile(path, "the agents file", "AGENTS_INVALID"));
}

/** An agent without the tool that its profile grants would answer out of nothing. */
function refuseUnknownTools(agents: readonly AgentProfile[], known: readonly string[]): void {
  for (const { name, tools } of agents) {
    const unknown = tools.find((tool) => !known.includes(tool));
    if (unknown === undefined) continue;
    const near = nearestName(unknown, known);
    throw new SwarmError(
      "AGENTS_INVALID",
      `the agent profiles are not valid: agent "${name}" is granted the tool ${JSON.stringify(unknown.slice(0, 60))}, which does not exist`,
      { next: near === undefined ? `the tools are ${known.join(", ")}` : `did you mean "${near}"?` },
    );
  }
}

function agentsInvalid(problem: string, { next = "mend the profiles" } = {}): SwarmError {
  return new SwarmError("AGENTS_INVALID", `the agent profiles are not valid: ${problem}`, {
    next,
  });
}

/** The default policy with what the user changed. Throws SwarmError CONFIG_INVALID. */
export function readRecovery(given: RecoveryPolicyInput | undefined): RecoveryPolicy {
  const parsed = RecoveryPolicy.safeParse(given ?? {});
  if (parsed.success) return { ...DEFAULT_RECOVERY, ...parsed.data };
  throw new SwarmError("CONFIG_INVALID", `the recovery policy is not valid: ${firstProblem(parsed.error, given)}`);
}

/** The thresholds by which stalls are detected. Throws SwarmError CONFIG_INVALID. */
export function readDetection(given: DetectionInput | undefined): Detection {
  const parsed = Detection.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  throw new SwarmError(
    "CONFIG_INVALID",
    `the detection thresholds are not valid: ${firstProblem(parsed.error, given)}`,
  );
}
