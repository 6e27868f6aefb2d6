/** Judges one answer: each check is a name and whether it holds. Pure. */
import type { EvalCase } from "./eval-case.ts";
import type { Answer, EvalRunner } from "./runner.ts";

export interface Check {
  name: string;
  holds: boolean;
}

/** Badges, HTML and boilerplate of readmes: never an answer. */
const NOISE = [
  /!\[[^\]]*\]\(/,
  /<(?:img|p align|h1|picture|br|a href)\b/i,
  /shields\.io|badge\.svg/i,
  /table of contents/i,
];
const MOST_CHARACTERS = 4_000;
const CODE_BLOCK = /^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm;

/** The checks of a case, in a fixed order. */
export function judge(
  one: EvalCase,
  { answer, citations, items }: Answer,
  runner: Pick<EvalRunner, "mustSay">,
): Check[] {
  const prose = answer.replace(CODE_BLOCK, "");
  const sentences = citedSentences(prose);
  return [
    ...one.facts.map((fact) => ({ name: `says ${fact.source}`, holds: fact.test(answer) })),
    ...(one.noise ?? []).map((noise) => ({ name: `does not say ${noise.source}`, holds: !noise.test(answer) })),
    { name: "has no badges, HTML or boilerplate", holds: NOISE.every((noise) => !noise.test(prose)) },
    { name: "every citation stands where it says", holds: citations.verified === citations.total },
    { name: "is cited", holds: one.isUncited === true || citations.total > 0 },
    { name: "says nothing twice", holds: isTable(answer) || new Set(sentences).size === sentences.length },
    { name: "is no longer than it has to be", holds: answer.length <= (one.mostCharacters ?? MOST_CHARACTERS) },
    ...(runner.mustSay === undefined ? [] : [{ name: "says who wrote it", holds: runner.mustSay.test(answer) }]),
    ...(one.items ?? []).map((item) => ({ name: `has an entry for ${item}`, holds: hasEntry(answer, item) })),
    ...(one.rowForEach === undefined ? [] : [eachItemHasOneRow(answer, items)]),
  ];
}

function citedSentences(text: string): string[] {
  return text.match(/"[^"\n]+" \[[^\]\n]+:\d+\]/g) ?? [];
}

function isTable(answer: string): boolean {
  return /^\|(?: -+ \|)+/m.test(answer);
}

/** A row that begins with it, or a column that is headed by it. */
function hasEntry(answer: string, item: string): boolean {
  return rowsOf(answer).some((cells, at) => cells[0] === item || (at === 0 && cells.includes(item)));
}

function eachItemHasOneRow(answer: string, items: readonly string[]): Check {
  const names = rowsOf(answer)
    .slice(1)
    .map((cells) => cells[0] ?? "");
  const shared = sharedFolder(items);
  const isComplete =
    items.length > 0 &&
    items.every((item) => names.filter((name) => shared + name === item || name === item).length === 1);
  return { name: "has one row for each item, and no other", holds: isComplete && names.length === items.length };
}

/** A table may leave out the folder that all paths begin with. */
function sharedFolder(paths: readonly string[]): string {
  let shared = (paths[0] ?? "").replace(/[^/]*$/, "");
  while (!paths.every((path) => path.startsWith(shared))) shared = shared.replace(/[^/]*\/$/, "");
  return shared;
}

function rowsOf(answer: string): string[][] {
  return answer
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\|(?: -+ \|)+$/.test(line))
    .map((line) => line.slice(2, -2).split(" | "));
}
