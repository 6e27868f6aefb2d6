/** Agent slots by lane: at most so many lanes work at once, each holds one slot from its start to its end. */
import type { Clock } from "../../engine/ports/clock.ts";
import type { AgentSlots } from "../../engine/runtime/run/run.ts";
import { PrioritySlots } from "../../engine/runtime/limits/priority-slots.ts";

export class LaneSlots implements AgentSlots {
  readonly #slots: PrioritySlots;
  readonly #clock: Clock;
  readonly #holders = new Set<string>();

  constructor(capacity: number, clock: Clock) {
    this.#slots = new PrioritySlots(capacity);
    this.#clock = clock;
  }

  get working(): number {
    return this.#holders.size;
  }

  async acquire(lane: string, priority: number, signal: AbortSignal): Promise<number> {
    if (this.#holders.has(lane)) return 0;
    const asked = this.#clock.now();
    await this.#slots.acquire(priority, signal);
    this.#holders.add(lane);
    return this.#clock.now() - asked;
  }

  release(lane: string): void {
    if (this.#holders.delete(lane)) this.#slots.release();
  }
}
