/**
 * The first line of each system prompt. It names the role. Who an agent is stands at the end of its system prompt: before that, all agents of
 * a run share theirs.
 */
import type { AgentProfile } from "../../../state/agent-profile.ts";
import { section } from "./markup.ts";

export type PromptRole =
  | { kind: "planner" }
  | { kind: "synthesizer" }
  | { kind: "arbiter" }
  | { kind: "judge" }
  | { kind: "agent"; name: string };

const LINES: Record<PromptRole["kind"], string> = {
  planner: "You are the planner of a Glasshive swarm.",
  synthesizer: "You are the synthesizer of a Glasshive swarm.",
  arbiter: "You are the arbiter of a Glasshive swarm.",
  judge: "You are the judge of a Glasshive swarm.",
  agent: "You are an agent of a Glasshive swarm.",
};

/** The line that opens the system prompt of a role. Pure. */
export function roleLine({ kind }: PromptRole): string {
  return LINES[kind];
}

/** Who an agent is: the last section of its system prompt. Pure. */
export function agentSection({ name, description, instructions }: AgentProfile): string {
  const body = [description.replace(/\s+/g, " ").trim(), ...(instructions === undefined ? [] : [instructions])];
  return section("agent", { name }, body.join("\n\n"));
}
