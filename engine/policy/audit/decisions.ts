/**
 * The pure decisions of a recorded run, derived once more from what the journal says they were made from: each admission from the
 * caps and the balance, each route from its scores, each recovery from the policy, each version of an artifact from the one before.
 * Each line is held against the view of those before it: that is what was known when it was decided. Pure.
 *
 * 1. What a decision was made from and the journal does not hold is taken as it may have been: nothing right is called wrong.
 */
import {
  addAmounts,
  type Amounts,
  amountsOf,
  CAP_FIELDS,
  type Caps,
  NOTHING,
  subtractAmounts,
  AMOUNTS,
  mapAmounts,
} from "../../../state/usage.ts";
import type { RecoveryPolicy } from "../../../state/recovery-policy.ts";
import type { Signal } from "../../../state/signal.ts";
import { byKind, type ByKind, type DataOf, type JournalLine } from "../../journal/events.ts";
import type { RunView } from "../../journal/run-view.ts";
import { SCORE_WEIGHTS, type RouteDecision } from "../route/route.ts";
import { decideRecovery } from "../recovery/decide.ts";

/** What is on record of what decisions were made from; each undefined where it is not. */
export interface RecordedInputs {
  policyFor(subtask: string | undefined, agent: string | undefined): RecoveryPolicy | undefined;
  /** Where a subtask goes in a run in which nothing has happened yet, and that has all tools. */
  route(subtask: string): RouteDecision | undefined;
}

export interface Differing {
  line: number;
  problem: string;
}

/** Rounding of sums in another order. */
const EPSILON = 1e-9;

export class DecisionAudit {
  readonly #inputs: RecordedInputs;
  readonly #differing: Differing[] = [];
  /** Reservations that pass the caps as the journal has them so far: a cap is raised a moment before it is on record. */
  #overCaps: { line: number; needs: Amounts }[] = [];
  #caps: Partial<Caps> | undefined;
  /** By which providers have reported more than was set aside. */
  #excess = NOTHING;
  /** The newest of each subtask, whole: how long a provider asks to be left alone too. */
  readonly #signals = new Map<string, Signal>();
  #profiles: ReadonlySet<string> = new Set();
  /** Writes on a stale base, by artifact and version, whose conflict has not come. */
  readonly #stale = new Map<string, { line: number; base: number }>();

  constructor(inputs: RecordedInputs) {
    this.#inputs = inputs;
  }

  /** `before`: of the lines before this one. */
  readonly add = (line: JournalLine, before: RunView): void => {
    byKind(this.#audits, line, before);
  };

  /** Of the lines so far, in their order. */
  differing(): Differing[] {
    const overCaps = this.#overCaps.map(({ line }) => ({ line, problem: "sets aside more than the caps leave" }));
    const lost = [...this.#stale.values()].map(({ line, base }) => ({
      line,
      problem: `is a write based on version ${base}, which was no longer current, and no conflict is on record`,
    }));
    return [...this.#differing, ...overCaps, ...lost].toSorted((one, other) => one.line - other.line);
  }

  readonly #audits: ByKind<void, RunView> = {
    "run-start": ({ data }) => {
      this.#profiles = new Set(data.agents);
      this.#setCaps(data.options.caps);
    },
    "process-start": ({ data }) => {
      // Releases before this one did not say with which caps a process went on.
      if (data.caps === undefined) this.#caps = undefined;
      else this.#setCaps(data.caps);
    },
    resume: ({ data: { caps } }) => {
      if (caps !== undefined) this.#setCaps(caps);
    },
    reserve: ({ seq, data }, { spending: { spent, open } }) => {
      const reserved = [...open.values(), data].map(amountsOf).reduce(addAmounts);
      const needs = subtractAmounts(addAmounts(amountsOf(spent), reserved), this.#excess);
      if (this.#caps !== undefined && passes(needs, this.#caps)) this.#overCaps.push({ line: seq, needs });
    },
    settle: ({ data: { id, usage } }, { spending }) => {
      const spent = amountsOf(usage);
      const call = spending.open.get(id);
      const reserved = call === undefined ? NOTHING : amountsOf(call);
      const over = mapAmounts((name) => Math.max(0, spent[name] - reserved[name]));
      this.#excess = addAmounts(this.#excess, over);
    },
    route: ({ seq, subtask = "", data }) => {
      const { candidates, rejected } = data;
      const stranger = [...candidates, ...rejected].find(({ agent }) => !this.#profiles.has(agent))?.agent;
      const problem =
        routeProblem(data) ??
        (stranger === undefined ? undefined : `considers "${stranger}", whom the run does not have`) ??
        scoreProblem(candidates, this.#inputs.route(subtask));
      this.#note(seq, problem);
    },
    signal: ({ subtask = "", data: { kind, evidence, retryAfterMs } }) => {
      this.#signals.set(subtask, { kind, evidence, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    },
    recovery: ({ seq, subtask, data }, { lanes }) => {
      const policy = this.#inputs.policyFor(subtask, lanes.get(subtask ?? "")?.agent);
      if (policy === undefined) return;
      const known = this.#signals.get(subtask ?? "");
      const signal = known?.kind === data.signal ? known : { kind: data.signal, evidence: "" };
      this.#note(seq, recoveryProblem(data, signal, policy));
    },
    write: ({ seq, data: { artifact, version, base } }, { artifacts }) => {
      const before = artifacts.get(artifact)?.version ?? 0;
      if (version !== before + 1) this.#note(seq, `makes version ${version} of ${artifact}, behind version ${before}`);
      if (base < version - 1) this.#stale.set(`${artifact}\n${version}`, { line: seq, base });
    },
    conflict: ({ data: { artifact, version } }) => {
      if (version !== null) this.#stale.delete(`${artifact}\n${version}`);
    },
  };

  #note(line: number, problem: string | undefined): void {
    if (problem !== undefined) this.#differing.push({ line, problem });
  }

  #setCaps(caps: Partial<Caps>): void {
    this.#caps = caps;
    this.#overCaps = this.#overCaps.filter(({ needs }) => passes(needs, caps));
  }
}

/** A score is the weighted sum of its parts, the best candidate stands first, and goes. */
function routeProblem({ agent, candidates }: Pick<DataOf<"route">, "agent" | "candidates">): string | undefined {
  const parts = Object.keys(SCORE_WEIGHTS) as (keyof typeof SCORE_WEIGHTS)[];
  let before = Infinity;
  for (const { agent: name, score } of candidates) {
    const total = parts.reduce((whole, part) => whole + SCORE_WEIGHTS[part] * score[part], 0);
    if (Math.abs(total - score.total) > EPSILON)
      return `gives ${name} a score of ${score.total}, and its parts make ${total}`;
    if (score.total > before) return `has ${name} behind an agent with a lower score`;
    before = score.total;
  }
  const best = candidates[0]?.agent ?? null;
  return candidates.length === 0 || agent === best
    ? undefined
    : `goes to ${agent ?? "nobody"}, and ${best} has the best score`;
}

/** Who is a candidate by plan and profiles, and how far skills and texts fit, is the same whenever it is looked at. */
function scoreProblem(
  candidates: DataOf<"route">["candidates"],
  derived: RouteDecision | undefined,
): string | undefined {
  if (derived === undefined) return undefined;
  for (const { agent, score } of candidates) {
    const own = derived.candidates.find((one) => one.agent === agent)?.score;
    if (own === undefined) return `has ${agent} as a candidate, who does not fit the subtask`;
    const part = (["skills", "text"] as const).find((name) => Math.abs(own[name] - score[name]) > EPSILON);
    if (part !== undefined) return `gives ${agent} ${score[part]} for ${part}, and plan and profile make ${own[part]}`;
  }
  return undefined;
}

/** `rate-limit[0] retry 2/6`; what was decided without a policy says so otherwise. */
const RULE = /^(\S+)\[(\d+)\] (\S+) (\d+)\/(\d+)$/;

function recoveryProblem(data: DataOf<"recovery">, signal: Signal, policy: RecoveryPolicy): string | undefined {
  const [, kind, place, action, fired] = RULE.exec(data.rule) ?? [];
  if (kind === undefined) return undefined;
  const passedOver = (policy[signal.kind] ?? []).slice(0, Number(place)).map((one) => one.do);
  const decided = (chance: number) =>
    decideRecovery({
      signal,
      policy,
      chance,
      firings: { [`${kind}/${action}`]: Number(fired) - 1 },
      impossible: new Set(passedOver.filter((one) => one !== action)),
    });
  const [soonest, latest] = [decided(0), decided(1)];
  if (soonest.rule !== data.rule || soonest.action !== data.action)
    return `fires "${data.rule}", and the policy says "${soonest.rule}"`;
  if (soonest.model !== data.model)
    return `switches to ${data.model ?? "no model"}, and the policy to ${soonest.model ?? "none"}`;
  // Who waits elsewhere, or not at all, says 0.
  const isInTime = data.delayMs === 0 || (data.delayMs >= soonest.delayMs && data.delayMs <= latest.delayMs);
  return isInTime ? undefined : `waits ${data.delayMs} ms, and the policy says ${soonest.delayMs} to ${latest.delayMs}`;
}

function passes(needs: Amounts, caps: Partial<Caps>): boolean {
  return AMOUNTS.some((name) => needs[name] > (caps[CAP_FIELDS[name]] ?? Infinity) + EPSILON);
}
