import type { z } from "zod";

/** The first thing that is wrong with an input, as one line: where, and what. Pure. */
export function firstProblem(error: z.ZodError, input: unknown): string {
  const issue = error.issues[0];
  if (issue === undefined) return "it is not valid";
  const where = issue.path.length === 0 ? "" : `${placeOf(issue.path, input)}: `;
  if (issue.code === "unrecognized_keys")
    return `${where}unknown key ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
  return `${where}${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`;
}

/** `agents.2.maxSteps` becomes `agents "writer" maxSteps` where the entry has a name. */
function placeOf(path: readonly PropertyKey[], input: unknown): string {
  let value = input;
  const words: string[] = [];
  for (const key of path) {
    value = typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
    const name = typeof value === "object" && value !== null && "name" in value ? value.name : undefined;
    words.push(typeof key === "number" ? (typeof name === "string" ? `"${name}"` : String(key + 1)) : String(key));
  }
  return words.join(" ");
}
