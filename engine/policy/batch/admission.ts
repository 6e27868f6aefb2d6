/**
 * Whether the next run of a batch may begin, or go on, and with how much of what the batch has left. What it is given it has to itself,
 * so that the caps of the batch hold whatever runs at the same time; what it does not use comes back when it is over.
 *
 * 1. What is spent and what is reserved together never pass a cap.
 * 2. A row that states a cap of its own is given that much, where it is there. One that states none is given an equal part of what is
 *    left for each run that may work at once, but at least twice what runs have used so far.
 * 3. `wait` is only answered while a run is under way, whose end brings something back. When none is, what is left is given; less than
 *    any run has used so far, or than half of what they have used on average, begins no run.
 * Pure.
 */
import { count, dollars } from "../../../state/amounts.ts";
import type { BatchCaps, Reserved } from "../../../state/batch.ts";
import { AMOUNTS, CAP_FIELDS, type Amounts, CEILINGS } from "../../../state/usage.ts";
import type { RunAccount } from "./ledger.ts";

export interface Asking {
  run: string;
  /** What the row itself says. */
  own: Reserved;
}

export interface BatchStanding {
  caps: BatchCaps;
  workedMs: number;
  runs: ReadonlyMap<string, RunAccount>;
  running: number;
  parallel: number;
}

export type Admission =
  | { kind: "granted"; reserved: Reserved }
  | { kind: "wait" }
  /** `evidence`: one line. */
  | { kind: "refused"; evidence: string };

/** What a run is taken to need while none has ended: a few agents, planner and synthesizer. Of money nothing is known. */
const FIRST: Amounts = { steps: 20, tokens: 200_000, usd: 0 };
/** Rounding of sums of money. */
const EPSILON_USD = 1e-9;

export function admit(asking: Asking, standing: BatchStanding): Admission {
  const { caps, workedMs, running } = standing;
  const reserved: Reserved = { ...asking.own };
  for (const name of AMOUNTS) {
    const most = caps[CAP_FIELDS[name]];
    if (most === undefined) continue;
    const { wanted, left, spent, least } = needOf(asking, standing, { name, most });
    if (wanted <= left + (name === "usd" ? EPSILON_USD : 0)) reserved[name] = Math.min(wanted, left);
    else if (running > 0) return { kind: "wait" };
    else if (left <= spent || left - spent < least)
      return { kind: "refused", evidence: refusal(name, most, left - spent) };
    else reserved[name] = left;
  }
  if (caps.deadlineMs !== undefined) {
    const leftMs = Math.floor(caps.deadlineMs - workedMs);
    if (leftMs < 1) return { kind: "refused", evidence: "the deadline of the batch has passed" };
    const { wallMs } = standing.runs.get(asking.run) ?? { wallMs: 0 };
    reserved.deadlineMs = Math.min(wallMs + leftMs, asking.own.deadlineMs ?? Infinity);
  }
  return { kind: "granted", reserved };
}

/** Whether the batch has left the run less than its row would have been content with. */
export function isNarrowed(reserved: Reserved, own: Reserved): boolean {
  const highest: Reserved = { steps: CEILINGS.maxSteps };
  return ([...AMOUNTS, "deadlineMs"] as const).some(
    (name) => (reserved[name] ?? Infinity) < (own[name] ?? highest[name] ?? Infinity),
  );
}

interface Need {
  /** In all, from the run's beginning to its end. */
  wanted: number;
  /** What others leave of the cap. */
  left: number;
  spent: number;
  /** Less is not worth beginning with. */
  least: number;
}

function needOf(
  { run, own }: Asking,
  { runs, running, parallel }: BatchStanding,
  { name, most }: { name: keyof Amounts; most: number },
): Need {
  let left = most;
  let [ended, used, fewest] = [0, 0, Infinity];
  for (const [id, account] of runs) {
    if (id !== run) left -= Math.max(account.reserved?.[name] ?? 0, account.spent[name]);
    if (account.reserved !== undefined || account.spent.steps === 0) continue;
    ended += 1;
    used += account.spent[name];
    fewest = Math.min(fewest, account.spent[name]);
  }
  const account = runs.get(run);
  const spent = account?.spent[name] ?? 0;
  const usual = ended === 0 ? FIRST[name] : (2 * used) / ended;
  const part = Math.max(usual, (left - spent) / Math.max(1, parallel - running));
  // One that goes on has what it was given.
  const share = account?.reserved?.[name] ?? spent + part;
  const whole = name === "usd" ? share : Math.floor(share);
  const wanted = own[name] ?? Math.min(whole, name === "steps" ? CEILINGS.maxSteps : Infinity);
  return { wanted, left, spent, least: ended === 0 ? 0 : Math.max(fewest, used / ended / 2) };
}

function refusal(name: keyof Amounts, most: number, left: number): string {
  const shown = (amount: number): string => (name === "usd" ? dollars(amount) : `${count(Math.floor(amount))} ${name}`);
  return `the batch may spend ${shown(most)}, of which ${shown(Math.max(0, left))} are left`;
}
