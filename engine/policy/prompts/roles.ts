/**
 * The first line of each system prompt. It names the role. Who an agent is stands at the end of its system prompt: before that, all agents of
 * a run share theirs.
 */
import type { AgentProfile } from "../../../state/agent-profile.ts";
import { section, sections } from "./markup.ts";

const PLANNER = "You are the planner of a Glasshive swarm.";
const SYNTHESIZER = "You are the synthesizer of a Glasshive swarm.";
const ARBITER = "You are the arbiter of a Glasshive swarm.";
const JUDGE = "You are the judge of a Glasshive swarm.";
const AGENT = "You are an agent of a Glasshive swarm.";

export type PromptRole =
  | { kind: "planner" }
  | { kind: "synthesizer" }
  | { kind: "arbiter" }
  | { kind: "judge" }
  | { kind: "agent"; name: string };

const LINES: Record<PromptRole["kind"], string> = {
  planner: PLANNER,
  synthesizer: SYNTHESIZER,
  arbiter: ARBITER,
  judge: JUDGE,
  agent: AGENT,
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

/** The role that a system prompt was written for; undefined for a prompt that is not ours. Pure. */
export function roleOf(systemPrompt: string): PromptRole | undefined {
  if (systemPrompt.startsWith(PLANNER)) return { kind: "planner" };
  if (systemPrompt.startsWith(SYNTHESIZER)) return { kind: "synthesizer" };
  if (systemPrompt.startsWith(ARBITER)) return { kind: "arbiter" };
  if (systemPrompt.startsWith(JUDGE)) return { kind: "judge" };
  if (!systemPrompt.startsWith(AGENT)) return undefined;
  const name = sections(systemPrompt, "agent").at(-1)?.attributes["name"];
  return name === undefined ? undefined : { kind: "agent", name };
}
