/** Artifacts, conflicts and checks of a run in words. Pure. */
import { attempted } from "../../engine/policy/answer/plain-answer.ts";
import type { DataOf } from "../../engine/journal/events.ts";
import { conflictsIn, type RunView } from "../../engine/journal/run-view.ts";
import type { ConflictRegion } from "../../state/artifact.ts";
import type { CheckedWrite, CheckReport } from "../../state/run-result.ts";
import type { RunRecord } from "./run-record.ts";
import { many } from "./view/amounts.ts";
import { cutTo, oneLine } from "../../state/plain-text.ts";

const MOST_ARTIFACTS = 40;
const MOST_REGIONS = 3;
const LONGEST_SIDE = 80;

/** What the whole run shares; nothing where it shares nothing. */
export function sharedText({ result, view }: RunRecord): string[] {
  const { artifacts, checks } = result;
  if (artifacts.length === 0 && checks.length === 0) return [];
  const shown = artifacts.slice(0, MOST_ARTIFACTS);
  const more = artifacts.length - shown.length;
  return [
    `artifacts: ${artifacts.length}, ${conflictCounts(view)}`,
    ...shown.map(
      ({ name, type, version, bytes, writtenBy }) =>
        `  ${name} (${type}): version ${version}, ${bytes} bytes, last written by ${writtenBy}`,
    ),
    ...(more > 0 ? [`  … and ${more} more; see --json`] : []),
    ...checks.map(checkLine),
    "",
  ];
}

/** By what became of each in the end; what could simply be merged is no conflict. */
function conflictCounts(view: RunView): string {
  const { merged = [], ...others } = Object.groupBy(view.conflicts.values(), ({ result }) => result);
  const named = Object.entries(others).map(([result, found]) => `${found.length} ${result}`);
  const merges = merged.length === 0 ? "" : `${many(merged.length, "write")} merged, `;
  return `${merges}${many(conflictsIn(view), "conflict")}${named.length === 0 ? "" : ` (${named.join(", ")})`}`;
}

function checkLine({ title, status, evidence, writes, repairs, isLeft }: CheckReport): string {
  const vain = status === "violated" || status === "unchecked" ? attempted(repairs, isLeft) : "";
  const mended = status === "mended" ? `; mended by ${repairs.at(-1)?.id ?? "another repair"}` : "";
  return `  check ${title}: ${status}: ${oneLine(evidence, 200)}${led(writes)}${oneLine(vain, 400)}${mended}`;
}

export function writeSentence({ artifact, version, base, bytes }: DataOf<"write">): string {
  return `wrote version ${version} of ${artifact} on version ${base} (${bytes} bytes)`;
}

export function conflictSentence(data: DataOf<"conflict">): string {
  const { artifact, base, committed, policy, result, version, regions, places } = data;
  const came = version === null ? "no version came of it" : `version ${version} came of it`;
  const why = data.reason === undefined ? "" : ` (${oneLine(data.reason, 120)})`;
  const shown = regions.slice(0, MOST_REGIONS).map(regionLine);
  const more = places > shown.length ? [`      and ${places - shown.length} more places`] : [];
  const when = `written on version ${base} when version ${committed} was current`;
  return [
    result === "merged"
      ? `merged into ${artifact}: ${when}, ${came}`
      : `conflict in ${artifact}: ${when}; policy ${policy} → ${result}${why}, ${came}`,
    ...shown,
    ...more,
  ].join("\n");
}

function regionLine({ at, base, committed, incoming }: ConflictRegion): string {
  return `      ${at}: was ${side(base)}, committed ${side(committed)}, written ${side(incoming)}`;
}

function side(text: string): string {
  return JSON.stringify(cutTo(text, LONGEST_SIDE));
}

export function checkSentence({ check, by, verdict, evidence, writes }: DataOf<"check">): string {
  return `check ${check} by ${by}: ${verdict}: ${oneLine(evidence, 200)}${led(writes)}`;
}

function led(writes: readonly CheckedWrite[]): string {
  if (writes.length === 0) return "";
  const named = writes
    .slice(0, 3)
    .map(
      ({ artifact, version, subtask, attempt }) =>
        `version ${version} of ${artifact} by ${subtask} (attempt ${attempt})`,
    );
  return `; since ${named.join(", ")}${writes.length > 3 ? ` and ${writes.length - 3} more writes` : ""}`;
}
