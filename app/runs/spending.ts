/** What a run may spend: the ledger with what is on record, the places of lanes, and caps that a human raises. */
import { accountsOf, holdBack, type Account } from "../../engine/policy/budget/accounts.ts";
import { Admission } from "../../engine/policy/budget/admission.ts";
import { CapQuestion } from "../../engine/policy/budget/cap-question.ts";
import { Ledger } from "../../engine/policy/budget/ledger.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import { LanePriorities } from "../../engine/policy/budget/lane-priorities.ts";
import { Semaphore } from "../../engine/runtime/waiting/semaphore.ts";
import type { AgentSlots, RunBudget, RunTeam } from "../../engine/runtime/run/run.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { Caps } from "../../state/usage.ts";
import type { RunRecords } from "./run-records.ts";

/** Steps that the planner and the synthesizer may need, repairs and retries included. */
const COORDINATOR_STEPS = 10;

interface Facts {
  /** Those that the run has begun with, and the caps that it has now. */
  options: RunOptions;
  highestCaps: Caps;
  records: RunRecords;
  team: Pick<RunTeam, "agent">;
  clock: Clock;
}

export class Spending implements RunBudget {
  readonly ledger: Ledger;
  readonly admission = new Admission();
  readonly slots: LaneSlots;
  readonly capQuestion: CapQuestion;
  readonly highestCaps: Caps;
  /** Those of the run, with its caps as they are now. */
  options: RunOptions;
  readonly #priorities: LanePriorities;
  readonly #team: Pick<RunTeam, "agent">;
  readonly #records: RunRecords;

  constructor({ options, highestCaps, records, team, clock }: Facts) {
    const { spending, capQuestion } = records.journal.view;
    this.options = options;
    this.ledger = new Ledger(options.caps, holdBack(options.caps, COORDINATOR_STEPS), spending);
    this.capQuestion = new CapQuestion(capQuestion);
    this.highestCaps = highestCaps;
    this.slots = new LaneSlots(options.caps.maxAgents, clock);
    this.#priorities = new LanePriorities(records.shared.board);
    this.#team = team;
    this.#records = records;
  }

  accountsOf(subtask: string, agent: string): Account[] {
    const lookup = (id: string) => this.#records.shared.board.subtask(id);
    return accountsOf({ agent: this.#team.agent(agent), subtask: lookup(subtask), lookup });
  }

  priorityOf(subtask: string, turns?: number): number {
    return this.#priorities.of(subtask, turns);
  }

  async raise(raised: Partial<Caps>): Promise<void> {
    const caps = { ...this.options.caps, ...raised };
    await this.#records.amendCaps(caps);
    this.options = { ...this.options, caps };
    this.ledger.amend(caps, holdBack(caps, COORDINATOR_STEPS));
    this.admission.askAgain();
  }
}

/** Agent slots by lane: at most so many lanes work at once, each holds one slot from its start to its end. */
class LaneSlots implements AgentSlots {
  readonly #slots: Semaphore;
  readonly #clock: Clock;
  readonly #holders = new Set<string>();

  constructor(capacity: number, clock: Clock) {
    // Each lane is served in the end: the longest path never waits for one that is merely older.
    this.#slots = new Semaphore(capacity, { oneByAge: Infinity });
    this.#clock = clock;
  }

  async acquire(lane: string, priority: number, signal: AbortSignal): Promise<number> {
    if (this.#holders.has(lane)) return 0;
    const asked = this.#clock.now();
    await this.#slots.acquire({ run: "", priority, isUrgent: false }, signal);
    this.#holders.add(lane);
    return this.#clock.now() - asked;
  }

  release(lane: string): void {
    if (this.#holders.delete(lane)) this.#slots.release();
  }
}
