/** What a person can type to go on with a run that has not come to its end. Pure. */
import type { Coverage } from "../../state/outcome.ts";
import type { PendingInterrupt } from "../../state/run-result.ts";
import { exampleAnswer } from "./answers.ts";
import type { RunOverview } from "./run-record.ts";

export interface Standing {
  runId: string;
  status: RunOverview["status"];
  coverage: Coverage;
  interrupts: readonly PendingInterrupt[];
}

/** What a resumed run can be given in place of what was wrong. */
const MENDED_BY: Readonly<Record<string, string>> = { endpoint: " --base-url URL", model: " --model NEW" };

/** A command, and what there is to say to it; undefined: there is nothing to go on with. */
export function nextStep({ runId, status, coverage, interrupts }: Standing): string | undefined {
  if (status === "complete" || status === "damaged") return undefined;
  if (status === "running") return `glasshive show ${runId} (a process works on it now)`;
  const resume = `glasshive resume ${runId}`;
  const [first, ...others] = interrupts;
  if (first?.id.startsWith("paused-") === true) {
    const [signal, evidence] = [String(first.request["signal"]), String(first.request["evidence"])];
    return `${resume}${MENDED_BY[signal] ?? ""} (once this is mended: ${signal}: ${evidence})`;
  }
  if (first !== undefined) {
    const answer = others.length === 0 ? exampleAnswer(first) : `{"${first.id}":${exampleAnswer(first)}}`;
    return `${resume} --answer '${answer}'`;
  }
  if (status !== "partial") return resume;
  if (coverage.budget > 0) return `${resume} --max-steps N (or whichever cap was reached, higher)`;
  const { total, done, notFound, skipped } = coverage;
  return total > done + notFound + skipped ? resume : undefined;
}
