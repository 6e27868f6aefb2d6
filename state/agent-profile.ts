/** Agent profiles (docs/reference/agents.md): who can do work. An agent has no tool that its profile does not grant (G10). */
import { z } from "zod";
import { MEMORY_SCOPES, type MemoryScope } from "./memory.ts";
import { strictObject } from "./problem.ts";
import { RecoveryPolicy } from "./recovery-policy.ts";
import { SubBudget } from "./run-options.ts";

export const AgentProfile = strictObject({
  /** Unique in the file, kebab-case. */
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be kebab-case"),
  /** What the router matches on, and the agent's own brief. */
  description: z.string().min(1),
  /** What subtasks may ask for; also names of Agent Skills, whose instructions it is given. */
  skills: z.array(z.string().min(1)).default([]),
  /** Tools by name; nothing else is granted. */
  tools: z.array(z.string().min(1)).default([]),
  /** Who works: a model, a person, a graph, a graph at a LangGraph server. */
  kind: z.enum(["model", "remote", "human", "graph"]).default("model"),
  /** Overrides the run's model. */
  model: z.string().min(1).optional(),
  /** Of a graph at a LangGraph server: the server's address. */
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/^https?:\/\/[^/?#]*@/i.test(url), "holds a name or a password, and profiles are on record")
    .optional(),
  /** Of a graph at a LangGraph server: the graph's or the assistant's id. */
  graphId: z.string().min(1).optional(),
  /** Model turns of one subtask, at most. */
  maxSteps: z.int().min(1).max(4000).default(20),
  /** What it may spend over all its work in the run, within the run's caps. */
  budget: SubBudget.optional(),
  /** Whether it keeps notes, with `remember` and `recall`: for the run, or for later runs of the same home too. */
  memory: z.enum(MEMORY_SCOPES).default("none"),
  /** What it can take in. */
  modalities: z.array(z.enum(["text", "image", "audio"])).default(["text"]),
  /** What this agent has of its own in the recovery policy: signal → actions, over the run's. */
  recovery: RecoveryPolicy.optional(),
  /** Standing instructions, added to the description in the agent's prompt. */
  instructions: z.string().optional(),
});
export type AgentProfile = z.infer<typeof AgentProfile>;
/** A profile of a recording may be of a release without it. */
export function hasMemory<Profile extends { memory?: MemoryScope }>(
  profile: Profile,
): profile is Profile & { memory: Exclude<MemoryScope, "none"> } {
  return profile.memory === "run" || profile.memory === "home";
}

export type AgentProfileInput = z.input<typeof AgentProfile>;

export const AgentsFile = strictObject({ agents: z.array(AgentProfile).min(1, "names no agent") });

/** An Agent Skill: instructions that agents with that skill are given. */
export interface Skill {
  name: string;
  description: string;
  instructions: string;
}
