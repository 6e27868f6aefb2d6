/** What a model is told of arguments that a tool does not take: each of them with what was given and what fits, and which there are. Pure. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { isZodSchemaV4 } from "@langchain/core/utils/types";
import { z } from "zod";
import { schemaMismatch } from "../engine/policy/output/validate-output.ts";
import { toolDefinition } from "../engine/ports/tool-definition.ts";
import { fieldOf, isRecord, listOf } from "../state/is-record.ts";
import { problemsIn } from "../state/problem.ts";

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
