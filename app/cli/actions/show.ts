/** What `glasshive show` does: a run for a person or (`--json`) for a program. */
import type { JournalLine } from "../../../engine/journal/events.ts";
import { runTimes } from "../../../engine/policy/report/parallelism.ts";
import type { Asked, Flags } from "../home.ts";
import { EXIT } from "../exit-codes.ts";
import { untilInterrupted } from "../interruption.ts";
import { nextStep } from "../answers.ts";
import { readRunRecord, tellMisfit, type RunRecord } from "../run-record.ts";
import { isMemoryCall } from "../line-words.ts";
import { showText, Story } from "../show-text.ts";
import { print } from "../terminal.ts";

/** Lines that are choices, with their inputs and what they rejected. */
const DECISIONS: ReadonlySet<string> = new Set(
  "plan route signal recovery compact interrupt resume park limit-change usage-unreported conflict".split(" "),
);

/** Returns the exit code. */
export async function show({ home, flags }: Asked<Flags & { subtask?: string }>, runId: string): Promise<number> {
  const decisions: JournalLine[] = [];
  const story = new Story();
  const each = (line: JournalLine): void => {
    if (flags.json !== true) story.tell(line);
    else if (DECISIONS.has(line.kind) || isMemoryCall(line)) decisions.push(line);
  };
  const record = await untilInterrupted(() => readRunRecord(home, runId, { each }));
  print(flags, jsonOf(record, decisions), () => showText(record, story, flags.subtask));
  tellMisfit(home, record.result, record.view);
  return EXIT.complete;
}

function jsonOf(record: RunRecord, decisions: readonly JournalLine[]): object {
  const { result, overview, settings, plan = null, parallelism } = record;
  return {
    ...result,
    parallelism: { ...parallelism, lanes: runTimes(record.view, record.plan).lanes },
    state: overview.status,
    createdAt: overview.createdAt,
    endpoint: settings.endpoint ?? null,
    next: nextStep({ ...result, status: overview.status }) ?? null,
    plan,
    decisions,
  };
}
