/** Runs the cases against a runner and judges the answers. One after another: the times are worth comparing. */
import { performance } from "node:perf_hooks";
import type { EvalCase } from "./eval-case.ts";
import { judge, type Check } from "./judge.ts";
import type { EvalRunner } from "./runner.ts";

export interface Verdict {
  case: EvalCase;
  checks: Check[];
  citations: { verified: number; total: number };
  /** Indexing the documents is not in it where the runner keeps them open. */
  ms: number;
  answer: string;
}

/** A runner that throws fails every check of that case; the others go on. */
export async function suite(runner: EvalRunner, cases: readonly EvalCase[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const one of cases) verdicts.push(await verdictOn(one, runner));
  return verdicts;
}

async function verdictOn(one: EvalCase, runner: EvalRunner): Promise<Verdict> {
  const start = performance.now();
  try {
    const given = await runner.answer(one.task, one.docs);
    const ms = Math.round(performance.now() - start);
    const { verified, total } = given.citations;
    return { case: one, checks: judge(one, given, runner), citations: { verified, total }, ms, answer: given.answer };
  } catch (error) {
    const name = `answers at all (${error instanceof Error ? error.message : String(error)})`;
    const ms = Math.round(performance.now() - start);
    return { case: one, checks: [{ name, holds: false }], citations: { verified: 0, total: 0 }, ms, answer: "" };
  }
}

export interface Score {
  passed: number;
  checks: number;
  verified: number;
  citations: number;
  /** Questions all of whose checks hold. */
  clean: number;
}

/** Pure. */
export function scoreOf(verdicts: readonly Verdict[]): Score {
  const sum = (value: (verdict: Verdict) => number): number =>
    verdicts.reduce((total, verdict) => total + value(verdict), 0);
  return {
    passed: sum(({ checks }) => checks.filter((check) => check.holds).length),
    checks: sum(({ checks }) => checks.length),
    verified: sum(({ citations }) => citations.verified),
    citations: sum(({ citations }) => citations.total),
    clean: verdicts.filter(({ checks }) => checks.every((check) => check.holds)).length,
  };
}
