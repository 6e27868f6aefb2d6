/** Artifacts, conflicts and checks of a run in words. Pure. */
import { attempted } from "../../engine/policy/answer/plain-answer.ts";
import type { ConflictRegion } from "../../state/artifact.ts";
import type { CheckedWrite, CheckReport } from "../../state/run-result.ts";
import type { RunRecord } from "./run-record.ts";

const MOST_ARTIFACTS = 40;
const MOST_REGIONS = 3;
const LONGEST_SIDE = 80;

type Data = Readonly<Record<string, unknown>>;

/** What the whole run shares; nothing where it shares nothing. */
export function sharedText({ result, lines }: RunRecord): string[] {
  const { artifacts, checks } = result;
  if (artifacts.length === 0 && checks.length === 0) return [];
  const shown = artifacts.slice(0, MOST_ARTIFACTS);
  const more = artifacts.length - shown.length;
  return [
    `artifacts: ${artifacts.length}, ${conflictCounts(lines.filter(({ kind }) => kind === "conflict").map(({ data }) => data))}`,
    ...shown.map(
      ({ name, type, version, bytes, writtenBy }) =>
        `  ${name} (${type}): version ${version}, ${bytes} bytes, last written by ${writtenBy}`,
    ),
    ...(more > 0 ? [`  … and ${more} more; see --json`] : []),
    ...checks.map(checkLine),
    "",
  ];
}

/** By what became of each in the end. */
function conflictCounts(conflicts: readonly Data[]): string {
  const results = new Map(conflicts.map(({ id, result }) => [id, String(result)]));
  const counts = Map.groupBy(results.values(), (result) => result);
  const named = [...counts].map(([result, found]) => `${found.length} ${result}`);
  return `${results.size} conflict${results.size === 1 ? "" : "s"}${named.length === 0 ? "" : ` (${named.join(", ")})`}`;
}

function checkLine({ title, status, evidence, writes, repairs, isLeft }: CheckReport): string {
  const vain = status === "violated" || status === "unchecked" ? attempted(repairs, isLeft) : "";
  const mended = status === "mended" ? `; mended by ${repairs.at(-1)?.id ?? "another repair"}` : "";
  return `  check ${title}: ${status}: ${oneLine(evidence, 200)}${led(writes)}${oneLine(vain, 400)}${mended}`;
}

export function writeSentence(data: Data): string {
  return `wrote version ${String(data["version"])} of ${String(data["artifact"])} on version ${String(data["base"])} (${String(data["bytes"])} bytes)`;
}

export function conflictSentence(data: Data): string {
  const regions = (data["regions"] as ConflictRegion[] | undefined) ?? [];
  const places = Number(data["places"] ?? regions.length);
  const came = data["version"] === null ? "no version came of it" : `version ${String(data["version"])} came of it`;
  const why = data["reason"] === undefined ? "" : ` (${oneLine(String(data["reason"]), 120)})`;
  const shown = regions.slice(0, MOST_REGIONS).map(regionLine);
  const more = places > shown.length ? [`      and ${places - shown.length} more places`] : [];
  return [
    `conflict in ${String(data["artifact"])}: written on version ${String(data["base"])} when version ${String(data["committed"])} was current; policy ${String(data["policy"])} → ${String(data["result"])}${why}, ${came}`,
    ...shown,
    ...more,
  ].join("\n");
}

function regionLine({ at, base, committed, incoming }: ConflictRegion): string {
  return `      ${at}: was ${side(base)}, committed ${side(committed)}, written ${side(incoming)}`;
}

function side(text: string): string {
  return JSON.stringify(text.length <= LONGEST_SIDE ? text : `${text.slice(0, LONGEST_SIDE).toWellFormed()}…`);
}

export function checkSentence(data: Data): string {
  const writes = (data["writes"] as CheckedWrite[] | undefined) ?? [];
  return `check ${String(data["check"])} by ${String(data["by"])}: ${String(data["verdict"])}: ${oneLine(String(data["evidence"]), 200)}${led(writes)}`;
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

function oneLine(text: string, most: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most)}…`;
}
