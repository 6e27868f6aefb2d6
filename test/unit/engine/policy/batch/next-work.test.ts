/** What is done about a row follows from the ledger alone. */
import { describe, expect, it } from "vitest";
import { identityOf } from "../../../../../engine/policy/batch/identity.ts";
import type { RowState } from "../../../../../engine/policy/batch/ledger.ts";
import { workOf } from "../../../../../engine/policy/batch/next-work.ts";
import { withoutRun } from "../../../../../engine/policy/batch/row-outcome.ts";
import type { BatchCaps, RowClass } from "../../../../../state/batch.ts";

const PARTS = {
  task: "t",
  model: null,
  agents: null,
  policy: null,
  skills: null,
  documents: null,
  plan: null,
  options: null,
};
const IDENTITY = identityOf(PARTS);

interface More {
  isThere?: boolean;
  hasGoneOn?: boolean;
  retry?: RowClass[];
  caps?: BatchCaps;
}

function asked(known: Partial<RowState> = {}, more: More = {}) {
  const { isThere = true, hasGoneOn = false, retry = [], caps = {} } = more;
  const state = { run: "r", ...IDENTITY, outcome: undefined, isOver: true, cappedBy: undefined, ...known };
  return workOf({ state, identity: IDENTITY, isThere, hasGoneOn, retry: new Set(retry), caps });
}

const as = (kind: RowClass) => ({ outcome: withoutRun(kind, "why") });

describe("workOf", () => {
  it("begins a row that is new", () => {
    const known = {
      state: undefined,
      identity: IDENTITY,
      isThere: false,
      hasGoneOn: false,
      retry: new Set<RowClass>(),
      caps: {},
    };
    expect(workOf(known)).toEqual({ kind: "begin", why: "it is new", isAgain: false });
  });

  it("leaves alone what is over, whatever became of it", () => {
    for (const kind of ["complete", "partial", "capped", "infra", "failed"] as const)
      expect(asked(as(kind))).toEqual({ kind: "keep" });
  });

  it("tries again what is over in a class that is asked for, and no other", () => {
    expect(asked(as("infra"), { retry: ["infra"] })).toMatchObject({ kind: "continue", isRetry: true });
    expect(asked(as("failed"), { retry: ["infra"] })).toEqual({ kind: "keep" });
  });

  it("takes what a run has come to that somebody has gone on with, in place of trying it again", () => {
    const work = { kind: "continue", why: "its run has gone on since", isRetry: false };
    expect(asked(as("infra"), { hasGoneOn: true })).toEqual(work);
    expect(asked(as("infra"), { hasGoneOn: true, retry: ["infra"] })).toEqual(work);
  });

  it("goes on with what waits, or whose process died", () => {
    expect(asked({ isOver: false })).toEqual({ kind: "continue", why: "its process died", isRetry: false });
    expect(asked({ isOver: false, ...as("paused") })).toEqual({ kind: "continue", why: "why", isRetry: false });
  });

  it("begins what has changed again, over or not, and says in what", () => {
    const { parts, identity } = identityOf({ ...PARTS, task: "u", documents: "d" });
    for (const isOver of [true, false])
      expect(asked({ parts, identity, isOver })).toEqual({
        kind: "begin",
        why: "changed: task, documents",
        isAgain: true,
      });
  });

  it("begins a row whose run is gone, or had not begun when its process died", () => {
    const had = { outcome: { ...withoutRun("complete", "why"), head: "h" } };
    expect(asked(had, { isThere: false })).toMatchObject({ kind: "begin", isAgain: true });
    expect(asked({ isOver: false }, { isThere: false })).toMatchObject({ kind: "begin", isAgain: false });
  });

  it("tries a row that could not begin again where its class is asked for", () => {
    expect(asked(as("failed"), { isThere: false })).toEqual({ kind: "keep" });
    expect(asked(as("failed"), { isThere: false, retry: ["failed"] })).toMatchObject({ kind: "begin" });
  });

  it("goes on with what the batch has cut short once its caps are higher", () => {
    const known = { ...as("capped"), cappedBy: { maxSteps: 10, maxUsd: 1 } };
    expect(asked(known, { caps: { maxSteps: 10, maxUsd: 1 } })).toEqual({ kind: "keep" });
    expect(asked(known, { caps: { maxSteps: 5, maxUsd: 2 } })).toMatchObject({ kind: "continue", isRetry: true });
    expect(asked(known, { caps: { maxSteps: 10 } })).toMatchObject({ kind: "continue", isRetry: true });
  });
});
