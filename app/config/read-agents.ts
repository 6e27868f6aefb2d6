/** Agent profiles as a person writes them: checked, the built-in ones where there are none. */
import { BUILT_IN_AGENTS } from "../../engine/routing/built-in-agents.ts";
import { AgentsFile, type AgentProfile } from "../../state/agent-profile.ts";
import { SwarmError } from "../../state/errors.ts";
import { firstProblem } from "../../state/problem.ts";

/** Throws SwarmError AGENTS_INVALID with one line. */
export function readAgents(given: unknown): readonly AgentProfile[] {
  if (given === undefined) return BUILT_IN_AGENTS;
  const parsed = AgentsFile.safeParse(Array.isArray(given) ? { agents: given } : given);
  if (!parsed.success) throw agentsInvalid(firstProblem(parsed.error, given));
  const names = parsed.data.agents.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw agentsInvalid(`the name "${twice}" is used twice`);
  return parsed.data.agents;
}

function agentsInvalid(problem: string): SwarmError {
  return new SwarmError("AGENTS_INVALID", `the agent profiles are not valid: ${problem}`, {
    next: "mend the profiles",
  });
}
