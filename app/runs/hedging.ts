/**
 * Second attempts beside stragglers: watches how long calls take, and gives leave for a race where the policy and the
 * allowance allow one. What a straggler is, and how many calls more a run may spend on them, are the detection's thresholds.
 */
import { CallTimes } from "../../engine/policy/recovery/call-times.ts";
import type { Journal } from "../../engine/ports/journal.ts";
import type { Hedge, TurnRequest } from "../../engine/ports/turns.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";

export class Hedging {
  readonly #journal: Journal;
  readonly #limits: Detection["straggler"];
  readonly #times = new CallTimes();
  readonly #ofLane = new Map<string, number>();

  constructor(journal: Journal, limits: Detection["straggler"]) {
    this.#journal = journal;
    this.#limits = limits;
  }

  /** The request with what the call needs to know of stragglers. Only the lanes' own work is raced. */
  prepare(request: TurnRequest, policy: RecoveryPolicy): TurnRequest {
    const { subtask, agent, purpose } = request;
    if (purpose !== "work" || subtask === undefined) return request;
    const group = `${agent ?? ""}/${request.model ?? ""}`;
    const onReply = (ms: number): void => this.#times.record(group, ms);
    const place = policy.straggler?.findIndex((action) => action.do === "hedge") ?? -1;
    const rule = policy.straggler?.[place];
    if (rule?.do !== "hedge") return { ...request, onReply };
    return { ...request, onReply, hedge: this.#hedgeOf(request, { group, subtask, place, max: rule.max }) };
  }

  #hedgeOf(request: TurnRequest, { group, subtask, place, max }: HedgeRule): Hedge {
    const used = (): number => this.#ofLane.get(subtask) ?? 0;
    return {
      lookEveryMs: Math.max(1, this.#limits.leastMs),
      afterMs: () => (used() < max ? this.#times.threshold(group, this.#limits)?.afterMs : undefined),
      begin: async (slowMs) => {
        const known = this.#times.threshold(group, this.#limits);
        if (known === undefined || used() >= max || !this.#times.takeExtra(this.#limits)) return false;
        const count = used() + 1;
        this.#ofLane.set(subtask, count);
        const evidence = `a call takes more than ${seconds(slowMs)}, where ${known.calls} calls of its siblings took ${seconds(known.medianMs)} (median)`;
        const lane = { subtask, ...(request.attempt === undefined ? {} : { attempt: request.attempt }) };
        const rule = `straggler[${place}] hedge ${count}/${max}`;
        await this.#journal.append(
          { kind: "signal", ...lane, data: { agent: request.agent ?? null, kind: "straggler", evidence } },
          { kind: "recovery", ...lane, data: { signal: "straggler", action: "hedge", rule, delayMs: 0 } },
        );
        return true;
      },
    };
  }
}

interface HedgeRule {
  group: string;
  subtask: string;
  /** Where in the policy's actions it stands. */
  place: number;
  max: number;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
