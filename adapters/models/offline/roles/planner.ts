/**
 * The planner's plan: one lane for each item where the task asks about each, one for each thing where it compares by aspects,
 * one for each question where it asks several, one for each folder where it asks about all of many documents, else one.
 */
import type { PlannerBrief } from "../../../../engine/ports/brief.ts";
import { oneLine } from "../../../../state/plain-text.ts";
import { NOTHING_HERE } from "../notice.ts";
import { isWithin } from "../reader/documents.ts";
import { askedPart } from "../reader/question.ts";
import { stemSet } from "../reader/words.ts";
import { standalone } from "./follow-up.ts";
import { asksSummary, keyOf, questionsIn, readComparison, readEach, singular, type Aspect } from "./task.ts";

interface Work {
  id: string;
  title: string;
  instructions: string;
  forEach?: string[] | { documents: string; as: "file" | "folder" };
  expects?: Record<string, unknown>;
}

type Documents = NonNullable<PlannerBrief["documents"]>;
type Chosen = NonNullable<Work["forEach"]>;

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
/** Where nothing is said of what is asked about each. */
const PURPOSE: Aspect = { key: "what_is_it_for", title: "What is it for" };

/** The plan as JSON; each objection to an earlier plan makes it plainer. Pure. */
export function plannerReply(given: PlannerBrief): string {
  const brief = { ...given, task: standalone(askedPart(given.task), given.history ?? []) };
  const ids = new Set<string>();
  return JSON.stringify({ subtasks: planOf(brief).map((work) => written(work, brief, ids)) }, null, 2);
}

function planOf(brief: PlannerBrief): Work[] {
  const { task, objections, maxSubtasks } = brief;
  if (objections.length > 1) return [lookUp(task)];
  const isFirst = objections.length === 0;
  const folder = IN_FOLDER.exec(task)?.[1]?.replace(/^\.?\/+|\/+$/g, "");
  // A folder that a task names in passing may match nothing: then the same without it.
  if (isFirst || folder !== undefined) {
    const special = eachPlan(brief, isFirst ? folder : undefined) ?? comparisonPlan(task) ?? summaryPlan(brief);
    if (special !== undefined) return special;
  }
  const [first = task, ...others] = questionsIn(task).slice(0, Math.max(1, maxSubtasks));
  const shards = others.length === 0 && isFirst ? shardsOf(brief) : [];
  const instructions = `${first}\n\nWork within {{item}}. If nothing in it answers this, answer: ${NOTHING_HERE}`;
  const byFolder = { id: "by-folder", title: `{{item}}: ${first}`, instructions, forEach: shards };
  return [...[first, ...others].map(lookUp), ...(shards.length < 2 ? [] : [byFolder])];
}

function lookUp(question: string): Work {
  return { id: question, title: question, instructions: question };
}

function eachPlan({ task, documents }: PlannerBrief, folder: string | undefined): Work[] | undefined {
  const each = readEach(task);
  if (each === undefined) return undefined;
  const aspects = each.aspects.length > 0 ? each.aspects : [PURPOSE];
  if (each.items.length > 0) return [rows("each", each.items, aspects)];
  // "How do I validate each file?" asks for a way, not for a table of files.
  const chosen = HOW_TO.test(task) || documents === undefined ? undefined : documentsFor(each.noun, documents);
  if (chosen === undefined || Array.isArray(chosen)) return chosen && [rows(`each-${each.noun}`, chosen, aspects)];
  const below = folder === undefined ? chosen : { ...chosen, documents: `**/${folder}/${chosen.documents}` };
  // The file in each folder that says most of it.
  const manifest = chosen.as === "folder" ? ` Begin with {{item}}/${chosen.documents.split("/").at(-1)} .` : "";
  return [rows(`each-${each.noun}`, below, aspects, manifest)];
}

function rows(id: string, forEach: Chosen, aspects: readonly Aspect[], begin = ""): Work {
  const asked = aspects.map(({ title }) => title.charAt(0).toLowerCase() + title.slice(1)).join("; ");
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
  const names = Map.groupBy(
    paths.filter((path) => path.includes("/")),
    (path) => path.slice(path.lastIndexOf("/")),
  );
  const ranked = [...names.values()]
    .map((some) => some.map((path) => path.slice(0, path.lastIndexOf("/"))))
    .map((folders) => folders.filter((one) => !folders.some((other) => one.startsWith(`${other}/`))))
    .filter(({ length }) => length > 1)
    .map((folders) => ({ folders, held: paths.filter((path) => folders.some((one) => isWithin(path, one))).length }))
    .sort((one, other) => other.held - one.held || other.folders.length - one.folders.length);
  return (ranked[0]?.folders ?? []).sort();
}

function proseGlob(paths: readonly string[]): string {
  const [only = "*", ...others] = [...new Set(paths.flatMap((path) => PROSE.exec(path)?.[0].slice(1) ?? []))].sort();
  return others.length > 0 ? `**/*.{${[only, ...others].join(",")}}` : only === "*" ? "**/*" : `**/*.${only}`;
}

/** By aspects, a row for each thing; how two things differ is a question like any other. */
function comparisonPlan(task: string): Work[] | undefined {
  const comparison = readComparison(task);
  if (comparison === undefined || comparison.aspects.length === 0) return undefined;
  const others = questionsIn(task).filter((question) => readComparison(question) === undefined);
  const table = rows("thing", comparison.items, comparison.aspects);
  return questionsIn(task).length === 1 ? [table] : [table, ...others.map(lookUp)];
}

function summaryPlan({ task, documents, maxSubtasks }: PlannerBrief): Work[] | undefined {
  const files = documents?.files ?? 0;
  if (documents === undefined || files < 2 || !asksSummary(task) || questionsIn(task).length > 1) return undefined;
  const most = Math.min(MOST_SUMMARISED, maxSubtasks);
  const paths = documents.sample.map(({ path }) => path);
  const central = paths.filter((path) => PROSE.test(path) && !BESIDE_THE_POINT.test(path)).slice(0, most);
  if (central.length === 0) return undefined;
  const isAllKnown = paths.length >= files || files > most;
  const forEach: Chosen = isAllKnown ? central : { documents: proseGlob(paths), as: "file" };
  const points = files <= 2 ? 6 : files <= 6 ? 4 : files <= 15 ? 3 : 2;
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
  const isAble = agents.some(({ tools }) => LOOKING_TOOLS.every((tool) => tools.includes(tool)));
  const words = stemSet(work.title);
  const offered = [...new Set(agents.flatMap(({ skills }) => skills))];
  const named = offered.filter((skill) => [...stemSet(skill.replaceAll("-", " "))].some((one) => words.has(one)));
  const skills = [...new Set([...offered.filter((skill) => USUAL_SKILLS.includes(skill)), ...named])].slice(0, 3);
  const tools = documents !== undefined && isAble ? { tools: LOOKING_TOOLS } : {};
  const title = oneLine(work.title).slice(0, 300);
  return { ...work, id: freeId(work.id, ids), title, skills, dependsOn: [], ...tools };
}

function freeId(text: string, taken: Set<string>): string {
  const words =
    text
      .toLowerCase()
      .normalize("NFKD")
      .match(/[a-z0-9]+/g) ?? [];
  const slug = words.join("-");
  const base = (slug.length <= 40 ? slug : slug.slice(0, 40).replace(/-[^-]*$/, "")) || "question";
  let id = base;
  for (let at = 2; taken.has(id); at += 1) id = `${base}-${at}`;
  taken.add(id);
  return id;
}

/** A row: the item, and for each aspect what was found with its citation, or null. */
function rowSchema(aspects: readonly Aspect[]): Record<string, unknown> {
  const object = (properties: Record<string, unknown>): Record<string, unknown> => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const cell = object({
    value: { type: "string", description: "the answer, short" },
    citation: { type: "string", description: 'the place that says so: "quoted words" [path:line]' },
  });
  const columns = aspects.map(({ key, title }): [string, unknown] => [
    keyOf(key) === "item" ? "item_" : key,
    { title, anyOf: [cell, { type: "null" }] },
  ]);
  return object({ item: { type: "string" }, ...Object.fromEntries(columns) });
}
