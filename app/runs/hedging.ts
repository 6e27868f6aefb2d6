/**
 * Second attempts beside stragglers: watches how long calls take, and gives leave for a race where the policy and the
 * allowance allow one. What a straggler is, and how many calls more a run may spend on them, are the detection's thresholds.
 */
import { CallTimes } from "../../engine/recovery/call-times.ts";
import type { Hedge, Journal, TurnRequest } from "../../engine/ports.ts";
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
    const rule = policy.straggler?.find((action) => action.do === "hedge");
    const onReply = (ms: number): void => this.#times.record(group, ms);
    if (rule?.do !== "hedge") return { ...request, onReply };
    return { ...request, onReply, hedge: () => this.#hedgeOf(request, { group, subtask, max: rule.max }) };
  }

  #hedgeOf(
    request: TurnRequest,
    { group, subtask, max }: { group: string; subtask: string; max: number },
  ): Hedge | undefined {
    const threshold = this.#times.threshold(group, this.#limits);
    const used = this.#ofLane.get(subtask) ?? 0;
    if (threshold === undefined || used >= max) return undefined;
    return {
      afterMs: threshold.afterMs,
      begin: async (slowMs) => {
        if (!this.#times.takeExtra(this.#limits)) return false;
        this.#ofLane.set(subtask, used + 1);
        const evidence = `a call takes more than ${seconds(slowMs)}, where ${threshold.calls} calls of its siblings took ${seconds(threshold.medianMs)} (median)`;
        const place = { subtask, ...(request.attempt === undefined ? {} : { attempt: request.attempt }) };
        await this.#journal.append(
          { kind: "signal", ...place, data: { agent: request.agent ?? null, kind: "straggler", evidence } },
          {
            kind: "recovery",
            ...place,
            data: { signal: "straggler", action: "hedge", rule: `straggler[0] hedge ${used + 1}/${max}`, delayMs: 0 },
          },
        );
        return true;
      },
    };
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
