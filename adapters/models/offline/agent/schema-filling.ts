/**
 * Fills a JSON Schema from the material: each property is an aspect, asked by its title, description or name. What is not
 * stated becomes null where the schema allows it, is left out where it may be, and is a reason to refuse where it may not.
 */
import { findAspect, type Finding } from "./aspect-finding.ts";
import { answerText } from "./text-answer.ts";
import type { Material } from "./material.ts";
import type { Unit } from "./units.ts";

export type Schema = Readonly<Record<string, unknown>>;
export type Filled = { kind: "value"; value: unknown; found: boolean } | { kind: "missing"; what: string };

export interface FillingFacts {
  material: Material;
  subject: string;
  item: string | undefined;
  question: string;
  /** Properties that were refused in an earlier answer. */
  refused: ReadonlySet<string>;
}

/** What other properties of the object have said: a sentence answers one of them. */
interface Told {
  citations: string[];
  used: Set<Unit>;
}

const CITATION_NAME = /^(?:citations?|sources?|evidence|quotes?|references?|places?)$/i;
const VALUE_NAME = /^(?:value|answer|text|result|content|summary)$/i;
const ITEM_NAME = /^(?:item|id|name|subject|key|folder|file|path)$/i;

/** The filled object, or what it lacks. `found` tells whether anything but the item was stated. Pure. */
export function fillSchema(schema: Schema, facts: FillingFacts): Filled {
  const branch = concrete(schema);
  if (typeOf(branch) === "object") return fillObject(branch, facts);
  return fillAspect(branch, facts.question, facts);
}

/** The aspects that a schema asks for, one for each property that material has to state. Pure. */
export function aspectsIn(schema: Schema): string[] {
  const branch = concrete(schema);
  return Object.entries(propertiesOf(branch))
    .filter(([name]) => !ITEM_NAME.test(name) && !CITATION_NAME.test(name))
    .map(([name, property]) => askedBy(name, property));
}

function fillObject(schema: Schema, facts: FillingFacts): Filled {
  const required = new Set(Array.isArray(schema.required) ? (schema.required as unknown[]) : []);
  const filled: Record<string, unknown> = {};
  const citations: string[] = [];
  const used = new Set<Unit>();
  let found = false;
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    if (CITATION_NAME.test(name) || (facts.refused.has(name) && !required.has(name))) continue;
    const isItem = ITEM_NAME.test(name) && facts.item !== undefined && acceptsText(property);
    const value: Filled = isItem
      ? { kind: "value", value: facts.item, found: false }
      : fillAspect(property, askedBy(name, property), facts, { citations, used });
    if (value.kind === "value") {
      filled[name] = value.value;
      found ||= value.found;
    } else if (required.has(name)) return value;
  }
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    if (CITATION_NAME.test(name))
      filled[name] = typeOf(concrete(property)) === "array" ? citations : citations.join(" ");
  }
  return { kind: "value", value: filled, found };
}

function fillAspect(
  property: Schema,
  asked: string,
  facts: FillingFacts,
  told: Told = { citations: [], used: new Set() },
): Filled {
  const branch = concrete(property);
  if (branch.const !== undefined) return { kind: "value", value: branch.const, found: false };
  const finding = findAspect(asked, facts.subject, {
    ...facts.material,
    units: facts.material.units.filter((unit) => !told.used.has(unit)),
  });
  if (finding !== undefined) told.citations.push(finding.citation);
  if (finding?.unit !== undefined) told.used.add(finding.unit);
  const value = finding === undefined ? undefined : shaped(branch, finding, { asked, facts });
  if (value !== undefined) return { kind: "value", value, found: true };
  if (allowsNull(property)) return { kind: "value", value: null, found: false };
  return typeOf(branch) === "array" && branch.minItems === undefined
    ? { kind: "value", value: [], found: false }
    : { kind: "missing", what: asked };
}

function shaped(schema: Schema, finding: Finding, about: { asked: string; facts: FillingFacts }): unknown {
  if (Array.isArray(schema.enum))
    return (schema.enum as unknown[]).find(
      (one) => typeof one === "string" && new RegExp(`\\b${escaped(one)}\\b`, "i").test(finding.value),
    );
  switch (typeOf(schema)) {
    case "number":
    case "integer":
      return numberIn(finding.value, typeOf(schema) === "integer");
    case "boolean":
      return finding.value === "true"
        ? true
        : finding.value === "false"
          ? false
          : !/\b(?:not|no|never|cannot|isn't|doesn't|without)\b/i.test(finding.value);
    case "array":
      return [shaped(concrete(asSchema(schema.items)), finding, about)].filter((one) => one !== undefined);
    case "object":
      return citedObject(schema, finding);
    default:
      return shapedText(schema, finding, about);
  }
}

/** `{ value, citation }` by the names of the properties; undefined where the schema wants more than that. */
function citedObject(schema: Schema, finding: Finding): unknown {
  const filled: Record<string, unknown> = {};
  const required = Array.isArray(schema.required) ? (schema.required as unknown[]) : [];
  for (const name of Object.keys(propertiesOf(schema))) {
    if (CITATION_NAME.test(name)) filled[name] = finding.citation;
    else if (VALUE_NAME.test(name)) filled[name] = finding.value;
  }
  return required.every((name) => typeof name === "string" && name in filled) && Object.keys(filled).length > 0
    ? filled
    : undefined;
}

function shapedText(
  schema: Schema,
  finding: Finding,
  about: { asked: string; facts: FillingFacts },
): string | undefined {
  const limit = typeof schema.maxLength === "number" ? schema.maxLength : undefined;
  const pattern = typeof schema.pattern === "string" ? safePattern(schema.pattern) : undefined;
  const isBound =
    limit !== undefined || pattern !== undefined || schema.format !== undefined || finding.source === "key";
  const whole = isBound
    ? finding.value
    : (answerText(`${about.asked} ${about.facts.subject}`, about.facts.material.units)?.text ?? finding.citation);
  const text = limit === undefined ? whole : whole.slice(0, limit).trimEnd();
  return pattern === undefined || pattern.test(text) ? text : pattern.exec(whole)?.[0];
}

function numberIn(text: string, isWhole: boolean): number | undefined {
  const written = /-?\d+(?:[,_]\d{3})*(?:\.\d+)?/.exec(text)?.[0].replace(/[,_]/g, "");
  const number = written === undefined ? Number.NaN : Number(written);
  return Number.isNaN(number) || (isWhole && !Number.isInteger(number)) ? undefined : number;
}

function askedBy(name: string, property: Schema): string {
  const branch = concrete(property);
  const title = property.title ?? branch.title ?? property.description ?? branch.description;
  return typeof title === "string" && title.trim() !== ""
    ? title
    : name
        .replace(/([a-z])([A-Z])/g, "$1 $2")
        .replace(/[_-]+/g, " ")
        .toLowerCase();
}

/** The branch of `anyOf`/`oneOf` that is not null, else the schema itself. */
function concrete(schema: Schema): Schema {
  const branches = [schema.anyOf, schema.oneOf].find(Array.isArray) as unknown[] | undefined;
  const chosen = branches?.map(asSchema).find((branch) => branch.type !== "null");
  return chosen ?? schema;
}

function typeOf(schema: Schema): string {
  const { type } = schema;
  if (Array.isArray(type)) return String((type as unknown[]).find((one) => one !== "null") ?? "string");
  if (typeof type === "string") return type;
  return schema.properties === undefined ? "string" : "object";
}

function allowsNull(schema: Schema): boolean {
  const branches = [schema.anyOf, schema.oneOf].find(Array.isArray) as unknown[] | undefined;
  const { type } = schema;
  return (
    type === "null" ||
    (Array.isArray(type) && type.includes("null")) ||
    (branches?.some((branch) => asSchema(branch).type === "null") ?? false)
  );
}

function acceptsText(schema: Schema): boolean {
  return typeOf(concrete(schema)) === "string" && concrete(schema).enum === undefined;
}

function propertiesOf(schema: Schema): Record<string, Schema> {
  const { properties } = schema;
  return typeof properties === "object" && properties !== null ? (properties as Record<string, Schema>) : {};
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null ? (value as Schema) : {};
}

function safePattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

function escaped(text: unknown): string {
  return String(text).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
