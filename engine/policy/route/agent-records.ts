/** What each agent has been given and has done so far: the router's facts. Owns no decision. */
import type { Outcome } from "../../../state/outcome.ts";
import type { AgentRecord } from "./route.ts";

/** Outcomes that say something of the agent: infrastructure, caps and inputs do not. */
const THE_AGENTS_OWN: ReadonlySet<Outcome> = new Set(["done", "failed", "invalid", "stalled"]);

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
