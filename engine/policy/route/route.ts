/**
 * The skill-router's decision: which agent takes a subtask. First hard constraints, each with its reason; then a score whose
 * parts are shown. Owns no state: load and past outcomes are handed in.
 *
 * Invariants:
 * 1. An agent that lacks a required tool, or that cannot be run, is never chosen, pinned or not (G10).
 * 2. A person is asked only where the plan pins them or names a skill of theirs: their text and their load count nothing.
 * 3. The same facts give the same route: ties go to the agent that stands first.
 * 4. A pin to an agent that cannot take the subtask is dropped, with the reason in the rule, where another can; a pin to a person
 *    never is, nor one whose agent has tried.
 */
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { Outcome } from "../../../state/outcome.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { DataOf, JournalLine, LineOf } from "../../journal/events.ts";
import { WRITING_TOOLS } from "../merge/artifact-rules.ts";
import { indexTexts, type TextIndex } from "./text-similarity.ts";

/** With its score: parts of 0 to 1, and their weighted sum. */
type Candidate = DataOf<"route">["candidates"][number];

/** What each part counts. Skills outweigh all else: they are what the plan asked for by name. */
export const SCORE_WEIGHTS = { skills: 0.5, text: 0.3, load: 0.1, record: 0.1 } as const;

/** As it goes on record: `agent` is null when nobody fits. */
export type RouteDecision = Pick<DataOf<"route">, "agent" | "rule" | "candidates" | "rejected">;

/** What has happened in this run so far, by agent. */
export interface AgentRecord {
  assigned: number;
  done: number;
  /** Ended for the agent's own fault or done; infrastructure failures are left out. */
  ended: number;
}

export interface RoutingFacts {
  agents: readonly AgentProfile[];
  index: TextIndex;
  records: ReadonlyMap<string, AgentRecord>;
  /** Subtasks assigned in all, for the share of each agent. */
  assigned: number;
  tools: ReadonlySet<string>;
  excluded?: ReadonlySet<string>;
}

/** The text index over a set of agents, for `RoutingFacts.index`; build it once a run. */
export function indexAgents(agents: readonly AgentProfile[]): TextIndex {
  return indexTexts(agents.map((agent) => `${agent.name} ${agent.description} ${agent.skills.join(" ")}`));
}

/** Pure. */
export function routeSubtask(subtask: Subtask, facts: RoutingFacts): RouteDecision {
  const decision = routeAsPlanned(subtask, facts);
  const { agent: pinned, ...unpinned } = subtask;
  if (decision.agent !== null || pinned === undefined || (facts.excluded?.size ?? 0) > 0) return decision;
  if (facts.agents.some(({ name, kind }) => name === pinned && kind === "human")) return decision;
  const other = routeAsPlanned(unpinned, facts);
  if (other.agent === null) return decision;
  const reason = other.rejected.find(({ agent }) => agent === pinned)?.reason ?? "the run does not have it";
  return { ...other, rule: `${other.rule}; the pin to "${pinned}" is dropped: ${reason}` };
}

function routeAsPlanned(subtask: Subtask, facts: RoutingFacts): RouteDecision {
  const similarities = facts.index.similarities(`${subtask.title} ${subtask.instructions} ${subtask.skills.join(" ")}`);
  const candidates: Candidate[] = [];
  const rejected: RouteDecision["rejected"] = [];
  for (const [position, agent] of facts.agents.entries()) {
    const reason = constraintBroken(agent, subtask, facts);
    if (reason !== undefined) rejected.push({ agent: agent.name, reason });
    else
      candidates.push({
        agent: agent.name,
        score: scoreOf(agent, subtask, { similarity: similarities[position] ?? 0, facts }),
      });
  }
  candidates.sort((left, right) => right.score.total - left.score.total);
  const best = candidates[0]?.agent ?? null;
  return { agent: best, rule: ruleOf(subtask, candidates), candidates, rejected };
}

function constraintBroken(agent: AgentProfile, subtask: Subtask, facts: RoutingFacts): string | undefined {
  if (subtask.agent !== undefined && agent.name !== subtask.agent) return `the plan pins "${subtask.agent}"`;
  if (facts.excluded?.has(agent.name) === true) return "it was taken from this agent";
  if (agent.kind === "human" && subtask.agent === undefined && namedSkills(agent, subtask) === 0) {
    return "a person is asked only where the plan pins them or names a skill of theirs";
  }
  if (!agent.modalities.includes("text")) return "it does not take text";
  const forArtifacts = artifactToolLacking(agent, subtask);
  if (forArtifacts !== undefined) return `it is not granted ${forArtifacts}, which the subtask's artifacts need`;
  const lacking = subtask.tools.find((tool) => !agent.tools.includes(tool));
  if (lacking !== undefined) return `it is not granted the tool "${lacking}"`;
  const absent = subtask.tools.find((tool) => !facts.tools.has(tool));
  return absent === undefined ? undefined : `the run has no tool "${absent}"`;
}

function artifactToolLacking({ tools }: AgentProfile, { reads, writes }: Subtask): string | undefined {
  if (writes.length > 0 && !tools.some((tool) => WRITING_TOOLS.has(tool))) return "a tool that writes artifacts";
  return reads.length > 0 && !tools.includes("read_artifact") ? '"read_artifact"' : undefined;
}

function scoreOf(
  agent: AgentProfile,
  subtask: Subtask,
  rest: { similarity: number; facts: RoutingFacts },
): Candidate["score"] {
  const { facts } = rest;
  const past = facts.records.get(agent.name);
  const isPerson = agent.kind === "human";
  const parts = {
    skills: subtask.skills.length === 0 ? 1 : namedSkills(agent, subtask) / subtask.skills.length,
    text: isPerson ? 0 : rest.similarity,
    load: isPerson ? 0 : 1 - (past?.assigned ?? 0) / Math.max(1, facts.assigned),
    record: ((past?.done ?? 0) + 1) / ((past?.ended ?? 0) + 1),
  };
  const { skills, text, load, record } = SCORE_WEIGHTS;
  const total = skills * parts.skills + text * parts.text + load * parts.load + record * parts.record;
  return { ...parts, total };
}

function namedSkills(agent: AgentProfile, subtask: Subtask): number {
  return subtask.skills.filter((skill) => agent.skills.includes(skill)).length;
}

function ruleOf(subtask: Subtask, candidates: readonly Candidate[]): string {
  if (candidates.length === 0) return "no agent fits";
  if (subtask.agent !== undefined) return "pinned by the plan";
  return candidates.length === 1 ? "the only one that fits" : "best score";
}

export interface ReplayedRoute {
  /** Of the recorded decision. */
  at: string;
  subtask: string;
  attempt: number;
  recorded: { agent: string | null; rule: string };
  replayed: { agent: string | null; rule: string; score: number | null; rejected: RouteDecision["rejected"] };
}

/**
 * A recorded run through other agents: who would have been given each subtask. As far as the recording reaches: what the recorded agents
 * have done is known of them alone, and a subtask is taken to be given out whenever it was. Pure.
 */
export class ReplayRoutes {
  readonly routes: ReplayedRoute[] = [];
  readonly #agents: readonly AgentProfile[];
  readonly #index: ReturnType<typeof indexAgents>;
  readonly #tools: ReadonlySet<string>;
  readonly #subtasks: ReadonlyMap<string, Subtask>;
  readonly #records = new AgentRecords();
  /** By subtask: who had it before. */
  readonly #tried = new Map<string, string[]>();

  constructor(agents: readonly AgentProfile[], plan: Plan | undefined) {
    this.#agents = agents;
    this.#index = indexAgents(agents);
    this.#tools = new Set(agents.flatMap(({ tools }) => tools));
    this.#subtasks = new Map((plan?.subtasks ?? []).map((subtask) => [subtask.id, subtask]));
  }

  add = (line: JournalLine): void => {
    if (line.kind === "attempt-end") this.#records.ended(line.data.agent, line.data.outcome);
    if (line.kind === "route") this.#route(line);
  };

  #route({ at, subtask: id = "", attempt = 1, data }: LineOf<"route">): void {
    const subtask = this.#subtasks.get(id);
    if (subtask === undefined) return;
    const tried = this.#tried.get(id) ?? [];
    const { agent, rule, candidates, rejected } = routeSubtask(subtask, {
      agents: this.#agents,
      index: this.#index,
      tools: this.#tools,
      excluded: new Set(tried),
      records: this.#records.byAgent,
      assigned: this.#records.total,
    });
    if (agent !== null) {
      this.#records.assigned(agent);
      this.#tried.set(id, [...tried, agent]);
    }
    this.routes.push({
      at,
      subtask: id,
      attempt,
      recorded: { agent: data.agent, rule: data.rule },
      replayed: { agent, rule, score: candidates[0]?.score.total ?? null, rejected },
    });
  }
}

/** Outcomes that say something of the agent: infrastructure, caps and inputs do not. */
const THE_AGENTS_OWN: ReadonlySet<Outcome> = new Set(["done", "failed", "invalid", "stalled"]);

/** What each agent has been given and has done so far: the router's facts. Owns no decision. */
export class AgentRecords {
  readonly #records = new Map<string, AgentRecord>();
  #assigned = 0;

  get byAgent(): ReadonlyMap<string, AgentRecord> {
    return this.#records;
  }

  get total(): number {
    return this.#assigned;
  }

  assigned(agent: string): void {
    this.#assigned += 1;
    const { assigned, done, ended } = this.#of(agent);
    this.#records.set(agent, { assigned: assigned + 1, done, ended });
  }

  ended(agent: string, outcome: Outcome): void {
    if (!THE_AGENTS_OWN.has(outcome)) return;
    const { assigned, done, ended } = this.#of(agent);
    this.#records.set(agent, { assigned, done: done + (outcome === "done" ? 1 : 0), ended: ended + 1 });
  }

  #of(agent: string): AgentRecord {
    return this.#records.get(agent) ?? { assigned: 0, done: 0, ended: 0 };
  }
}
