/**
 * Arguments as a tool's schema has them, where a model means the same in another form: numbers and truth values as text, numbers
 * for text, one value for a list and a list of one for a value, lists and objects as JSON in text, null for what may be left out, names in
 * another spelling, all of them within one more object. Where more than one thing could be meant, nothing is changed, and the tool says
 * what is wrong. Pure.
 */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { toJsonSchema } from "@langchain/core/utils/json_schema";
import { isZodSchemaV4 } from "@langchain/core/utils/types";
import { z } from "zod";
import { schemaMismatch } from "../engine/policy/output/validate-output.ts";
import { readArguments } from "../engine/policy/reply/loose-json.ts";
import { toolDefinition } from "../engine/ports/tool-definition.ts";
import { fieldOf, isRecord, listOf, jsonIn } from "../state/is-record.ts";
import { sameName } from "../state/nearest-name.ts";
import { isDeeper } from "../state/nesting.ts";
import { problemsIn } from "../state/problem.ts";

type Json = Record<string, unknown>;

const MOST_DEPTH = 8;
const NUMBER = /^\s*-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?(?:[eE][+-]?\d{1,3})?\s*$/;

/** What models put around arguments, and what stands beside them there. */
const ENVELOPES = new Set(["arguments", "args", "parameters", "input", "kwargs"]);
const LABELS = new Set(["name", "tool", "tool_name", "function", "type", "id"]);

export function fitArguments(args: Json, { name, schema }: StructuredToolInterface): Json {
  const known = jsonSchemaOf(schema);
  const fitted = known === undefined ? args : fit(unwrapped(args, known, name), known, 0);
  return isRecord(fitted) ? fitted : args;
}

/** `{ "name": "search", "arguments": { … } }`, the inner ones in text too: those, where the tool knows no argument of such a name. */
function unwrapped(args: Json, schema: Json, tool: string): Json {
  const { properties } = schema;
  if (!isRecord(properties) || takesOthers(schema)) return args;
  const own = Object.keys(args).filter((key) => Object.hasOwn(properties, key) && args[key] !== tool);
  const [envelope, ...more] = Object.keys(args).filter((key) => !LABELS.has(key));
  if (own.length > 0 || envelope === undefined || more.length > 0 || !ENVELOPES.has(envelope)) return args;
  const inner = args[envelope];
  const read = typeof inner === "string" ? readArguments(inner) : inner;
  return isRecord(read) ? read : args;
}

/** Whether a schema allows members of names that it does not know. */
function takesOthers({ additionalProperties }: Json): boolean {
  return additionalProperties === true || isRecord(additionalProperties);
}

/** The same, with the numbers of these names made whole, and no less than their least: they only say how much is shown. */
export function fitAmounts(args: Json, tool: StructuredToolInterface, least: ReadonlyMap<string, number>): Json {
  const fitted = Object.entries(fitArguments(args, tool)).map(([key, value]) => {
    const bound = least.get(key);
    const amount = typeof value === "number" && bound !== undefined ? Math.round(Math.max(bound, value)) : value;
    return [key, amount] as const;
  });
  return Object.fromEntries(fitted);
}

/** Undefined for a schema that JSON Schema cannot say: the tool itself judges. */
function jsonSchemaOf(schema: unknown): Json | undefined {
  try {
    const known: unknown = toJsonSchema(schema as Parameters<typeof toJsonSchema>[0]);
    return isRecord(known) ? known : undefined;
  } catch {
    return undefined;
  }
}

function fit(value: unknown, schema: Json, depth: number): unknown {
  if (depth > MOST_DEPTH) return value;
  const choices = choicesOf(schema);
  if (choices !== undefined) return fitChoice(value, choices, depth);
  const types = typesOf(schema);
  if (types.length === 0 || types.includes(typeOf(value)) || (types.includes("number") && typeOf(value) === "integer"))
    return fitMembers(value, schema, depth);
  const [type, ...others] = types.filter((each) => each !== "null");
  if (type === undefined || others.length > 0) return value;
  return fitMembers(converted(value, { type, schema, depth }), schema, depth);
}

/** Of several shapes the one that fits already; else the only one that can be made to fit. */
function fitChoice(value: unknown, choices: readonly Json[], depth: number): unknown {
  const isOf = (schema: Json, each: unknown): boolean => {
    const types = typesOf(schema);
    return types.includes(typeOf(each)) || (types.includes("number") && typeOf(each) === "integer");
  };
  const [own, ...others] = choices.filter((choice) => isOf(choice, value));
  if (own !== undefined) return others.length === 0 ? fit(value, own, depth + 1) : value;
  const made = choices.flatMap((choice) => {
    const result = fit(value, choice, depth + 1);
    return isOf(choice, result) ? [result] : [];
  });
  return made.length === 1 ? made[0] : value;
}

function fitMembers(value: unknown, schema: Json, depth: number): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return isRecord(items) ? value.map((each) => fit(each, items, depth + 1)) : value;
  }
  const { properties } = schema;
  if (!isRecord(value) || !isRecord(properties)) return value;
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  const named = takesOthers(schema) ? value : withKnownNames(value, Object.keys(properties));
  return Object.fromEntries(
    Object.entries(named).flatMap(([key, each]) => {
      const member = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (!isRecord(member)) return [[key, each] as const];
      if (each === null && !required.has(key) && !allowsNull(member)) return [];
      return [[key, fit(each, member, depth + 1)] as const];
    }),
  );
}

/** The members by the names that a schema has for them, where one of them alone can be meant by each. */
function withKnownNames(members: Json, known: readonly string[]): Json {
  const entries = Object.entries(members).map(([given, value]) => [sameName(given, known) ?? given, value] as const);
  return new Set(entries.map(([key]) => key)).size === entries.length ? Object.fromEntries(entries) : members;
}

interface Wanted {
  type: string;
  schema: Json;
  depth: number;
}

function converted(value: unknown, wanted: Wanted): unknown {
  if (typeof value === "string") return fromText(value, wanted);
  const { type } = wanted;
  if (Array.isArray(value) && value.length === 1) return fit(value[0], { ...wanted.schema, type }, wanted.depth + 1);
  if (type === "string") return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  return type === "array" && value !== null ? [value] : value;
}

function fromText(text: string, { type, schema, depth }: Wanted): unknown {
  if (type === "number" || type === "integer") return NUMBER.test(text) ? Number(text) : text;
  if (type === "boolean") {
    const word = text.trim().toLowerCase();
    return word === "true" ? true : word === "false" ? false : text;
  }
  const value = (type === "object" || type === "array") && !isDeeper(text) ? jsonIn(text) : undefined;
  if (type === "object") return isRecord(value) ? value : text;
  if (type !== "array") return text;
  if (Array.isArray(value)) return value;
  const { items } = schema;
  const one = isRecord(items) ? fit(value ?? text, items, depth + 1) : text;
  return [one];
}

function typesOf({ type }: Json): string[] {
  return Array.isArray(type) ? type.filter((each) => typeof each === "string") : typeof type === "string" ? [type] : [];
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function allowsNull(schema: Json): boolean {
  return typesOf(schema).includes("null") || (choicesOf(schema) ?? []).some(allowsNull);
}

function choicesOf({ anyOf, oneOf }: Json): Json[] | undefined {
  const choices = Array.isArray(anyOf) ? anyOf : oneOf;
  return Array.isArray(choices) ? choices.filter(isRecord) : undefined;
}

const MOST_NAMED = 20;

/** In one line; `fallback` where the schema does not say what is wrong. */
export function misfitText(tool: StructuredToolInterface, args: Record<string, unknown>, fallback: string): string {
  const wrong = [...misfits(tool, args), ...unknownKeys(tool, args).map((key) => `${key}: there is no such argument`)];
  return `The arguments do not fit: ${wrong.join("; ") || fallback}. ${argumentsText(tool)}`;
}

/** Behind the answer to a call with arguments that a built-in tool does not know: it went without them. Empty where it knows all. */
export function unusedNote(tool: StructuredToolInterface, args: Record<string, unknown>): string {
  const unknown = unknownKeys(tool, args);
  return unknown.length === 0 ? "" : `\n[not used: ${unknown.join(", ")}. ${argumentsText(tool)}]`;
}

function misfits({ schema }: StructuredToolInterface, args: Record<string, unknown>): string[] {
  if (isZodSchemaV4(schema)) {
    const { error } = z.safeParse(schema as unknown as z.ZodType, args);
    return error === undefined ? [] : problemsIn(error, args);
  }
  const mismatch = isRecord(schema) ? schemaMismatch(args, schema) : undefined;
  return mismatch?.ok === true && mismatch.value !== undefined ? [mismatch.value] : [];
}

/** None where a tool takes whatever it is given. */
function unknownKeys(tool: StructuredToolInterface, args: Record<string, unknown>): string[] {
  const known = propertiesOf(tool);
  if (known === undefined) return [];
  return Object.keys(args)
    .filter((key) => !Object.hasOwn(known.properties, key))
    .slice(0, MOST_NAMED)
    .map((key) => JSON.stringify(key.slice(0, 60)));
}

function argumentsText(tool: StructuredToolInterface): string {
  const known = propertiesOf(tool);
  if (known === undefined) return "";
  const names = Object.keys(known.properties).map((name) => (known.required.has(name) ? `${name} (needed)` : name));
  return `${tool.name} takes ${names.slice(0, MOST_NAMED).join(", ") || "no arguments"}.`;
}

function propertiesOf(
  tool: StructuredToolInterface,
): { properties: Record<string, unknown>; required: ReadonlySet<unknown> } | undefined {
  const { parameters } = toolDefinition(tool).function;
  const properties = fieldOf(parameters, "properties");
  return isRecord(properties) ? { properties, required: new Set(listOf(fieldOf(parameters, "required"))) } : undefined;
}
