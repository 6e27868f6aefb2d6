/**
 * The planner's plan: one lane for each item where the task asks about each, one for each thing where it compares by aspects,
 * one for each question where it asks several, one for each folder where it asks about all of many documents, else one.
 */
import type { PlannerBrief } from "../../../../engine/ports/brief.ts";
import { NOTHING_HERE } from "../notice.ts";
import { isWithin } from "../reader/documents.ts";
import { askedPart } from "../reader/question.ts";
import { standalone } from "./follow-up.ts";
import { keyOf, type Aspect } from "./task.ts";
import { asksSummary, questionsIn, readComparison, readEach, singular } from "./task.ts";
import { stemSet } from "../reader/words.ts";

interface Work {
  id: string;
  title: string;
  instructions: string;
  forEach?: string[] | { documents: string; as: "file" | "folder" };
  expects?: Record<string, unknown>;
}

type Documents = NonNullable<PlannerBrief["documents"]>;
type Chosen = Extract<Work["forEach"], object>;

const LOOKING_TOOLS = ["search_documents", "read_document"];
const USUAL_SKILLS = ["research", "extraction", "search", "reading"];
const PROSE = /\.(?:md|mdx|markdown|txt|rst|adoc|html?)$/i;
const FILE_NOUN =
  /^(?:file|document|doc|page|article|chapter|note|guide|paper|report|transcript|text|readme|story|letter|post|entry|record)$/;
/** What is called so has a folder of its own. */
const FOLDER_NOUN =
  /^(?:package|module|library|dependency|plugin|extension|crate|project|component|app|application|service|workspace|folder|directory|repository|repo|product)$/;
const BESIDE_THE_POINT =
  /(?:^|\/)(?:licen[cs]e|copying|notice|authors|change-?log|history|changes|security|code_of_conduct|contributing|third-?party)[^/]*$/i;
const IN_FOLDER = /\b(?:in|under|within|below|of)\s+(?:the\s+)?[`"']?([@\w][@\w./-]*)[`"']?\s+(?:folder|directory)\b/i;
const BROAD = /\b(?:all|any|every|everything|throughout|across|anywhere|which of|in total)\b/i;
const HOW_TO = /^\s*(?:how (?:do|can|to|should|would)|can i|is it possible|what happens|when|why)\b/i;
const MANY_FILES = 40;
const MOST_SUMMARISED = 60;

/** The plan as JSON; each objection to an earlier plan makes it plainer. Pure. */
export function plannerReply(brief: PlannerBrief): string {
  const task = standalone(askedPart(brief.task), brief.history ?? []);
  const plain = { ...brief, task };
  const work = brief.objections.length > 1 ? [lookUp(task)] : planOf(plain);
  const ids = new Set<string>();
  return JSON.stringify({ subtasks: work.map((one) => written(one, plain, ids)) }, null, 2);
}

function planOf(brief: PlannerBrief): Work[] {
  const { task, objections } = brief;
  const folder = IN_FOLDER.exec(task)?.[1]?.replace(/^\.?\/+|\/+$/g, "");
  // A folder that a task names in passing may match nothing: then the same without it.
  if (objections.length === 0 || folder !== undefined) {
    const special =
      eachPlan(brief, objections.length === 0 ? folder : undefined) ?? comparisonPlan(task) ?? summaryPlan(brief);
    if (special !== undefined) return special;
  }
  const questions = questionsIn(task).slice(0, Math.max(1, brief.maxSubtasks));
  const shards = questions.length === 1 && objections.length === 0 ? shardsOf(brief) : [];
  return [...questions.map(lookUp), ...(shards.length < 2 ? [] : [byFolder(questions[0] as string, shards)])];
}

function lookUp(question: string): Work {
  return { id: question, title: question, instructions: question };
}

function byFolder(question: string, shards: string[]): Work {
  const instructions = `${question}\n\nWork within {{item}}. If nothing in it answers this, answer: ${NOTHING_HERE}`;
  return { id: "by-folder", title: `{{item}}: ${question}`, instructions, forEach: shards };
}

function eachPlan({ task, documents }: PlannerBrief, folder: string | undefined): Work[] | undefined {
  const each = readEach(task);
  if (each === undefined) return undefined;
  const aspects = each.aspects.length > 0 ? each.aspects : [{ key: "what_is_it_for", title: "What is it for" }];
  if (each.items.length > 0) return [rows("each", { forEach: each.items, aspects })];
  // "How do I validate each file?" asks for a way, not for a table of files.
  const chosen = HOW_TO.test(task) || documents === undefined ? undefined : documentsFor(each.noun, documents);
  if (chosen === undefined) return undefined;
  const below =
    folder === undefined || Array.isArray(chosen)
      ? chosen
      : { ...chosen, documents: `**/${folder}/${chosen.documents}` };
  const manifest = Array.isArray(chosen) || chosen.as !== "folder" ? undefined : chosen.documents.split("/").at(-1);
  return [rows(`each-${each.noun}`, { forEach: below, aspects, first: manifest })];
}

interface Rows {
  forEach: Chosen;
  aspects: readonly Aspect[];
  /** The file in each folder that says most of it. */
  first?: string | undefined;
}

function rows(id: string, { forEach, aspects, first }: Rows): Work {
  const asked = aspects.map(({ title }) => title.charAt(0).toLowerCase() + title.slice(1)).join("; ");
  const begin = first === undefined ? "" : ` Begin with {{item}}/${first} .`;
  const instructions = `State of {{item}}: ${asked}.\nWork within {{item}} where it is a file or a folder.${begin} Where an aspect is not stated, give null; do not guess.`;
  return { id, title: `{{item}}: ${asked}`, instructions, forEach, expects: rowSchema(aspects) };
}

/** The documents that a noun stands for: a collection of folders, a folder called so, or files. */
function documentsFor(noun: string, { collections, sample }: Documents): Chosen | undefined {
  const paths = sample.map(({ path }) => path);
  const bySize = [...collections].sort((one, other) => other.folders - one.folders);
  const named = bySize.find(({ manifest }) => stemSet(manifest.replace(/\.\w+$/, "")).has([...stemSet(noun)][0] ?? ""));
  const collection = named ?? (FOLDER_NOUN.test(noun) ? bySize[0] : undefined);
  if (collection !== undefined) return { documents: collection.glob, as: "folder" };
  const few = FOLDER_NOUN.test(noun) ? foldersIn(paths) : [];
  if (few.length > 1) return few;
  const folder = paths.flatMap((path) => path.split("/").slice(0, -1)).find((part) => singular(part) === noun);
  if (folder !== undefined) return { documents: `**/${folder}/**`, as: "file" };
  return FILE_NOUN.test(noun) ? { documents: proseGlob(paths), as: "file" } : undefined;
}

/** The outermost folders that hold a file which lies in each of them: of all such files the one whose folders hold most. */
function foldersIn(paths: readonly string[]): string[] {
  const names = new Map<string, string[]>();
  for (const path of paths) {
    const at = path.lastIndexOf("/");
    if (at > 0) names.set(path.slice(at), [...(names.get(path.slice(at)) ?? []), path.slice(0, at)]);
  }
  const ranked = [...names.values()]
    .map((folders) => folders.filter((one) => !folders.some((other) => one.startsWith(`${other}/`))))
    .filter(({ length }) => length > 1)
    .map((folders) => ({ folders, held: paths.filter((path) => folders.some((one) => isWithin(path, one))).length }))
    .sort((one, other) => other.held - one.held || other.folders.length - one.folders.length);
  return (ranked[0]?.folders ?? []).sort();
}

function proseGlob(paths: readonly string[]): string {
  const found = new Set(paths.flatMap((path) => PROSE.exec(path)?.[0].slice(1) ?? []));
  const [only, ...others] = [...found].sort();
  if (only === undefined) return "**/*";
  return others.length === 0 ? `**/*.${only}` : `**/*.{${[only, ...others].join(",")}}`;
}

/** By aspects, a row for each thing; how two things differ is a question like any other. */
function comparisonPlan(task: string): Work[] | undefined {
  const comparison = readComparison(task);
  if (comparison === undefined || comparison.aspects.length === 0) return undefined;
  const others = questionsIn(task).filter((question) => readComparison(question) === undefined);
  return [
    rows("thing", { forEach: comparison.items, aspects: comparison.aspects }),
    ...(questionsIn(task).length === 1 ? [] : others.map(lookUp)),
  ];
}

function summaryPlan({ task, documents, maxSubtasks }: PlannerBrief): Work[] | undefined {
  if (documents === undefined || documents.files < 2 || !asksSummary(task) || questionsIn(task).length > 1)
    return undefined;
  const most = Math.min(MOST_SUMMARISED, maxSubtasks);
  const paths = documents.sample.map(({ path }) => path);
  const central = paths.filter((path) => PROSE.test(path) && !BESIDE_THE_POINT.test(path)).slice(0, most);
  const isAllKnown = paths.length >= documents.files || documents.files > most;
  const forEach: Chosen = isAllKnown ? central : { documents: proseGlob(paths), as: "file" };
  if (central.length === 0) return undefined;
  const points = documents.files <= 2 ? 6 : documents.files <= 6 ? 4 : documents.files <= 15 ? 3 : 2;
  const instructions = `Summarise {{item}}: its main points in at most ${points} sentences.`;
  return [{ id: "summary", title: "{{item}}", instructions, forEach }];
}

/** The folders below the one that all documents share, for questions about all of many documents. */
function shardsOf({ task, documents, maxSubtasks }: PlannerBrief): string[] {
  if (documents === undefined || documents.files < MANY_FILES || !BROAD.test(task)) return [];
  const folders = documents.sample.map(({ path }) => path.split("/").slice(0, -1)).filter(({ length }) => length > 0);
  let depth = 0;
  while (folders.length > 1 && folders.every((one) => one.length > depth + 1 && one[depth] === folders[0]?.[depth]))
    depth += 1;
  const shards = new Set(folders.map((folder) => folder.slice(0, depth + 1).join("/")));
  return [...shards].sort().slice(0, Math.min(MANY_FILES, Math.max(0, maxSubtasks - 1)));
}

/** With an id that is short and its own, and with the skills and tools that this run's agents have for it. */
function written(work: Work, { agents, documents }: PlannerBrief, ids: Set<string>): object {
  const canLook =
    documents !== undefined && agents.some(({ tools }) => LOOKING_TOOLS.every((tool) => tools.includes(tool)));
  const words = stemSet(work.title);
  const offered = [...new Set(agents.flatMap(({ skills }) => skills))];
  const named = offered.filter((skill) => [...stemSet(skill.replaceAll("-", " "))].some((one) => words.has(one)));
  const skills = [...new Set([...offered.filter((skill) => USUAL_SKILLS.includes(skill)), ...named])].slice(0, 3);
  const title = work.title.replace(/\s+/g, " ").trim().slice(0, 300);
  return {
    ...work,
    id: freeId(work.id, ids),
    title,
    skills,
    dependsOn: [],
    ...(canLook ? { tools: LOOKING_TOOLS } : {}),
  };
}

function freeId(text: string, taken: Set<string>): string {
  const slug = text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const base = (slug.length <= 40 ? slug : slug.slice(0, 40).replace(/-[^-]*$/, "")) || "question";
  let id = base;
  for (let at = 2; taken.has(id); at += 1) id = `${base}-${at}`;
  taken.add(id);
  return id;
}

/** A row: the item, and for each aspect what was found with its citation, or null. */
function rowSchema(aspects: readonly Aspect[]): Record<string, unknown> {
  const cell = {
    type: "object",
    properties: {
      value: { type: "string", description: "the answer, short" },
      citation: { type: "string", description: 'the place that says so: "quoted words" [path:line]' },
    },
    required: ["value", "citation"],
    additionalProperties: false,
  };
  const keyed = aspects.map(({ key, title }): [string, unknown] => [
    keyOf(key) === "item" ? "item_" : key,
    { title, anyOf: [cell, { type: "null" }] },
  ]);
  return {
    type: "object",
    properties: { item: { type: "string" }, ...Object.fromEntries(keyed) },
    required: ["item", ...keyed.map(([key]) => key)],
    additionalProperties: false,
  };
}
