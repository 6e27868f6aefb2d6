/**
 * Fills a JSON Schema from the material: each property is an aspect, asked by its title, description or name. What is not
 * stated becomes null where the schema allows it, is left out where it may be, and is a reason to refuse where it may not.
 */
import { NOT_FOUND } from "../../../../engine/policy/prompts/agent-prompt.ts";
import type { Pace } from "../pace.ts";
import { answerFrom } from "../reader/answer.ts";
import { isWithin } from "../reader/documents.ts";
import { statedBy, type Fact, type Finding } from "../reader/facts.ts";
import { readQuestion } from "../reader/question.ts";
import { quoted } from "../reader/quoting.ts";
import type { Unit } from "../reader/units.ts";
import { stemSet } from "../reader/words.ts";
import { wordsOfKey } from "./task.ts";

type Schema = Readonly<Record<string, unknown>>;

interface Filling {
  units: readonly Unit[];
  facts: readonly Fact[];
  /** The file or folder that it is, or those that are called so. */
  scope: { only: string | undefined; folders: readonly string[] };
  pace: Pace;
  item: string | undefined;
  /** What was said of an earlier result: properties that it names may be left out. */
  refused: string;
}

const CITATION = /^(?:citations?|sources?|evidence|quotes?|references?|places?)$/i;
const VALUE = /^(?:value|answer|text|result|content|summary)$/i;
const ITEM = /^(?:item|id|name|subject|key|folder|file|path)$/i;
/** Asked of a thing: what it is for. */
export const PURPOSE =
  /\bwhat(?:'s| is| are| does| do)? (?:it |they )?(?:for|do|is it for|does it do)\b|\bwhat (?:is it|it is|it does)\b|\bpurpose\b|\bdescription\b|\bused for\b|^what (?:is|are) \S+( for)?\?$/i;
const USAGE = /^(?:how (?:is it|it is|to) used?|usage|how to use(?: it)?|examples?)$/i;
const MOST_CODE_LINES = 8;

export function aspectsOf(schema: Schema): string[] {
  const properties = Object.entries(propertiesOf(branchOf(schema)));
  return properties
    .filter(([name]) => !ITEM.test(name) && !CITATION.test(name))
    .map(([name, property]) => askedBy(name, property));
}

/** The filled object as JSON; or the agent's word that it is not there. */
export async function filledText(given: Schema, filling: Filling): Promise<string> {
  const schema = branchOf(given);
  const required = new Set(Array.isArray(schema["required"]) ? (schema["required"] as unknown[]) : []);
  const named = new Set(filling.refused.match(/[\w$-]+/g));
  const filled: Record<string, unknown> = {};
  const used = new Map<Unit | Finding, string>();
  const properties = Object.entries(propertiesOf(schema));
  for (const [name, property] of properties) {
    if (CITATION.test(name) || (named.has(name) && !required.has(name))) continue;
    const isItem = ITEM.test(name) && filling.item !== undefined;
    const value = isItem ? filling.item : await valueOf(property, askedBy(name, property), { filling, used });
    if (value !== undefined) filled[name] = value;
    else if (required.has(name)) return `${NOT_FOUND} what was read does not state ${askedBy(name, property)}.`;
  }
  const citations = [...used.values()];
  for (const [name, property] of properties)
    if (CITATION.test(name)) filled[name] = typeOf(branchOf(property)) === "array" ? citations : citations.join(" ");
  return JSON.stringify(filled);
}

/** Null or nothing where it is not stated and the schema allows that; undefined where it does not. `used`: with its citation. */
async function valueOf(
  property: Schema,
  asked: string,
  { filling, used }: { filling: Filling; used: Map<Unit | Finding, string> },
): Promise<unknown> {
  const branch = branchOf(property);
  if (branch["const"] !== undefined) return branch["const"];
  const finding = await findAspect(asked, filling, used);
  const value = finding === undefined ? undefined : shaped(branch, finding);
  if (finding !== undefined && value !== undefined) used.set(finding.unit ?? finding, finding.citation);
  if (value !== undefined || !allowsNull(property))
    return value ?? (typeOf(branch) === "array" && branch["minItems"] === undefined ? [] : undefined);
  return null;
}

/** One aspect of one thing: from its data where a key states it, else from prose. What nobody states stays undefined. */
async function findAspect(
  asked: string,
  filling: Filling,
  used: ReadonlyMap<unknown, string>,
): Promise<Finding | undefined> {
  const { scope, item = "", pace } = filling;
  const place = scope.only ?? scope.folders[0];
  const isOwn = (path: string): boolean => place === undefined || isWithin(path, place);
  const facts = filling.facts.filter(({ piece }) => isOwn(piece.path));
  const units = filling.units.filter((unit) => isOwn(unit.path) && !used.has(unit));
  const isPurpose = PURPOSE.test(asked);
  const subject = item.split("/").at(-1) ?? "";
  const stated =
    place === undefined ? undefined : statedBy(facts, readQuestion(isPurpose ? "description" : asked), subject);
  if (stated !== undefined) return stated;
  const question = readQuestion(place === undefined ? `${asked} ${subject}` : asked);
  const [term] = question.terms;
  // A file that is called as what is asked (LICENSE, AUTHORS) says it in its first line.
  const called = (path: string): boolean =>
    [...stemSet((path.split("/").at(-1) ?? "").split(".")[0] ?? "")].every(
      (stem) => stem === term?.stem || term?.synonyms.includes(stem),
    );
  if (isPurpose && place !== undefined)
    return findingOf(units.find(({ kind, text }) => kind === "prose" && text.split(/\s+/).length > 4));
  if (USAGE.test(asked)) return findingOf(usageIn(units));
  if (place !== undefined && question.terms.length === 1 && units.some(({ path }) => called(path)))
    return findingOf(units.find(({ path }) => called(path)));
  if (question.kind !== "why" && question.terms.every(({ weight }) => weight < 0.3)) return undefined;
  const answer = await answerFrom(units, question, pace);
  return findingOf(answer?.isSure === true ? answer.unit : undefined);
}

function findingOf(unit: Unit | undefined): Finding | undefined {
  if (unit === undefined) return undefined;
  return { value: unit.text.replace(/\s+/g, " ").replace(/\*\*|`/g, ""), citation: quoted(unit.pieces, "cell"), unit };
}

function usageIn(units: readonly Unit[]): Unit | undefined {
  const code = units.filter(({ kind }) => kind === "code");
  const shows = ({ headings, label }: Unit): boolean =>
    /\b(?:usage|examples?|quick ?start|getting started|synopsis)\b/i.test(`${headings.at(-1)} ${label}`);
  const chosen = code.find(shows) ?? code[0];
  const pieces = chosen?.pieces.slice(0, MOST_CODE_LINES) ?? [];
  return chosen && { ...chosen, pieces, text: pieces.map(({ text }) => text).join(" ") };
}

/** Undefined where what was found has no such shape. */
function shaped(schema: Schema, finding: Finding): unknown {
  const { value } = finding;
  if (Array.isArray(schema["enum"]))
    return (schema["enum"] as unknown[]).find(
      (one) => typeof one === "string" && [...stemSet(one)].every((stem) => stemSet(value).has(stem)),
    );
  switch (typeOf(schema)) {
    case "number":
    case "integer": {
      const number = Number(/-?\d+(?:[,_]\d{3})*(?:\.\d+)?/.exec(value)?.[0].replace(/[,_]/g, "") ?? NaN);
      return Number.isNaN(number) || (typeOf(schema) === "integer" && !Number.isInteger(number)) ? undefined : number;
    }
    case "boolean":
      return value !== "false" && !/\b(?:not|no|never|cannot|isn't|doesn't|without)\b/i.test(value);
    case "array":
      return [shaped(branchOf(schemaOf(schema["items"])), finding)].filter((one) => one !== undefined);
    case "object": {
      const names = Object.keys(propertiesOf(schema));
      const known = names.filter((name) => CITATION.test(name) || VALUE.test(name));
      const pairs = known.map((name) => [name, CITATION.test(name) ? finding.citation : value]);
      return known.length === names.length && names.length > 0 ? Object.fromEntries(pairs) : undefined;
    }
    default:
      return shapedText(schema, finding);
  }
}

function shapedText({ maxLength, pattern, format }: Schema, { value, citation, unit }: Finding): string | undefined {
  const isBound = maxLength !== undefined || pattern !== undefined || format !== undefined || unit === undefined;
  const text = isBound ? value.slice(0, typeof maxLength === "number" ? maxLength : undefined).trimEnd() : citation;
  try {
    return typeof pattern === "string" ? new RegExp(pattern, "u").exec(text)?.[0] : text;
  } catch {
    return text;
  }
}

function askedBy(name: string, property: Schema): string {
  const branch = branchOf(property);
  const title = property["title"] ?? branch["title"] ?? property["description"] ?? branch["description"];
  return typeof title === "string" && title.trim() !== "" ? title : wordsOfKey(name);
}

/** The branch of `anyOf`/`oneOf` that is not null, else the schema itself. */
function branchOf(schema: Schema): Schema {
  return branchesOf(schema).find(({ type }) => type !== "null") ?? schema;
}

function branchesOf(schema: Schema): Schema[] {
  return (([schema["anyOf"], schema["oneOf"]].find(Array.isArray) ?? []) as unknown[]).map(schemaOf);
}

function typeOf({ type, properties }: Schema): string {
  const named = Array.isArray(type) ? (type as unknown[]).find((one) => one !== "null") : type;
  return typeof named === "string" ? named : properties === undefined ? "string" : "object";
}

function allowsNull(schema: Schema): boolean {
  return [schema, ...branchesOf(schema)].some(
    ({ type }) => type === "null" || (Array.isArray(type) && type.includes("null")),
  );
}

function propertiesOf({ properties }: Schema): Record<string, Schema> {
  return schemaOf(properties) as Record<string, Schema>;
}

function schemaOf(value: unknown): Schema {
  return typeof value === "object" && value !== null ? (value as Schema) : {};
}
