/**
 * The first line of each system prompt. It names the role, and it is all that the offline engine knows a role by: to the
 * graph it is a chat model like any other.
 */

const PLANNER = "You are the planner of a Glasshive swarm.";
const SYNTHESIZER = "You are the synthesizer of a Glasshive swarm.";
const ARBITER = "You are the arbiter of a Glasshive swarm.";
const JUDGE = "You are the judge of a Glasshive swarm.";
const AGENT = /^You are ([a-z0-9-]+), an agent of a Glasshive swarm:/;

export type PromptRole =
  | { kind: "planner" }
  | { kind: "synthesizer" }
  | { kind: "arbiter" }
  | { kind: "judge" }
  | { kind: "agent"; name: string };

/** The line that opens the system prompt of a role. Pure. */
export function roleLine(role: PromptRole, description = ""): string {
  if (role.kind === "planner") return PLANNER;
  if (role.kind === "synthesizer") return SYNTHESIZER;
  if (role.kind === "arbiter") return ARBITER;
  if (role.kind === "judge") return JUDGE;
  return `You are ${role.name}, an agent of a Glasshive swarm: ${description.replace(/\s+/g, " ").trim()}`;
}

/** The role that a system prompt was written for; undefined for a prompt that is not ours. Pure. */
export function roleOf(systemPrompt: string): PromptRole | undefined {
  if (systemPrompt.startsWith(PLANNER)) return { kind: "planner" };
  if (systemPrompt.startsWith(SYNTHESIZER)) return { kind: "synthesizer" };
  if (systemPrompt.startsWith(ARBITER)) return { kind: "arbiter" };
  if (systemPrompt.startsWith(JUDGE)) return { kind: "judge" };
  const name = AGENT.exec(systemPrompt)?.[1];
  return name === undefined ? undefined : { kind: "agent", name };
}
