/**
 * Checks an output against the JSON Schema that its subtask expects (draft 2020-12, or draft-07 where it says so). Plans and
 * models bring schemas: their size and depth are bounded, and so is the time that one may take.
 */
import { Ajv, type ErrorObject } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { fieldOf } from "../../../state/is-record.ts";
import { isDeeper } from "../../../state/nesting.ts";
import type { OutputCheck, Subtask } from "../../../state/plan.ts";
import { shown } from "../../../state/problem.ts";
import { namesOf } from "../merge/json-paths.ts";
import { extractJson, type Extracted } from "./extract-json.ts";
import { inTime, type InTime } from "./in-time.ts";

export type Validated = { ok: true; output: string } | { ok: false; problem: string };

const compiled = new Map<string, ReturnType<Ajv2020["compile"]>>();
/** Distinct schemas kept compiled; more than any plan has, so that a long-lived server does not grow without end. */
const KEPT = 500;
/** Characters and levels of a schema. */
const LONGEST = 200_000;
const DEEPEST = 100;
/** Problems of one output that are told, and values of a choice. */
const [MOST_PROBLEMS, MOST_ALLOWED] = [8, 20];

/** `output` becomes the JSON text without fences and remarks. A problem is one line that a model can act on. */
export function validateOutput(reply: string, schema: Record<string, unknown>): Validated {
  const extracted = wordsFor(reply, schema) ?? extractJson(reply, (value) => fitsSchema(value, schema));
  if (!extracted.ok) return extracted;
  const mismatch = schemaMismatch(extracted.value, schema);
  if (!mismatch.ok) return { ok: false, problem: `whether it fits the schema cannot be told: ${mismatch.problem}` };
  if (mismatch.value === undefined) return { ok: true, output: JSON.stringify(extracted.value) };
  return { ok: false, problem: `it does not fit the schema: ${mismatch.value}` };
}

/** One of some fixed words may stand without the quotes of JSON: who asks for `"yes"` or `"no"` is told yes. */
function wordsFor(reply: string, schema: Record<string, unknown>): Extracted | undefined {
  const choice = Array.isArray(schema["enum"]) ? (schema["enum"] as unknown[]) : [schema["const"]];
  const words = [reply.trim(), reply.replace(/^[\s*_`"']+|[\s*_`"'.]+$/g, "")];
  const value = words.find((each) => choice.includes(each) && fitsSchema(each, schema));
  return value === undefined ? undefined : { ok: true, value };
}

function fitsSchema(value: unknown, schema: Record<string, unknown>): boolean {
  const mismatch = schemaMismatch(value, schema);
  return !mismatch.ok || mismatch.value === undefined;
}

/** What a value lacks to fit a schema, in one line; undefined: it fits. Not ok: nobody can tell. */
export function schemaMismatch(value: unknown, schema: Record<string, unknown>): InTime<string | undefined> {
  const key = JSON.stringify(schema);
  const draft = draftOf(schema);
  return inTime(key, () => {
    const check = compile(schema, { key, draft });
    if (check(value)) return undefined;
    const told = new Set((check.errors ?? []).map((error) => problemOf(error, value)));
    return [...told].slice(0, MOST_PROBLEMS).join("; ") || "the value is wrong";
  });
}

/** Where, what was expected, what was given. */
function problemOf({ instancePath, message = "is wrong", params }: ErrorObject, value: unknown): string {
  const { allowedValues, additionalProperty }: Record<string, unknown> = params;
  const allowed = Array.isArray(allowedValues) ? `: ${allowedValues.slice(0, MOST_ALLOWED).map(shown).join(", ")}` : "";
  const extra = additionalProperty === undefined ? "" : ` (${shown(additionalProperty)})`;
  const found = instancePath === "" ? undefined : namesOf(instancePath)?.reduce<unknown>(fieldOf, value);
  const got = found === undefined || extra !== "" ? "" : `, got ${shown(found)}`;
  return `${instancePath || "the value"} ${message}${allowed}${extra}${got}`;
}

/** What is wrong with a schema itself, in one line; undefined where nothing is. */
export function schemaProblem(schema: Record<string, unknown>): string | undefined {
  try {
    const key = JSON.stringify(schema);
    if (key.length > LONGEST) return `it has more than ${LONGEST} characters`;
    if (isDeeper(key, DEEPEST)) return `it nests deeper than ${DEEPEST} levels`;
    // One that refers to itself alone would be found out by the first value.
    const draft = draftOf(schema);
    const tried = inTime(key, () => compile(schema, { key, draft })(null));
    return tried.ok ? undefined : tried.problem;
  } catch (error) {
    if (error instanceof RangeError) return "it nests too deep";
    return error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error);
  }
}

/** Unknown keywords and formats are annotations, as the standard says. */
const AS_THE_STANDARD = { strict: false, validateFormats: false, logger: false } as const;

type Draft = Ajv | Ajv2020;
const drafts = new Map<string, Draft>();

/** What knows a valid schema of its draft. It is made once, and not in a stranger's time: that alone may take longer. */
function draftOf(schema: Record<string, unknown>): Draft {
  const name = String(schema["$schema"]).includes("draft-07") ? "07" : "2020";
  const known = drafts.get(name);
  if (known !== undefined) return known;
  const draft = name === "07" ? new Ajv(AS_THE_STANDARD) : new Ajv2020(AS_THE_STANDARD);
  draft.compile({ type: "object", properties: {} });
  drafts.set(name, draft);
  return draft;
}

function compile(
  schema: Record<string, unknown>,
  { key, draft }: { key: string; draft: Draft },
): ReturnType<Ajv2020["compile"]> {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  // `$async` would make every check a promise, and so every output valid.
  const { $schema: _, $async: __, ...rest } = schema;
  void draft.validateSchema(rest, true);
  // A new instance each: two schemas of one $id must not clash.
  const Validator = draft instanceof Ajv ? Ajv : Ajv2020;
  const check = new Validator({ ...AS_THE_STANDARD, allErrors: true, validateSchema: false }).compile(rest);
  if (compiled.size >= KEPT) compiled.clear();
  compiled.set(key, check);
  return check;
}

type Judged = { ok: true; output: string } | { ok: false; kind: "invalid-output" | "check-failed"; problem: string };

/** `output` is the text as it is published: of JSON, without fences and remarks. */
export function judgeOutput(given: string, { expects, check }: Subtask): Judged {
  const validated = expects === undefined ? ({ ok: true, output: given } as const) : validateOutput(given, expects);
  if (!validated.ok) return { ok: false, kind: "invalid-output", problem: validated.problem };
  const problem = check === undefined ? undefined : checkOutput(validated.output, check);
  if (problem !== undefined) return { ok: false, kind: "check-failed", problem };
  return { ok: true, output: validated.output };
}

/** Whether a reply is the JSON that the subtask expects, and so no call that is written as text. */
export function isJsonResult(reply: string, subtask: Subtask): boolean {
  return subtask.expects !== undefined && /^\s*(?:```|[[{])/.test(reply) && judgeOutput(reply, subtask).ok;
}

/** What is wrong, in one line that a model can act on; undefined: nothing. */
export function checkOutput(output: string, check: OutputCheck): string | undefined {
  const { matches, lacks, least } = check;
  if (least !== undefined && output.length < least) return `it has ${output.length} characters, fewer than ${least}`;
  if (matches !== undefined) {
    const tried = inTime(matches, () => new RegExp(matches, "iu").test(output));
    if (!tried.ok) return `whether it matches /${matches}/ cannot be told: ${tried.problem}`;
    if (!tried.value) return `it does not match /${matches}/`;
  }
  if (lacks === undefined) return undefined;
  const tried = inTime(lacks, () => new RegExp(lacks, "iu").test(output));
  if (!tried.ok) return `whether it matches /${lacks}/, which it must not, cannot be told: ${tried.problem}`;
  return tried.value ? `it matches /${lacks}/, which it must not` : undefined;
}
