/**
 * What an agent does next: look (tool calls, several in one turn) or answer. Two to four turns: open, read on where something
 * is missing, answer.
 */
import { briefOf, type Brief } from "./brief.ts";
import type { AgentConversation } from "./conversation.ts";
import { knownAspect } from "./known-aspects.ts";
import { findAspect } from "./aspect-finding.ts";
import { materialOf } from "./material.ts";
import { openingCalls } from "./opening-turn.ts";
import { namedFolders, onlyManifest, ownFiles, ownFolder, ownPages } from "./own-folder.ts";
import { readQuestion } from "./question.ts";
import { rankUnits } from "./ranking.ts";
import { isWithin, readDocuments, type ReadDocument } from "./reading.ts";
import { aspectsIn } from "./schema-filling.ts";
import { listingIn, passagesIn } from "./tool-reply.ts";
import {
  isManifest,
  keyWords,
  LIST,
  MANIFEST_LINES,
  opening,
  READ,
  read,
  search,
  type ToolRequest,
} from "./tool-requests.ts";

const MOST_TURNS = 3;
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

/** A manifest that did not fit into one answer is read to its end. */
function readToTheEnd(conversation: AgentConversation): ToolRequest[] {
  return conversation.exchanges.flatMap(({ tool, args, reply }) => {
    const next = tool === READ ? /go on with from_line (\d+)\]$/.exec(reply)?.[1] : undefined;
    const path = typeof args.path === "string" ? args.path : "";
    return next === undefined || !isManifest(path) ? [] : [read(path, Number(next), MANIFEST_LINES)];
  });
}

function followingCalls(brief: Brief, conversation: AgentConversation): ToolRequest[] {
  return [...readToTheEnd(conversation), ...furtherCalls(brief, conversation)];
}

function furtherCalls(brief: Brief, conversation: AgentConversation): ToolRequest[] {
  const documents = readDocuments(conversation.exchanges.flatMap((exchange) => passagesIn(exchange.reply)));
  const isRereading = conversation.turns > 1;
  if (conversation.schema !== undefined && brief.scope !== undefined)
    return isRereading ? [] : missingReads({ brief, conversation, documents, schema: conversation.schema });
  if (documents.length === 0)
    return isRereading ? [] : [...lookAtNamed(brief, conversation), ...broaderSearches(brief)];
  return isRereading ? [] : [...lookAtNamed(brief, conversation), ...readingOn(brief, documents)];
}

/** The manifest and README of the subject's folder, or files called as it is; for a question, its words within that folder. */
function lookAtNamed(brief: Brief, conversation: AgentConversation): ToolRequest[] {
  if (brief.scope !== undefined) return [];
  const paths = listedPaths(conversation);
  if (brief.subject !== undefined && conversation.schema !== undefined) {
    const folder = ownFolder(brief.subject, paths);
    const pages = folder === undefined ? ownFiles(brief.subject, paths) : ownPages(folder, paths);
    const aspects = folder === undefined ? [] : aspectsIn(conversation.schema).slice(0, 4);
    return [
      ...pages.slice(0, 3).map((path) => opening(path)),
      ...aspects.filter((aspect) => knownAspect(aspect) === undefined).map((aspect) => search(aspect, 6, folder)),
    ];
  }
  const named = namedFolders(brief.question, paths);
  const only = named.length === 0 && knownAspect(brief.question) !== undefined ? onlyManifest(paths) : undefined;
  if (only !== undefined) return [opening(only)];
  return named.slice(0, 3).flatMap(({ name, folder }) => [
    ...ownPages(folder, paths)
      .slice(0, 2)
      .map((path) => opening(path)),
    search(keyWords(brief.question.replace(name, " ")), 12, folder),
  ]);
}

/** Paths that `list_documents` has shown so far. Pure. */
export function listedPaths(conversation: AgentConversation): string[] {
  return conversation.exchanges
    .filter((exchange) => exchange.tool === LIST)
    .flatMap((exchange) => listingIn(exchange.reply))
    .map(({ path }) => path);
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
  const listed = listedPaths(conversation);
  const wanted = missing.some((aspect) => /licen/i.test(aspect))
    ? /(?:^|\/)(?:readme|licen[cs]e|copying)[^/]*$/i
    : /(?:^|\/)(?:readme|index|skill|overview)[^/]*$/i;
  const paths = listed.filter(
    (path) => isWithin(path, scope) && wanted.test(path) && !/\.(?:[cm]?[jt]s|json|map)$/i.test(path),
  );
  const reads = paths.slice(0, 3).map((path) => opening(path));
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

function keyOf(tool: string, args: Record<string, unknown>): string {
  return `${tool} ${JSON.stringify(Object.entries(args).sort(([one], [other]) => (one < other ? -1 : 1)))}`;
}
