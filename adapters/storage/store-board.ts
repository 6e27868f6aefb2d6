/**
 * The board on LangGraph's `BaseStore`: plans and results of one run. The store keeps them, memory answers; waiting lanes are
 * woken in the same turn of the event loop in which a result is committed. Invariants: `Board` in engine/ports/board.ts.
 */
import type { BaseStore } from "@langchain/langgraph-checkpoint";
import type { Board, Contents } from "../../engine/ports/board.ts";
import { resultWith } from "../../engine/policy/output/kept-output.ts";
import { KeyedQueue } from "../../engine/runtime/waiting/waits.ts";
import { until } from "../../engine/runtime/waiting/waits.ts";
import { SwarmError } from "../../state/errors.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Plan, Subtask } from "../../state/plan.ts";
import { NO_CONTENTS } from "./content-store.ts";
import { readAll, runNamespace, readOne } from "./run-in-store.ts";

export async function openBoard(store: BaseStore, runId: string, contents = NO_CONTENTS): Promise<Board> {
  const plans = runNamespace(runId, "plan");
  const results = runNamespace(runId, "results");
  const plan = await readOne<Plan>(store, plans, "current");
  const known = (await readAll<Kept>(store, results)).map((each) => readAgain(each, contents));
  return new StoreBoard(plan, known, {
    plan: (newest) => store.put(plans, "current", newest),
    subtask: (kept) => store.put(results, kept.subtask, kept),
  });
}

/** The store has a reference where an output is kept elsewhere. */
function readAgain(each: Kept, contents: Contents): Kept {
  return each.takenBack === true || each.kept === undefined ? each : resultWith(each, each.kept, contents);
}

/** What the store has of a subtask: its result, or the mark that one of this attempt was taken back. */
type Kept = (SubtaskResult & { takenBack?: undefined }) | { subtask: string; attempt: number; takenBack: true };

interface Writing {
  plan: (plan: Plan) => Promise<void>;
  subtask: (kept: Kept) => Promise<void>;
}

class StoreBoard implements Board {
  readonly #write: Writing;
  #plan: Plan | undefined;
  #subtasks = new Map<string, Subtask>();
  #results = new Map<string, SubtaskResult>();
  /** Attempts whose commit is under way, and those whose result was taken back: they fence like committed ones. */
  #committing = new Map<string, number>();
  #takenBack = new Map<string, number>();
  #suspended = new Set<string>();
  #waiting = new Map<string, (() => void)[]>();
  readonly #extending = new KeyedQueue();

  constructor(plan: Plan | undefined, kept: readonly Kept[], write: Writing) {
    this.#write = write;
    if (plan !== undefined) this.#keep(plan);
    for (const each of kept) {
      if (each.takenBack === true) this.#takenBack.set(each.subtask, each.attempt);
      else this.#results.set(each.subtask, each);
    }
  }

  async savePlan(plan: Plan): Promise<void> {
    await this.#write.plan(plan);
    this.#keep(plan);
  }

  extendPlan(change: (plan: Plan) => Plan): Promise<number> {
    return this.#extending.add("plan", async () => {
      if (this.#plan === undefined) throw new SwarmError("INTERNAL", "there is no plan to extend");
      const plan = change(this.#plan);
      await this.savePlan(plan);
      return plan.version;
    });
  }

  plan(): Plan | undefined {
    return this.#plan;
  }

  subtask(id: string): Subtask | undefined {
    return this.#subtasks.get(id);
  }

  accepts(subtask: string, attempt: number): boolean {
    const result = this.#results.get(subtask)?.attempt ?? 0;
    const newest = Math.max(result, this.#committing.get(subtask) ?? 0, this.#takenBack.get(subtask) ?? 0);
    return attempt > newest;
  }

  async commit(result: SubtaskResult): Promise<void> {
    const { subtask, attempt } = result;
    if (!this.accepts(subtask, attempt)) return;
    this.#committing.set(subtask, attempt);
    try {
      await this.#write.subtask(result);
      this.#results.set(subtask, result);
      this.#suspended.delete(subtask);
    } finally {
      if (this.#committing.get(subtask) === attempt) this.#committing.delete(subtask);
    }
    this.#wake(subtask);
  }

  result(subtask: string): SubtaskResult | undefined {
    return this.#results.get(subtask);
  }

  results(): SubtaskResult[] {
    return [...this.#results.values()];
  }

  async settled(subtasks: readonly string[], signal: AbortSignal): Promise<void> {
    for (const subtask of subtasks) {
      while (!this.#results.has(subtask) && !this.#suspended.has(subtask)) {
        await until(new Promise<void>((resolve) => this.#wait(subtask, resolve)), signal);
      }
    }
  }

  async reopen(subtasks: readonly string[]): Promise<void> {
    const ended = subtasks.flatMap((id) => this.#results.get(id) ?? []);
    await Promise.all(ended.map(({ subtask, attempt }) => this.#write.subtask({ subtask, attempt, takenBack: true })));
    for (const { subtask, attempt } of ended) {
      this.#results.delete(subtask);
      this.#takenBack.set(subtask, attempt);
    }
  }

  setSuspended(subtask: string, isSuspended: boolean): void {
    if (!isSuspended) return void this.#suspended.delete(subtask);
    this.#suspended.add(subtask);
    this.#wake(subtask);
  }

  isSuspended(subtask: string): boolean {
    return this.#suspended.has(subtask);
  }

  #keep(plan: Plan): void {
    this.#plan = plan;
    this.#subtasks = new Map(plan.subtasks.map((subtask) => [subtask.id, subtask]));
  }

  #wait(subtask: string, wake: () => void): void {
    const waiting = this.#waiting.get(subtask);
    if (waiting === undefined) this.#waiting.set(subtask, [wake]);
    else waiting.push(wake);
  }

  #wake(subtask: string): void {
    const waiting = this.#waiting.get(subtask) ?? [];
    this.#waiting.delete(subtask);
    for (const wake of waiting) wake();
  }
}
