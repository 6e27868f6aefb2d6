/**
 * Who asks the human when a cap refuses lanes: one lane for the whole run, whichever meets the refusal first. It is in the
 * journal, so that another process has the same lane ask, and the answer reaches it.
 *
 * 1. While a question is open, only its asker asks; the others wait for the answer, or drain with the run.
 * 2. A human's stop holds for the caps at which it was said: where one was raised since, the next refusal asks anew.
 */
import type { RunView } from "../../journal/run-view.ts";
import { isAbove, type Caps } from "../../../state/usage.ts";

export class CapQuestion {
  #round: number;
  #asker: string | undefined;
  #stoppedAt: Caps | undefined;
  #waiting: (() => void)[] = [];

  constructor({ round, asker, stoppedAt }: RunView["capQuestion"]) {
    this.#round = round;
    this.#asker = asker;
    this.#stoppedAt = stoppedAt;
  }

  get round(): number {
    return this.#round;
  }

  get asker(): string | undefined {
    return this.#asker;
  }

  /** The asker: this lane, unless another has begun to ask and can still be answered. */
  claim(subtask: string, isOver: (asker: string) => boolean): string {
    if (this.#asker === undefined || isOver(this.#asker)) this.#asker = subtask;
    return this.#asker;
  }

  isStopped(caps: Caps): boolean {
    return this.#stoppedAt !== undefined && !isAbove(caps, this.#stoppedAt);
  }

  /** The question has its answer; `stoppedAt`: the caps that the human would not raise. */
  close(stoppedAt: Caps | undefined): void {
    this.#round += 1;
    this.#asker = undefined;
    this.#stoppedAt = stoppedAt;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  closed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
