/**
 * The lanes of a run and how many stand in each phase, kept up to date move by move. Pure.
 *
 * 1. `counts` covers the work subtasks only, as the coverage does; `working` covers the condensing and mending ones too.
 * 2. Every change of a phase goes through `move`; it takes constant time.
 */
import { OUTCOMES, type Coverage, type Outcome } from "../../../state/outcome.ts";
import type { Subtask } from "../../../state/plan.ts";
import { LANE_PHASES, newLane, WORKING_PHASES, type Lane, type LanePhase } from "./lane.ts";
import { cleanText } from "./terminal-text.ts";

/** What a subtask's title may take; a screen shows less. */
const TITLE_CHARACTERS = 200;

export class LaneRoster {
  readonly lanes = new Map<string, Lane>();
  readonly counts = zeroes(LANE_PHASES);
  readonly outcomes = zeroes(OUTCOMES);
  readonly reduction = { total: 0, ended: 0 };
  /** Lanes that mend what a check found. */
  readonly repairs = { total: 0, ended: 0 };
  /** Lanes that hold an agent slot, in the order in which they took it. */
  readonly working = new Map<string, Lane>();
  readonly paused = new Map<string, Lane>();

  /** Work subtasks of the plan. */
  get total(): number {
    return this.lanes.size - this.reduction.total - this.repairs.total;
  }

  get coverage(): Coverage {
    const { "not-found": notFound, ...others } = this.outcomes;
    return { total: this.total, notFound, ...others };
  }

  /** Takes a plan on, a first or a newer one: lanes of subtasks that stay go on as they are, others are forgotten. */
  adopt(subtasks: readonly Subtask[], at: number): void {
    const before = new Map(this.lanes);
    this.#reset();
    for (const subtask of subtasks) {
      const lane = before.get(subtask.id) ?? newLane(subtask.id, at);
      lane.title = cleanText(subtask.title.slice(0, TITLE_CHARACTERS)) || subtask.id;
      lane.role = subtask.role === "part" ? "reduce" : subtask.role;
      lane.limit = subtask.steps;
      lane.dependents = [];
      lane.unmet = 0;
      this.lanes.set(subtask.id, lane);
    }
    for (const subtask of subtasks) this.#tie(subtask);
    for (const lane of this.lanes.values()) {
      if (lane.phase === "waiting-slot" && lane.unmet > 0) lane.phase = "waiting-inputs";
      this.#enter(lane);
    }
  }

  /** The lane of a subtask; one that no plan named is there from now on. */
  lane(id: string, at: number): Lane {
    const known = this.lanes.get(id);
    if (known !== undefined) return known;
    const lane = newLane(id, at);
    this.lanes.set(id, lane);
    this.#enter(lane);
    return lane;
  }

  move(lane: Lane, phase: LanePhase, at: number): void {
    if (lane.phase === phase || lane.phase === "ended") return;
    this.#leave(lane);
    lane.phase = phase;
    lane.since = at;
    this.#enter(lane);
  }

  /** Ends a lane, and lets those go on that waited for its result. */
  end(lane: Lane, outcome: Outcome, at: number): void {
    if (lane.phase === "ended") return;
    lane.outcome = outcome;
    this.move(lane, "ended", at);
    for (const id of lane.dependents) {
      const dependent = this.lanes.get(id);
      if (dependent === undefined) continue;
      dependent.unmet -= 1;
      if (dependent.unmet === 0 && dependent.phase === "waiting-inputs") this.move(dependent, "waiting-slot", at);
    }
  }

  /** A lane that ended is sent again: what waited for its result goes on with what it has, and is sent again itself. */
  reopen(lane: Lane, at: number): void {
    if (lane.phase !== "ended") return;
    this.#leave(lane);
    lane.outcome = undefined;
    lane.phase = "waiting-slot";
    lane.since = at;
    this.#enter(lane);
  }

  /** A new process continues the run: nobody holds a slot any more. */
  releaseSlots(at: number): void {
    for (const lane of [...this.working.values()]) {
      if (lane.phase !== "retrying") this.move(lane, "waiting-slot", at);
    }
  }

  #tie(subtask: Subtask): void {
    const lane = this.lanes.get(subtask.id);
    for (const id of new Set(subtask.dependsOn)) {
      const input = this.lanes.get(id);
      if (lane === undefined || input === undefined || input.phase === "ended") continue;
      input.dependents.push(lane.id);
      lane.unmet += 1;
    }
  }

  #enter(lane: Lane): void {
    if (WORKING_PHASES.has(lane.phase)) this.working.set(lane.id, lane);
    if (lane.phase === "paused") this.paused.set(lane.id, lane);
    this.#count(lane, 1);
  }

  #leave(lane: Lane): void {
    this.working.delete(lane.id);
    this.paused.delete(lane.id);
    this.#count(lane, -1);
  }

  #count(lane: Lane, change: 1 | -1): void {
    if (lane.role !== "work") {
      const tally = lane.role === "reduce" ? this.reduction : this.repairs;
      tally.total += change;
      if (lane.phase === "ended") tally.ended += change;
      return;
    }
    this.counts[lane.phase] += change;
    if (lane.phase === "ended" && lane.outcome !== undefined) this.outcomes[lane.outcome] += change;
  }

  #reset(): void {
    for (const held of [this.lanes, this.working, this.paused]) held.clear();
    for (const phase of LANE_PHASES) this.counts[phase] = 0;
    for (const outcome of OUTCOMES) this.outcomes[outcome] = 0;
    for (const tally of [this.reduction, this.repairs]) Object.assign(tally, { total: 0, ended: 0 });
  }
}

function zeroes<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
