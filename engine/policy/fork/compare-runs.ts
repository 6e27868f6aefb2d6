/** A fork held against the run that it comes from: answer, outcomes, cost, decisions. Pure. */
import { diffPatch } from "node-diff3";
import type { JournalLine, LineOf } from "../../journal/events.ts";
import type { Outcome } from "../../../state/outcome.ts";
import { addUsage, NO_USAGE, type Usage } from "../../../state/usage.ts";

/** Of longer answers it is only said that they differ. */
const MOST_LINES = 5000;

/** What a run has come to and how it was decided, line by line of its journal. */
export class RunStory {
  readonly ends = new Map<string, { outcome: Outcome; digest: string | undefined; isKept: boolean }>();
  readonly routes = new Map<string, string>();
  /** By subtask; "": of the coordinator. */
  readonly recoveries = new Map<string, string[]>();
  /** By artifact, what became of each. */
  readonly conflicts = new Map<string, Map<string, string>>();
  readonly costs = new Map<string, Usage>();
  readonly #callers = new Map<string, string>();

  readonly add = (line: JournalLine): void => {
    const { subtask = "" } = line;
    if (line.kind === "publish") this.#publish(line);
    else if (line.kind === "route") this.routes.set(subtask, `${line.data.agent ?? "nobody"} (${line.data.rule})`);
    else if (line.kind === "recovery")
      this.recoveries.set(subtask, [...(this.recoveries.get(subtask) ?? []), line.data.rule]);
    else if (line.kind === "conflict") {
      const { artifact, id, result } = line.data;
      this.conflicts.set(artifact, new Map(this.conflicts.get(artifact)).set(id, result));
    } else if (line.kind === "reserve") this.#callers.set(line.data.id, subtask);
    else if (line.kind === "settle") this.#settle(line);
  };

  #publish({ subtask = "", data: { accepted, outcome, digest, keptFrom } }: LineOf<"publish">): void {
    if (accepted) this.ends.set(subtask, { outcome, digest, isKept: keptFrom !== undefined });
  }

  #settle({ data: { id, usage } }: LineOf<"settle">): void {
    const caller = this.#callers.get(id) ?? "";
    this.#callers.delete(id);
    this.costs.set(caller, addUsage(this.costs.get(caller) ?? NO_USAGE, usage));
  }
}

export interface ComparedRun {
  id: string;
  /** Null: it has none. */
  answer: string | null;
  spent: Usage;
  story: RunStory;
}

interface Difference<T> {
  source: T;
  fork: T;
}

export interface RunComparison {
  source: string;
  fork: string;
  /** Results taken from the recording. */
  kept: number;
  anew: string[];
  /** `lines`: those that went (`-`) and came (`+`), with `@` for where; null: too many to be compared. */
  answer: { isSame: boolean; lines: string[] | null };
  /** Subtasks that ended otherwise; null: it did not end there, or is in one of the two alone. */
  outcomes: ({ subtask: string } & Difference<Outcome | null>)[];
  /** Subtasks that ended alike with another output. */
  outputs: string[];
  /** `kept`: what the results that were kept have cost in the source, and not again. */
  cost: Difference<Usage> & { kept: Usage };
  routes: ({ subtask: string } & Difference<string | null>)[];
  /** Rules that fired; `subtask` null: those of the coordinator. */
  recoveries: ({ subtask: string | null } & Difference<string[]>)[];
  conflicts: ({ artifact: string } & Difference<string[]>)[];
}

export function compareRuns(source: ComparedRun, fork: ComparedRun): RunComparison {
  const [before, now] = [source.story, fork.story];
  const isKept = (id: string): boolean => now.ends.get(id)?.isKept === true;
  const kept = [...now.ends.keys()].filter(isKept);
  const ids = union(before.ends, now.ends).filter((id) => !isKept(id));
  const [outcomeBefore, outcomeNow] = [before, now].map(
    ({ ends }) =>
      (id: string): Outcome | null =>
        ends.get(id)?.outcome ?? null,
  ) as [(id: string) => Outcome | null, (id: string) => Outcome | null];
  return {
    ...{ source: source.id, fork: fork.id, kept: kept.length },
    anew: [...now.ends.keys()].filter((id) => !isKept(id)),
    answer: answerDifference(source.answer, fork.answer),
    outcomes: ids
      .filter((id) => outcomeBefore(id) !== outcomeNow(id))
      .map((id) => ({ subtask: id, source: outcomeBefore(id), fork: outcomeNow(id) })),
    outputs: ids.filter(
      (id) => outcomeBefore(id) === outcomeNow(id) && before.ends.get(id)?.digest !== now.ends.get(id)?.digest,
    ),
    cost: {
      ...{ source: source.spent, fork: fork.spent },
      kept: kept.map((id) => before.costs.get(id) ?? NO_USAGE).reduce(addUsage, NO_USAGE),
    },
    routes: union(before.routes, now.routes)
      .filter((id) => !isKept(id) && before.routes.get(id) !== now.routes.get(id))
      .map((id) => ({ subtask: id, source: before.routes.get(id) ?? null, fork: now.routes.get(id) ?? null })),
    recoveries: union(before.recoveries, now.recoveries)
      .filter((id) => !isKept(id))
      .map((id) => ({
        subtask: id || null,
        source: before.recoveries.get(id) ?? [],
        fork: now.recoveries.get(id) ?? [],
      }))
      .filter(isOther),
    conflicts: union(before.conflicts, now.conflicts)
      .map((artifact) => ({ artifact, source: resultsOf(before, artifact), fork: resultsOf(now, artifact) }))
      .filter(isOther),
  };
}

function union(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...one.keys(), ...other.keys()])];
}

function resultsOf({ conflicts }: RunStory, artifact: string): string[] {
  return [...(conflicts.get(artifact)?.values() ?? [])];
}

function isOther({ source, fork }: Difference<string[]>): boolean {
  return source.join("\n") !== fork.join("\n");
}

function answerDifference(before: string | null, now: string | null): RunComparison["answer"] {
  if (before === now) return { isSame: true, lines: [] };
  const [old, given] = [(before ?? "").split("\n"), (now ?? "").split("\n")];
  if (old.length + given.length > MOST_LINES) return { isSame: false, lines: null };
  const lines = diffPatch(old, given).flatMap(({ buffer1, buffer2 }) => [
    `@ line ${buffer2.offset + 1}`,
    ...buffer1.chunk.map((line) => `- ${line}`),
    ...buffer2.chunk.map((line) => `+ ${line}`),
  ]);
  return { isSame: false, lines };
}
