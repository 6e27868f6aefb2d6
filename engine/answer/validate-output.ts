/** Checks an output against the JSON Schema that its subtask expects (draft 2020-12, or draft-07 where it says so). */
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { extractJson } from "./extract-json.ts";

export type Validated = { ok: true; output: string } | { ok: false; problem: string };

const compiled = new Map<string, ReturnType<Ajv2020["compile"]>>();
/** Distinct schemas kept compiled; more than any plan has, so that a long-lived server does not grow without end. */
const KEPT = 500;

/** `output` becomes the JSON text without fences and remarks. A problem is one line that a model can act on. */
export function validateOutput(reply: string, schema: Record<string, unknown>): Validated {
  const extracted = extractJson(reply);
  if (!extracted.ok) return extracted;
  const mismatch = schemaMismatch(extracted.value, schema);
  if (mismatch === undefined) return { ok: true, output: JSON.stringify(extracted.value) };
  return { ok: false, problem: `it does not fit the schema: ${mismatch}` };
}

/** What a value lacks to fit a schema, in one line; undefined: it fits. */
export function schemaMismatch(value: unknown, schema: Record<string, unknown>): string | undefined {
  const check = compile(schema);
  if (check(value)) return undefined;
  const [error] = check.errors ?? [];
  return `${error?.instancePath || "the value"} ${error?.message ?? "is wrong"}`;
}

/** What is wrong with a schema itself, in one line; undefined where nothing is. */
export function schemaProblem(schema: Record<string, unknown>): string | undefined {
  try {
    compile(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error);
  }
}

function compile(schema: Record<string, unknown>): ReturnType<Ajv2020["compile"]> {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  // A new instance each: two schemas of one $id must not clash. Unknown keywords and formats are annotations, as the standard says.
  // `$async` would make every check a promise, and so every output valid.
  const { $schema: draft, $async: _, ...rest } = schema;
  const Validator = String(draft).includes("draft-07") ? Ajv : Ajv2020;
  const check = new Validator({ strict: false, validateFormats: false, logger: false }).compile(rest);
  if (compiled.size >= KEPT) compiled.clear();
  compiled.set(key, check);
  return check;
}
