/** Who can do work in this run: profiles, the tools that they grant, what each has done so far, and the routes by these. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { mayRequest } from "../../engine/policy/plan/requested-subtasks.ts";
import { isUseful } from "../../engine/policy/merge/artifact-rules.ts";
import { sharedFirst } from "../../engine/policy/prompts/shared-parts.ts";
import { AgentRecords, indexAgents, routeSubtask, type RouteDecision } from "../../engine/policy/route/route.ts";
import type { TextIndex } from "../../engine/policy/route/text-similarity.ts";
import type { ModelProvider, ResolvedModel } from "../../engine/ports/models.ts";
import type { Effects } from "../../engine/runtime/run/effects.ts";
import type { Routing, RunTeam } from "../../engine/runtime/run/run.ts";
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import type { ArtifactType } from "../../state/artifact.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Outcome } from "../../state/outcome.ts";
import type { Subtask } from "../../state/plan.ts";
import { REQUEST_SUBTASKS } from "../../tools/tool-names.ts";
import { toolForTypes } from "../../tools/toolset.ts";
import type { Staff } from "./swarm-setup.ts";

interface Parts extends Pick<Staff, "agents" | "skills"> {
  models: ModelProvider;
  tools: ReadonlyMap<string, StructuredToolInterface>;
  /** Of an artifact, by its name. */
  typeOf: (artifact: string) => ArtifactType;
  results: readonly SubtaskResult[];
  effects: Pick<Effects, "route">;
}

export class Team implements RunTeam {
  readonly agents: readonly AgentProfile[];
  readonly skills: ReadonlyMap<string, Skill>;
  readonly tools: ReadonlyMap<string, StructuredToolInterface>;
  readonly model: ResolvedModel;
  readonly #models: ModelProvider;
  readonly #byName: ReadonlyMap<string, AgentProfile>;
  readonly #index: TextIndex;
  readonly #records = new AgentRecords();
  readonly #typeOf: Parts["typeOf"];
  readonly #effects: Parts["effects"];
  readonly #granted = new Map<string, readonly StructuredToolInterface[]>();
  /** Of subtasks without artifacts, by who does them. */
  readonly #ofSubtask = new WeakMap<Subtask, { agent: string; tools: readonly StructuredToolInterface[] }>();

  constructor({ agents, skills, tools, models, typeOf, results, effects }: Parts) {
    this.agents = agents;
    this.skills = skills;
    this.tools = tools;
    this.model = models.resolve(undefined);
    this.#models = models;
    this.#typeOf = typeOf;
    this.#effects = effects;
    this.#byName = new Map(agents.map((agent) => [agent.name, agent]));
    this.#index = indexAgents(agents);
    for (const { agent, outcome, keptFrom } of results) {
      // It says what another run's agent has done.
      if (keptFrom !== undefined) continue;
      this.#records.assigned(agent);
      this.#records.ended(agent, outcome);
    }
  }

  modelOf(name: string | undefined): ResolvedModel {
    return this.#models.resolve(name);
  }

  agent(name: string): AgentProfile | undefined {
    return this.#byName.get(name);
  }

  /** Asked for several times in each turn. */
  toolsOf(agent: string, subtask: Subtask): readonly StructuredToolInterface[] {
    // Types of artifacts may be told later.
    if (subtask.reads.length + subtask.writes.length > 0) return this.#grantedTo(agent, subtask);
    const known = this.#ofSubtask.get(subtask);
    if (known?.agent === agent) return known.tools;
    const tools = this.#grantedTo(agent, subtask);
    this.#ofSubtask.set(subtask, { agent, tools });
    return tools;
  }

  #grantedTo(agent: string, subtask: Subtask): readonly StructuredToolInterface[] {
    const mayAsk = mayRequest(subtask);
    const isOffered = (name: string): boolean => (name === REQUEST_SUBTASKS ? mayAsk : isUseful(name, subtask));
    const names = (this.agent(agent)?.tools ?? []).filter(isOffered);
    const types = this.#typesOf(subtask);
    const key = `${agent} ${names.join(" ")} ${[...types].sort().join(" ")}`;
    const known = this.#granted.get(key);
    if (known !== undefined) return known;
    const lists = this.agents.map(({ tools }) => tools);
    const granted = sharedFirst(names, lists)
      .flatMap((name) => this.tools.get(name) ?? [])
      .map((tool) => (types.size === 0 ? tool : toolForTypes(tool, types)));
    this.#granted.set(key, granted);
    return granted;
  }

  /** Of the artifacts that it names; none: it names none, or a folder, in which any may lie. */
  #typesOf({ reads, writes }: Subtask): ReadonlySet<ArtifactType> {
    const names = [...reads, ...writes];
    return new Set(names.some((name) => name.endsWith("/*")) ? [] : names.map(this.#typeOf));
  }

  route(subtask: Subtask, { attempt, excluded }: Routing = {}): RouteDecision {
    const decide = (): RouteDecision => this.#decide(subtask, excluded);
    return attempt === undefined ? decide() : this.#effects.route({ subtask: subtask.id, attempt }, decide);
  }

  #decide(subtask: Subtask, excluded: Routing["excluded"]): RouteDecision {
    return routeSubtask(subtask, {
      agents: this.agents,
      index: this.#index,
      records: this.#records.byAgent,
      assigned: this.#records.total,
      tools: new Set(this.tools.keys()),
      ...(excluded === undefined ? {} : { excluded }),
    });
  }

  assigned(agent: string): void {
    this.#records.assigned(agent);
  }

  ended(agent: string, outcome: Outcome): void {
    this.#records.ended(agent, outcome);
  }
}
