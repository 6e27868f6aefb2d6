/** Files that a person names: read whole, parsed as JSON or YAML, refused in one line. */
import { readFileSync, statSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { describeError, SwarmError, type ErrorCode } from "../../state/errors.ts";

/** More than any plan of 4,000 subtasks needs; a wrong file (a database, a video) is refused before it is read. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** Throws SwarmError `code` (CONFIG_INVALID, PLAN_INVALID, AGENTS_INVALID): `what` names the file's part ("the plan"). */
export function readTextFile(path: string, what: string, code: ErrorCode): string {
  try {
    const { size } = statSync(path);
    if (size > LARGEST_BYTES) throw new Error(`it has ${size} bytes, more than ${LARGEST_BYTES}`);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new SwarmError(code, `${what} ${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** JSON or YAML (JSON is YAML). Throws as `readTextFile` does. */
export function readDataFile(path: string, what: string, code: ErrorCode): unknown {
  const text = readTextFile(path, what, code);
  try {
    return path.endsWith(".json") ? (JSON.parse(text) as unknown) : (parseYaml(text) as unknown);
  } catch (error) {
    const form = path.endsWith(".json") ? "JSON" : "JSON or YAML";
    throw new SwarmError(code, `${what} ${path} is not ${form}: ${describeError(error).slice(0, 200)}`, {
      cause: error,
    });
  }
}

export function reasonOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const known: Record<string, string> = {
    ENOENT: "there is no such file or folder",
    EACCES: "no permission",
    EISDIR: "it is a folder",
    ENOTDIR: "a part of its path is not a folder",
  };
  return known[code] ?? describeError(error);
}
