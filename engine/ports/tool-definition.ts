/**
 * A tool as models are told of it: name, description and the JSON Schema of its arguments without what says nothing. It is sent with every
 * request, so each byte of it counts as often as there are steps.
 */
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { isInteropZodSchema } from "@langchain/core/utils/types";
import { isRecord } from "../../state/is-record.ts";

export type ToolDefinition = ReturnType<typeof convertToOpenAITool>;

type Told = Parameters<typeof convertToOpenAITool>[0];

const known = new WeakMap<object, ToolDefinition>();

/** In the words of the chat completions protocol; one that is in them already keeps its own. */
export function toolDefinition(tool: Told): ToolDefinition {
  const found = known.get(tool);
  if (found !== undefined) return found;
  const definition = leanDefinition(tool);
  known.set(tool, definition);
  return definition;
}

/** The tool, of which models are told this. */
export function defineTool(tool: StructuredToolInterface, definition: ToolDefinition): StructuredToolInterface {
  known.set(tool, definition);
  return tool;
}

function leanDefinition(tool: Told): ToolDefinition {
  const whole = convertToOpenAITool(tool);
  // A provider's own tool has no function.
  const parameters: unknown = "function" in whole ? whole.function.parameters : undefined;
  if (!isRecord(parameters)) return whole;
  const { additionalProperties, ...lean } = leanSchema(parameters);
  // Of a shape in zod LangChain says that other keys are refused: they are left out, or taken.
  const isOwnRule = additionalProperties !== undefined && !("schema" in tool && isInteropZodSchema(tool.schema));
  const kept = isOwnRule ? { ...lean, additionalProperties } : lean;
  return { ...whole, function: { ...whole.function, parameters: kept } };
}

/** The tool as a client of LangChain's is given it. One that says more than LangChain's own fields stays as it is. */
export function offeredTool(tool: StructuredToolInterface): StructuredToolInterface | OfferedTool {
  if ("extras" in tool && tool.extras !== undefined) return tool;
  const { name, description, parameters } = toolDefinition(tool).function;
  return { name, description, schema: parameters };
}

interface OfferedTool {
  name: string;
  description: string | undefined;
  schema: ToolDefinition["function"]["parameters"];
}

/** Members whose own members are schemas by name. */
const BY_NAME = new Set(["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"]);
/** Members that are values, not schemas. */
const VALUES = new Set(["enum", "const", "default", "examples", "required"]);

/** Without the dialect, bounds that are those of numbers as such, and rules that every object keeps. The same values fit it. */
export function leanSchema(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(schema).filter(([name, value]) => !saysNothing(name, value));
  return Object.fromEntries(kept.map(([name, value]) => [name, VALUES.has(name) ? value : leanMember(name, value)]));
}

function leanMember(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => (isRecord(each) ? leanSchema(each) : each));
  if (!isRecord(value)) return value;
  if (!BY_NAME.has(name)) return leanSchema(value);
  const members = Object.entries(value);
  return Object.fromEntries(members.map(([key, each]) => [key, isRecord(each) ? leanSchema(each) : each]));
}

function saysNothing(name: string, value: unknown): boolean {
  switch (name) {
    case "$schema":
      return true;
    case "maximum":
      return value === Number.MAX_SAFE_INTEGER;
    case "minimum":
      return value === Number.MIN_SAFE_INTEGER;
    case "additionalProperties":
      return value === true || (isRecord(value) && Object.keys(value).length === 0);
    case "propertyNames":
      return isRecord(value) && Object.keys(value).length === 1 && value["type"] === "string";
    default:
      return false;
  }
}
