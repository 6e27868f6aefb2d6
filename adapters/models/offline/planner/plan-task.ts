/**
 * The offline planner's plan: one lane for each item where the task asks about each, one for each thing where it compares,
 * one for each question where it asks several, one for each folder where it asks about all of many documents, else one.
 */
import type { Aspect } from "../task/aspects.ts";
import { readComparison, USUAL_ASPECTS, type ComparisonTask } from "../task/comparison.ts";
import { readEach, type EachTask } from "../task/each.ts";
import { questionsIn } from "../task/questions.ts";
import { asksSummary } from "../agent/summary-answer.ts";
import { NOTHING_HERE } from "../offline-notice.ts";
import { chooseDocuments, proseGlob, type ChosenDocuments } from "./choose-collection.ts";
import { aspectList, plannedWork, rowSchema, SubtaskIds, type PlannedWork } from "./planned-work.ts";
import type { OfflinePlanningFacts } from "./planning-facts.ts";

const NO_ASPECTS: readonly Aspect[] = [{ key: "what_is_it_for", title: "What is it for" }];
const IN_FOLDER = /\b(?:in|under|within|below|of)\s+(?:the\s+)?[`"']?([@\w][@\w./-]*)[`"']?\s+(?:folder|directory)\b/i;
const BROAD = /\b(?:all|any|every|everything|throughout|across|anywhere|which of|in total)\b/i;
const BESIDE_THE_POINT =
  /(?:^|\/)(?:licen[cs]e|copying|notice|authors|change-?log|history|changes|security|code_of_conduct|contributing|third-?party)[^/]*$/i;
const MANY_FILES = 40;
const MOST_SHARDS = 40;
const MOST_SUMMARISED = 60;

/** Plans a task; each objection to an earlier plan makes it plainer. Pure. */
export function planTask(facts: OfflinePlanningFacts): PlannedWork[] {
  if (facts.objections.length > 1) return [lookUp(facts.task, facts, new SubtaskIds())];
  // A folder that a task names in passing may match nothing: then the same without it.
  const folder = facts.objections.length === 0 ? namedFolder(facts.task) : undefined;
  if (facts.objections.length === 0 || namedFolder(facts.task) !== undefined) {
    const special = eachPlan(facts, folder) ?? comparisonPlan(facts) ?? summaryPlan(facts);
    if (special !== undefined) return special;
  }
  return questionPlan(facts);
}

/** "in the @types folder": the things are those below it. */
function namedFolder(task: string): string | undefined {
  const name = IN_FOLDER.exec(task)?.[1];
  return name === undefined || /^(?:this|that|these|those|each|every|same|current|given|root|documents?)$/i.test(name)
    ? undefined
    : name.replace(/^\.?\/+|\/+$/g, "");
}

function eachPlan(facts: OfflinePlanningFacts, folder: string | undefined): PlannedWork[] | undefined {
  const each = readEach(facts.task);
  if (each === undefined) return undefined;
  const aspects = each.aspects.length > 0 ? each.aspects : NO_ASPECTS;
  if (each.items.length > 0) return [rowsOver(each.items, aspects, facts)];
  if (asksHowTo(facts.task)) return undefined;
  const chosen = chooseDocuments(each.noun, facts.documents);
  if (chosen === undefined) return undefined;
  const below = folder === undefined ? chosen : { ...chosen, glob: `**/${folder}/${chosen.glob}` };
  return [rowsOverDocuments({ each, aspects, chosen: below }, facts)];
}

/** "How do I validate each file?" asks for a way, not for a table of files. */
function asksHowTo(task: string): boolean {
  return /^\s*(?:how (?:do|can|to|should|would)|can i|is it possible|what happens|when|why)\b/i.test(task);
}

function rowsOverDocuments(
  what: { each: EachTask; aspects: readonly Aspect[]; chosen: ChosenDocuments },
  facts: OfflinePlanningFacts,
): PlannedWork {
  const { each, aspects, chosen } = what;
  const start =
    chosen.manifest === undefined
      ? "Read {{item}} first."
      : `Read {{item}}/${chosen.manifest} first, then its README where an aspect is missing.`;
  return plannedWork(
    {
      id: `each-${each.noun.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "item"}`,
      title: `{{item}}: ${aspectList(aspects)}`,
      instructions: `State of {{item}}: ${aspectList(aspects)}.\nWork within the ${chosen.as} {{item}}. ${start}\nWhere an aspect is not stated, give null; do not guess.`,
      forEach: chosen.items ?? { documents: chosen.glob, as: chosen.as },
      expects: rowSchema(aspects),
    },
    facts,
  );
}

function rowsOver(items: string[], aspects: readonly Aspect[], facts: OfflinePlanningFacts): PlannedWork {
  return plannedWork(
    {
      id: "each",
      title: `{{item}}: ${aspectList(aspects)}`,
      instructions: `State of {{item}}: ${aspectList(aspects)}.\nWhere an aspect is not stated, give null; do not guess.`,
      forEach: items,
      expects: rowSchema(aspects),
    },
    facts,
  );
}

function comparisonPlan(facts: OfflinePlanningFacts): PlannedWork[] | undefined {
  const comparison = readComparison(facts.task);
  if (comparison === undefined) return undefined;
  const rest = questionsIn(facts.task).filter((question) => readComparison(question) === undefined);
  const isWhole = questionsIn(facts.task).length === 1;
  const ids = new SubtaskIds();
  const things = {
    ...rowsOver(comparison.things, comparison.aspects.length > 0 ? comparison.aspects : USUAL_ASPECTS, facts),
    id: ids.next("thing", "thing"),
  };
  return [
    things,
    contrast(comparison, facts, ids),
    ...(isWhole ? [] : rest.map((question) => lookUp(question, facts, ids))),
  ];
}

/** Sentences that name several of the things say the most about how they differ. */
function contrast(comparison: ComparisonTask, facts: OfflinePlanningFacts, ids: SubtaskIds): PlannedWork {
  const names = [comparison.things.slice(0, -1).join(", "), comparison.things.at(-1)].join(" and ");
  return plannedWork(
    {
      id: ids.next("contrast", "contrast"),
      title: `How ${names} differ`,
      instructions: `What is the difference between ${names}?\nIf nothing in the documents names them together, answer: ${NOTHING_HERE}`,
    },
    facts,
  );
}

function summaryPlan(facts: OfflinePlanningFacts): PlannedWork[] | undefined {
  const { documents, task } = facts;
  const isAboutAll = /\b(?:documents?|docs|files?|folder|notes|pages|everything|all|this|these)\b/i.test(task);
  if (
    documents === undefined ||
    documents.files < 2 ||
    !asksSummary(task) ||
    !isAboutAll ||
    questionsIn(task).length > 1
  )
    return undefined;
  const points = pointsEach(Math.min(documents.files, MOST_SUMMARISED));
  const instructions = `Summarise the main points of {{item}} in at most ${points} sentences.\nWork within the file {{item}}. Read {{item}} first.`;
  const forEach = summarised(documents, facts.maxSubtasks);
  return forEach === undefined
    ? undefined
    : [plannedWork({ id: "summary", title: "{{item}}", instructions, forEach }, facts)];
}

/** All prose where it is not too much, else the most central of it; no licences and change logs where the choice is ours. */
function summarised(
  documents: NonNullable<OfflinePlanningFacts["documents"]>,
  maxSubtasks: number,
): PlannedWork["forEach"] {
  const isAllKnown = documents.sample.length >= documents.files;
  if (!isAllKnown && documents.files <= Math.min(MOST_SUMMARISED, maxSubtasks))
    return { documents: proseGlob(documents), as: "file" };
  const central = documents.sample
    .map(({ path }) => path)
    .filter((path) => /\.(?:md|mdx|txt|rst|html?|adoc)$/i.test(path) && !BESIDE_THE_POINT.test(path))
    .slice(0, Math.min(MOST_SHARDS, maxSubtasks));
  return central.length === 0 ? undefined : central;
}

/** A summary of many documents is no longer than one of few. */
function pointsEach(files: number): number {
  if (files <= 2) return 6;
  return files <= 6 ? 4 : files <= 15 ? 3 : 2;
}

function questionPlan(facts: OfflinePlanningFacts): PlannedWork[] {
  const ids = new SubtaskIds();
  const questions = questionsIn(facts.task).slice(0, Math.max(1, facts.maxSubtasks));
  const work = questions.map((question) => lookUp(question, facts, ids));
  const shards = questions.length === 1 && facts.objections.length === 0 ? shardsOf(facts) : [];
  return shards.length < 2 ? work : [...work, sharded(questions[0] as string, shards, facts, ids)];
}

function lookUp(question: string, facts: OfflinePlanningFacts, ids: SubtaskIds): PlannedWork {
  const title = question.replace(/\s+/g, " ").trim();
  return plannedWork({ id: ids.next(title, "question"), title, instructions: question }, facts);
}

function sharded(question: string, shards: string[], facts: OfflinePlanningFacts, ids: SubtaskIds): PlannedWork {
  return plannedWork(
    {
      id: ids.next("by-folder", "by-folder"),
      title: `{{item}}: ${question.replace(/\s+/g, " ").trim()}`,
      instructions: `${question}\nWork within the folder {{item}}.\nIf nothing in it answers this, answer: ${NOTHING_HERE}`,
      forEach: shards,
    },
    facts,
  );
}

/** The folders below the one that all documents share, for questions about all of many documents. */
function shardsOf(facts: OfflinePlanningFacts): string[] {
  const { documents } = facts;
  if (documents === undefined || documents.files < MANY_FILES || !BROAD.test(facts.task)) return [];
  const folders = documents.sample
    .map(({ path }) => path.split("/").slice(0, -1))
    .filter((folder) => folder.length > 0);
  let depth = 0;
  while (
    folders.length > 1 &&
    folders.every((folder) => folder.length > depth + 1 && folder[depth] === folders[0]?.[depth])
  )
    depth += 1;
  const shards = new Set(folders.map((folder) => folder.slice(0, depth + 1).join("/")));
  return [...shards].sort().slice(0, Math.min(MOST_SHARDS, Math.max(0, facts.maxSubtasks - 1)));
}
