/**
 * Fills a JSON Schema from the material: each property is an aspect, asked by its title, description or name. What is not
 * stated becomes null where the schema allows it, is left out where it may be, and is a reason to refuse where it may not.
 */
import { NOT_FOUND } from "../../../../engine/policy/prompts/agent-prompt.ts";
import type { Answer } from "../reader/answer.ts";
import type { Unit } from "../reader/units.ts";
import { stemSet } from "../reader/words.ts";
import { aspectIn, type Material } from "./material.ts";
import { wordsOfKey } from "./task.ts";

type Schema = Readonly<Record<string, unknown>>;

export interface Filling {
  material: Material;
  /** What it is filled for, and the file or folder that it is, or that is called so. */
  item: string;
  folder: string | undefined;
  /** What was said of an earlier result: properties that it names may be left out. */
  refused: string;
}

const CITATION = /^(?:citations?|sources?|evidence|quotes?|references?|places?)$/i;
const VALUE = /^(?:value|answer|text|result|content|summary)$/i;
const ITEM = /^(?:item|id|name|subject|key|folder|file|path)$/i;

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
  const found: Answer[] = [];
  const properties = Object.entries(propertiesOf(schema));
  for (const [name, property] of properties) {
    if (CITATION.test(name) || (named.has(name) && !required.has(name))) continue;
    const isItem = ITEM.test(name) && filling.item !== "";
    const value = isItem ? filling.item : await valueOf(property, askedBy(name, property), { filling, found });
    if (value !== undefined) filled[name] = value;
    else if (required.has(name)) return `${NOT_FOUND} what was read does not state ${askedBy(name, property)}.`;
  }
  const citations = [...new Set(found.map(({ citation }) => citation))];
  for (const [name, property] of properties)
    if (CITATION.test(name)) filled[name] = typeOf(branchOf(property)) === "array" ? citations : citations.join(" ");
  return JSON.stringify(filled);
}

/** Null or nothing where it is not stated and the schema allows that; undefined where it does not. `found`: for other properties. */
async function valueOf(
  property: Schema,
  asked: string,
  { filling, found }: { filling: Filling; found: Answer[] },
): Promise<unknown> {
  const branch = branchOf(property);
  if (branch["const"] !== undefined) return branch["const"];
  const { material } = filling;
  const told = new Set<Unit | undefined>(found.map(({ unit }) => unit));
  const units = material.units.filter((unit) => !told.has(unit));
  const answer = await aspectIn({ ...material, units }, asked, filling);
  const value = answer?.isSure === true ? shaped(branch, answer) : undefined;
  if (answer !== undefined && value !== undefined) found.push(answer);
  if (value !== undefined || !allowsNull(property))
    return value ?? (typeOf(branch) === "array" && branch["minItems"] === undefined ? [] : undefined);
  return null;
}

/** Undefined where what was found has no such shape. */
function shaped(schema: Schema, answer: Answer): unknown {
  const { value } = answer;
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
      return [shaped(branchOf(schemaOf(schema["items"])), answer)].filter((one) => one !== undefined);
    case "object": {
      const names = Object.keys(propertiesOf(schema));
      const areKnown = names.length > 0 && names.every((name) => CITATION.test(name) || VALUE.test(name));
      const pairs = names.map((name) => [name, CITATION.test(name) ? answer.citation : value]);
      return areKnown ? Object.fromEntries(pairs) : undefined;
    }
    default:
      return shapedText(schema, answer);
  }
}

function shapedText({ maxLength, pattern, format }: Schema, { value, citation, unit }: Answer): string | undefined {
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
