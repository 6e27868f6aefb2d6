/**
 * A recorded run through other agents: who would have been given each subtask. As far as the recording reaches: what the recorded agents
 * have done is known of them alone, and a subtask is taken to be given out whenever it was. Pure.
 */
import type { JournalLine, LineOf } from "../../journal/events.ts";
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import { AgentRecords } from "./agent-records.ts";
import { indexAgents, routeSubtask, type RouteDecision } from "./route.ts";

export interface ReplayedRoute {
  /** Of the recorded decision. */
  at: string;
  subtask: string;
  attempt: number;
  recorded: { agent: string | null; rule: string };
  replayed: { agent: string | null; rule: string; score: number | null; rejected: RouteDecision["rejected"] };
}

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

  /** The next line. */
  add = (line: JournalLine): void => {
    if (line.kind === "attempt-end") this.#records.ended(line.data.agent, line.data.outcome);
    if (line.kind === "route") this.#route(line);
  };

  #route({ at, subtask: id = "", attempt = 1, data }: LineOf<"route">): void {
    const subtask = this.#subtasks.get(id);
    if (subtask === undefined) return;
    const tried = this.#tried.get(id) ?? [];
    const { agent, rule, candidates, rejected } = routeSubtask(subtask, {
      ...{ agents: this.#agents, index: this.#index, tools: this.#tools, excluded: new Set(tried) },
      ...{ records: this.#records.byAgent, assigned: this.#records.total },
    });
    if (agent !== undefined) {
      this.#records.assigned(agent);
      this.#tried.set(id, [...tried, agent]);
    }
    this.routes.push({
      ...{ at, subtask: id, attempt, recorded: { agent: data.agent, rule: data.rule } },
      replayed: { agent: agent ?? null, rule, score: candidates[0]?.score.total ?? null, rejected },
    });
  }
}
