/** Who can do work in this run: profiles, the tools that they grant, what each has done so far, and the routes by these. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { isUseful } from "../../engine/policy/merge/artifact-tools.ts";
import { sharedFirst } from "../../engine/policy/prompts/shared-order.ts";
import { indexAgents, routeSubtask, type RouteDecision } from "../../engine/policy/route/route.ts";
import type { TextIndex } from "../../engine/policy/route/text-similarity.ts";
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Subtask } from "../../state/plan.ts";
import { AgentRecords } from "./agent-records.ts";

export class AgentDesk {
  readonly records: AgentRecords;
  readonly #agents: readonly AgentProfile[];
  readonly #byName: ReadonlyMap<string, AgentProfile>;
  readonly #index: TextIndex;
  readonly #tools: ReadonlyMap<string, StructuredToolInterface>;
  readonly #granted = new Map<string, readonly StructuredToolInterface[]>();

  constructor(
    agents: readonly AgentProfile[],
    tools: ReadonlyMap<string, StructuredToolInterface>,
    results: readonly SubtaskResult[],
  ) {
    this.#agents = agents;
    this.#byName = new Map(agents.map((agent) => [agent.name, agent]));
    this.#index = indexAgents(agents);
    this.#tools = tools;
    this.records = new AgentRecords(results);
  }

  agent(name: string): AgentProfile | undefined {
    return this.#byName.get(name);
  }

  /** See `RunHandle.toolsOf`. */
  toolsOf(agent: string, subtask: Pick<Subtask, "reads" | "writes">): readonly StructuredToolInterface[] {
    const key = `${agent} ${subtask.writes.length > 0} ${subtask.reads.length > 0}`;
    const known = this.#granted.get(key);
    if (known !== undefined) return known;
    const names = (this.agent(agent)?.tools ?? []).filter((name) => isUseful(name, subtask));
    const lists = this.#agents.map(({ tools }) => tools);
    const granted = sharedFirst(names, lists).flatMap((name) => this.#tools.get(name) ?? []);
    this.#granted.set(key, granted);
    return granted;
  }

  route(subtask: Subtask, excluded?: ReadonlySet<string>): RouteDecision {
    return routeSubtask(subtask, {
      agents: this.#agents,
      index: this.#index,
      records: this.records.byAgent,
      assigned: this.records.total,
      tools: new Set(this.#tools.keys()),
      ...(excluded === undefined ? {} : { excluded }),
    });
  }
}
