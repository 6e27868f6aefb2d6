/** Files that a person names: read whole, parsed as JSON or YAML, refused in one line. */
import { createRequire } from "node:module";
import type * as Yaml from "yaml";
import { readText } from "../../adapters/text/read-text.ts";
import { nestsDeeper, TOO_DEEP } from "../../state/nesting.ts";
import { describeError, reasonOf, SwarmError, type ErrorCode } from "../../state/errors.ts";
import { fieldOf, listOf } from "../../state/is-record.ts";

/** Seventy modules, which most commands do without. */
const yaml = (): typeof Yaml => createRequire(import.meta.url)("yaml");

/** Some seconds of work: the reader of YAML is a hundred times slower than that of JSON. */
const LARGEST_YAML = 4_000_000;
/** YAML's warnings would go to the terminal past every view of ours; its errors are thrown. */
const NO_WARNINGS = { logLevel: "error" } as const;

/** Throws SwarmError `code` (CONFIG_INVALID, PLAN_INVALID, AGENTS_INVALID): `what` names the file's part ("the plan"). */
export function readTextFile(path: string, what: string, code: ErrorCode): string {
  try {
    return readText(path);
  } catch (error) {
    throw new SwarmError(code, `${what} ${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** JSON or YAML (JSON is YAML). Throws as `readTextFile` does. */
export function readDataFile(path: string, what: string, code: ErrorCode): unknown {
  return parseData(readTextFile(path, what, code), { path, what, code });
}

/** The same for what a file holds. Throws SwarmError `code`. */
export function parseData(
  text: string,
  { path, what, code }: { path: string; what: string; code: ErrorCode },
): unknown {
  const isJson = path.endsWith(".json") || text.length > LARGEST_YAML;
  let value: unknown;
  try {
    value = isJson ? JSON.parse(text) : yaml().parse(text, NO_WARNINGS);
  } catch (error) {
    const tooLarge = path.endsWith(".json") ? "" : `, and YAML is read up to ${LARGEST_YAML} characters`;
    const form = isJson ? `JSON${tooLarge}` : "JSON or YAML";
    throw new SwarmError(code, `${what} ${path} is not ${form}: ${problemOf(error)}`, { cause: error });
  }
  if (nestsDeeper(value)) throw new SwarmError(code, `${what} ${path} cannot be read: ${TOO_DEEP}`);
  return value;
}

function problemOf(error: unknown): string {
  if (fieldOf(error, "code") === "TAB_AS_INDENT")
    return `line ${String(fieldOf(listOf(fieldOf(error, "linePos"))[0], "line") ?? 1)} is indented with a tab, and YAML takes spaces alone`;
  return describeError(error).slice(0, 200);
}
