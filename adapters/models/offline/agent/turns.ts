/**
 * What an agent does next: look (tool calls, several in one turn) or answer. Two to four turns: open, read on where something
 * is missing, answer.
 */
import { briefOf, type Brief } from "./brief.ts";
import type { AgentConversation } from "./conversation.ts";
import { knownAspect } from "./known-aspects.ts";
import { findAspect } from "./aspect-finding.ts";
import { materialOf } from "./material.ts";
import { readQuestion } from "./question.ts";
import { rankUnits } from "./ranking.ts";
import { isWithin, readDocuments, type ReadDocument } from "./reading.ts";
import { aspectsIn } from "./schema-filling.ts";
import { listingIn, passagesIn } from "./tool-reply.ts";

export interface ToolRequest {
  tool: string;
  args: Record<string, string | number>;
}

export const SEARCH = "search_documents";
export const READ = "read_document";
export const LIST = "list_documents";

const MOST_TURNS = 3;
const OPENING_LINES = 160;
const AROUND = { before: 40, count: 120 };
const READ_ON_PLACES = 4;
const GOOD_COVERAGE = 0.5;

/** The calls of the next turn; none means: answer now. Pure. */
export function nextCalls(conversation: AgentConversation, tools: ReadonlySet<string>): ToolRequest[] {
  const brief = briefOf(conversation);
  if (
    conversation.isLastStep ||
    conversation.refusals.length > 0 ||
    conversation.turns >= MOST_TURNS ||
    brief.mergesInputs
  )
    return [];
  const wanted = conversation.turns === 0 ? openingCalls(brief, conversation) : followingCalls(brief, conversation);
  const asked = new Set(conversation.exchanges.map((exchange) => keyOf(exchange.tool, exchange.args)));
  const calls: ToolRequest[] = [];
  for (const call of wanted) {
    const key = keyOf(call.tool, call.args);
    if (!tools.has(call.tool) || asked.has(key)) continue;
    asked.add(key);
    calls.push(call);
  }
  return calls;
}

function openingCalls(brief: Brief, conversation: AgentConversation): ToolRequest[] {
  const reads = brief.reads.map((path) => read(path, 1, OPENING_LINES));
  const aspects = conversation.schema === undefined ? [] : aspectsIn(conversation.schema);
  if (brief.scope !== undefined && aspects.length > 0) {
    const prose = aspects.filter((aspect) => knownAspect(aspect) === undefined);
    return [
      ...reads,
      ...(reads.length === 0 || !reads[0]?.args.path?.toString().endsWith(brief.scope)
        ? [list(`${brief.scope}/*`, 40)]
        : []),
      ...prose.slice(0, 3).map((aspect) => search(aspect, 6, brief.scope)),
    ];
  }
  if (aspects.length > 0) {
    const subject = brief.subject ?? "";
    const named = subject === "" ? [] : [list(subject.replace(/\s+/g, "-"), 20)];
    return [
      ...reads,
      ...named,
      ...aspects.slice(0, 5).map((aspect) => search(`${subject} ${keyWords(aspect)}`.trim(), 6)),
      ...(subject === "" ? [] : [search(`what is ${subject}`, 6)]),
    ];
  }
  const query = keyWords(
    `${brief.question}${brief.subject === undefined || brief.question.includes(brief.subject) ? "" : ` ${brief.subject}`}`,
  );
  const names = nameWords(brief.question);
  return [
    ...reads,
    search(query, 20, brief.scope),
    ...(names === "" || names === query ? [] : [search(names, 16, brief.scope)]),
  ];
}

function followingCalls(brief: Brief, conversation: AgentConversation): ToolRequest[] {
  const documents = readDocuments(conversation.exchanges.flatMap((exchange) => passagesIn(exchange.reply)));
  const isRereading = conversation.turns > 1;
  if (conversation.schema !== undefined && brief.scope !== undefined)
    return isRereading ? [] : missingReads({ brief, conversation, documents, schema: conversation.schema });
  if (documents.length === 0) return isRereading ? [] : broaderSearches(brief);
  return isRereading ? [] : [...ownPages(brief, conversation), ...readingOn(brief, documents)];
}

/** Files called as the subject is, and the manifest and README of a folder called so. */
function ownPages(brief: Brief, conversation: AgentConversation): ToolRequest[] {
  const name = brief.subject?.toLowerCase().replace(/\s+/g, "-");
  if (name === undefined || brief.scope !== undefined) return [];
  const listed = conversation.exchanges
    .filter((exchange) => exchange.tool === LIST)
    .flatMap((exchange) => listingIn(exchange.reply));
  const isOwn = (path: string): boolean => {
    const [file = "", folder = ""] = path.toLowerCase().split("/").reverse();
    return (
      file.replace(/\.\w+$/, "") === name || (folder === name && /^(?:readme|index|package|cargo|skill)\b/.test(file))
    );
  };
  return listed
    .filter(({ path }) => isOwn(path))
    .slice(0, 3)
    .map(({ path }) => read(path, 1, OPENING_LINES));
}

/** README and licence file, where the manifest has not said it all. */
function missingReads(facts: {
  brief: Brief;
  conversation: AgentConversation;
  documents: readonly ReadDocument[];
  schema: Record<string, unknown>;
}): ToolRequest[] {
  const { brief, conversation } = facts;
  const scope = brief.scope as string;
  const material = materialOf(facts.documents, scope);
  const missing = aspectsIn(facts.schema).filter(
    (aspect) =>
      knownAspect(aspect)?.manifestOnly !== true && findAspect(aspect, brief.subject ?? scope, material) === undefined,
  );
  if (missing.length === 0) return [];
  const listed = conversation.exchanges
    .filter((exchange) => exchange.tool === LIST)
    .flatMap((exchange) => listingIn(exchange.reply));
  const wanted = missing.some((aspect) => /licen/i.test(aspect))
    ? /(?:^|\/)(?:readme|licen[cs]e|copying)[^/]*$/i
    : /(?:^|\/)(?:readme|index|skill|overview)[^/]*$/i;
  const paths = listed
    .map(({ path }) => path)
    .filter((path) => isWithin(path, scope) && wanted.test(path) && !/\.(?:[cm]?[jt]s|json|map)$/i.test(path));
  const reads = paths.slice(0, 3).map((path) => read(path, 1, OPENING_LINES));
  return reads.length > 0 ? reads : missing.slice(0, 2).map((aspect) => search(keyWords(aspect), 5, scope));
}

/** The surroundings of the best places, so that lists and code that belong to them are seen. */
function readingOn(brief: Brief, documents: readonly ReadDocument[]): ToolRequest[] {
  const { units } = materialOf(documents, brief.scope);
  const ranked = rankUnits(units, readQuestion(brief.question));
  const calls: ToolRequest[] = [];
  for (const { unit, score } of ranked.slice(0, 12)) {
    const line = unit.pieces[0]?.line ?? 1;
    const isNear = calls.some(
      (call) =>
        call.args.path === unit.path && Math.abs(Number(call.args.from_line) + AROUND.before - line) < AROUND.before,
    );
    if (score > 0 && !isNear && calls.length < READ_ON_PLACES)
      calls.push(read(unit.path, Math.max(1, line - AROUND.before), AROUND.count));
  }
  const isWeak = (ranked[0]?.coverage ?? 0) < GOOD_COVERAGE;
  return isWeak ? [...calls, ...broaderSearches(brief)] : calls;
}

/** The same question by its rarest words and by what documents may call them. */
function broaderSearches(brief: Brief): ToolRequest[] {
  const { terms } = readQuestion(brief.question);
  const heavy = [...terms].sort((one, other) => other.weight - one.weight).slice(0, 3);
  const related = heavy.flatMap((term) => term.synonyms.slice(0, 2));
  const queries = [
    heavy.map((term) => term.stem).join(" "),
    [...heavy.slice(0, 1).map((term) => term.stem), ...related].join(" "),
    brief.subject ?? "",
  ];
  return queries.filter((query) => query.trim() !== "").map((query) => search(query, 8, brief.scope));
}

/** A question without its small words, for the index. */
function keyWords(text: string): string {
  const terms = readQuestion(text).terms.filter((term) => term.weight > 0.4);
  const words = text
    .split(/\s+/)
    .filter((word) => terms.some((term) => readQuestion(word).terms.some((own) => own.stem === term.stem)));
  return (words.length > 0 ? words : [text])
    .join(" ")
    .replace(/[?!.,;:]+(?=\s|$)/g, "")
    .slice(0, 300);
}

/** Names, identifiers and quoted words alone. */
function nameWords(text: string): string {
  const names = new Set(
    readQuestion(text)
      .terms.filter((term) => term.weight > 1)
      .map((term) => term.stem),
  );
  return text
    .split(/\s+/)
    .filter((word) => readQuestion(`x ${word}`).terms.some((term) => names.has(term.stem)))
    .join(" ")
    .replace(/[?!.,;:]+(?=\s|$)/g, "")
    .slice(0, 200);
}

function search(query: string, limit: number, path?: string): ToolRequest {
  return { tool: SEARCH, args: path === undefined ? { query, limit } : { query, limit, path } };
}

function read(path: string, fromLine: number, lineCount: number): ToolRequest {
  return { tool: READ, args: { path, from_line: fromLine, line_count: lineCount } };
}

function list(pattern: string, limit: number): ToolRequest {
  return { tool: LIST, args: { pattern, limit } };
}

function keyOf(tool: string, args: Record<string, unknown>): string {
  return `${tool} ${JSON.stringify(Object.entries(args).sort(([one], [other]) => (one < other ? -1 : 1)))}`;
}
