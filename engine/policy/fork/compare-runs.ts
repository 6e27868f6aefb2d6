/** A fork held against the run that it comes from: answer, outcomes, cost, decisions. Pure. */
import { diffPatch } from "node-diff3";
import { isDeepStrictEqual } from "node:util";
import type { DataOf } from "../../journal/events.ts";
import type { RunView } from "../../journal/run-view.ts";
import type { Outcome } from "../../../state/outcome.ts";
import { addUsage, NO_USAGE, type Usage } from "../../../state/usage.ts";

/** Of longer answers it is only said that they differ. */
const MOST_LINES = 5000;

export interface ComparedRun {
  id: string;
  /** Null: it has none. */
  answer: string | null;
  view: RunView;
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
  const [before, now] = [source.view, fork.view];
  const ended = [...now.lanes.keys()].filter((id) => resultOf(now, id) !== undefined);
  const isKept = (id: string): boolean => resultOf(now, id)?.keptFrom !== undefined;
  const kept = ended.filter(isKept);
  const own = union(before.lanes, now.lanes).filter((id) => !isKept(id));
  const both = <T>(of: (view: RunView) => T): Difference<T> => ({ source: of(before), fork: of(now) });
  const outcomes = own.map((id) => ({ subtask: id, ...both((view) => resultOf(view, id)?.outcome ?? null) }));
  return {
    source: source.id,
    fork: fork.id,
    kept: kept.length,
    anew: ended.filter((id) => !isKept(id)),
    answer: answerDifference(source.answer, fork.answer),
    outcomes: outcomes.filter(isOther),
    outputs: outcomes
      .filter((one) => !isOther(one) && isOther(both((view) => resultOf(view, one.subtask)?.digest)))
      .map(({ subtask }) => subtask),
    cost: {
      ...both(({ spending }) => spending.spent),
      kept: kept.map((id) => before.lanes.get(id)?.spent ?? NO_USAGE).reduce(addUsage, NO_USAGE),
    },
    routes: own.map((id) => ({ subtask: id, ...both((view) => routeOf(view, id)) })).filter(isOther),
    recoveries: [
      { subtask: null, ...both(({ coordinator }) => coordinator.recoveries) },
      ...own.map((id) => ({ subtask: id, ...both(({ lanes }) => lanes.get(id)?.recoveries ?? []) })),
    ].filter(isOther),
    conflicts: union(...[before, now].map(conflictsByArtifact))
      .map((artifact) => ({ artifact, ...both((view) => conflictsByArtifact(view).get(artifact) ?? []) }))
      .filter(isOther),
  };
}

function resultOf({ lanes }: RunView, subtask: string): DataOf<"publish"> | undefined {
  return lanes.get(subtask)?.published?.data;
}

function routeOf({ lanes }: RunView, subtask: string): string | null {
  const route = lanes.get(subtask)?.route;
  return route === undefined ? null : `${route.agent ?? "nobody"} (${route.rule})`;
}

function conflictsByArtifact({ conflicts }: RunView): ReadonlyMap<string, string[]> {
  const found = Map.groupBy(conflicts.values(), ({ artifact }) => artifact);
  return new Map([...found].map(([artifact, each]) => [artifact, each.map(({ result }) => result)]));
}

function union(...maps: ReadonlyMap<string, unknown>[]): string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))];
}

function isOther({ source, fork }: Difference<unknown>): boolean {
  return !isDeepStrictEqual(source, fork);
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
