/** What is wrong with the shape of a check, said of the shape that was meant: the one whose own word it has. Pure. */
import type { z } from "zod";

/** In the order of the shapes of `PlanCheck`. */
const WORDS = ["schema", "command", "predicate"] as const;

type Issue = z.core.$ZodIssue;

/** `issue`: that none of the shapes fits. Returns the one problem to tell. */
export function checkProblem(issue: z.core.$ZodIssueInvalidUnion, check: unknown): Issue {
  if (typeof check !== "object" || check === null || Array.isArray(check)) return told(issue, "is no object");
  const named = WORDS.filter((word) => Object.hasOwn(check, word));
  if (named.length > 1) return told(issue, `has ${named.join(" and ")}: it takes one of them`);
  const [word] = named;
  if (word === undefined) {
    const other = Object.keys(check).filter((key) => !["id", "title", "artifact", "artifacts"].includes(key));
    const has =
      other.length === 0
        ? ""
        : ` (it has ${other
            .slice(0, 5)
            .map((key) => JSON.stringify(key.slice(0, 60)))
            .join(", ")})`;
    return told(issue, `takes a schema, a command or a predicate${has}`);
  }
  const issues = issue.errors[WORDS.indexOf(word)] ?? [];
  // `artifacts` for `artifact` is both a key too many and a value that lacks: the former says more.
  const found = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  return found === undefined ? issue : { ...found, path: [...issue.path, ...found.path] };
}

function told({ path, input }: Issue, message: string): Issue {
  return { code: "custom", path, message, input, params: {} };
}
