/** What each agent has been given and has done in this run: the router's facts, kept up by the results as they come. */
import type { AgentRecord } from "../../engine/policy/route/route.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Outcome } from "../../state/outcome.ts";

/** Outcomes that say something of the agent: infrastructure, caps and inputs do not. */
const THE_AGENTS_OWN: ReadonlySet<Outcome> = new Set(["done", "failed", "invalid", "stalled"]);

export class AgentRecords {
  readonly #records = new Map<string, AgentRecord>();
  #assigned = 0;

  constructor(results: readonly SubtaskResult[]) {
    for (const { agent, outcome } of results) {
      this.assigned(agent);
      this.ended(agent, outcome);
    }
  }

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
