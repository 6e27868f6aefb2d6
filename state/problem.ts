/** What is wrong with an input that fits no shape, in one line of our own words: where, what was expected, what was given. Pure. */
import { z } from "zod";
import { nearestName } from "./nearest-name.ts";
import { cutTo } from "./plain-text.ts";
import { fieldOf } from "./is-record.ts";

type Issue = z.core.$ZodIssue;

const LONGEST_VALUE = 60;
const MOST_NAMES = 5;
const MOST_PROBLEMS = 8;
const MOST_KNOWN = 12;
/** Messages that no schema of ours has given. */
const LIBRARYS_OWN = /^(?:Invalid|Too (?:big|small)|Unrecognized)\b/;

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
  undefined: "nothing",
};
const UNITS: Readonly<Record<string, string>> = { string: "character", array: "entry", set: "entry", object: "key" };

/** An object of these keys and no others: of an unknown one it says which was meant, or which there are. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, { error: (issue) => unknownKeys(issue, known) });
}

/** For the `error` of a schema of these keys. */
export function unknownKeys(issue: z.core.$ZodRawIssue, known: readonly string[]): string | undefined {
  if (issue.code !== "unrecognized_keys") return undefined;
  const near = issue.keys.map((key) => nearestName(key, known)).find((name) => name !== undefined);
  const there = known.length > MOST_KNOWN ? "" : ` (there are ${known.join(", ")})`;
  const hint = near === undefined ? there : `, did you mean "${near}"?`;
  return `unknown key ${named(issue.keys)}${hint}`;
}

/** The first thing that is wrong, with its place: `agents "writer" maxSteps: expected at least 1, got 0`. */
export function firstProblem(error: z.ZodError, input: unknown): string {
  const issue = firstIssue(error);
  return issue === undefined ? "it is not valid" : placedProblem(issue, input);
}

function placedProblem(issue: Issue, input: unknown): string {
  const meant = innermost(issue);
  const where = meant.path.length === 0 ? "" : `${placeOf(meant.path, input)}: `;
  return `${where}${problemText(meant, input)}`;
}

/** All that is wrong, each with its place; a key with a slip in it is among them. */
export function problemsIn({ issues }: z.ZodError, input: unknown): string[] {
  return issues.slice(0, MOST_PROBLEMS).map((issue) => placedProblem(issue, input));
}

/**
 * The one that says most. Of a key with a slip in it, which is one too many and one that lacks: the former. Of a number beyond what
 * whole numbers can be, which passes that bound and its own: the latter.
 */
export function firstIssue({ issues }: z.ZodError): Issue | undefined {
  const [first] = issues;
  if (first === undefined) return undefined;
  const isOfOne = (issue: Issue): boolean => issue.code === first.code && issue.path.join() === first.path.join();
  const own = isBoundOfType(first) ? issues.findLast(isOfOne) : first;
  return issues.find(({ code }) => code === "unrecognized_keys") ?? own;
}

function isBoundOfType(issue: Issue): boolean {
  return (issue.code === "too_big" || issue.code === "too_small") && issue.origin === "int";
}

/** What is wrong, without its place. `input`: the whole that was checked. */
export function problemText(issue: Issue, input: unknown): string {
  if (!LIBRARYS_OWN.test(issue.message)) return issue.message;
  if (issue.code === "unrecognized_keys") return `unknown key ${named(issue.keys)}`;
  const value = valueAt(input, issue.path);
  const expected = expectedBy(issue);
  return value === undefined ? `it is missing: expected ${expected}` : `expected ${expected}, got ${shown(value)}`;
}

/** Of a choice of shapes, the problem with the one that was meant: the first that is of the right type at all. */
export function innermost(issue: Issue): Issue {
  if (issue.code === "invalid_key" || issue.code === "invalid_element") {
    const [inner] = issue.issues;
    return inner === undefined || issue.code === "invalid_key" ? issue : within(issue, inner);
  }
  if (issue.code !== "invalid_union") return issue;
  const meant = issue.errors.find(
    ([first]) => first !== undefined && !(first.code === "invalid_type" && first.path.length === 0),
  );
  const [first] = meant ?? [];
  // Where more than one of them is of the right type, none is more meant than the others.
  const isOnly =
    issue.errors.filter((errors) => errors[0]?.code !== "invalid_type" || errors[0].path.length > 0).length === 1;
  return first === undefined || !isOnly ? issue : innermost(within(issue, first));
}

function within(outer: Issue, inner: Issue): Issue {
  return { ...inner, path: [...outer.path, ...inner.path] };
}

function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? `a ${issue.expected}`;
    case "invalid_value":
      return oneOf(issue.values.map(shown));
    case "too_small":
      return sized(issue.origin, Number(issue.minimum), issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return sized(issue.origin, Number(issue.maximum), issue.inclusive === false ? "less than" : "at most");
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_format":
      return issue.format === "template_literal" || issue.format === "regex"
        ? `a text like ${String(issue.pattern)}`
        : `a text that is a valid ${issue.format}`;
    case "invalid_union":
      return unionOf(issue);
    case "invalid_key":
      return "another key";
    case "invalid_element":
    case "unrecognized_keys":
    case "custom":
      return "something else";
  }
}

function unionOf(issue: z.core.$ZodIssueInvalidUnion): string {
  const options = fieldOf(issue, "options");
  if (Array.isArray(options)) return oneOf(options.map(shown));
  const each = issue.errors.flatMap(([first]) => (first === undefined ? [] : [expectedBy(first)]));
  return each.length === 0 ? "something else" : [...new Set(each)].join(", or ");
}

function sized(origin: string, bound: number, than: string): string {
  const unit = UNITS[origin];
  if (unit === undefined) return `${than} ${bound}`;
  if (than === "at least" && bound === 1)
    return origin === "string" ? "a text that is not empty" : `at least one ${unit}`;
  return `${than} ${bound} ${bound === 1 ? unit : unit === "entry" ? "entries" : `${unit}s`}`;
}

function oneOf(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? "") : `one of ${names.join(", ")}`;
}

function named(keys: readonly string[]): string {
  return keys.slice(0, MOST_NAMES).map(shown).join(", ");
}

/** A value of unknown origin, fit for one line. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "string") return JSON.stringify(cutTo(value.replace(/\s+/g, " "), LONGEST_VALUE));
  return typeof value === "function" || typeof value === "symbol" ? `a ${typeof value}` : String(value);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) value = fieldOf(value, key);
  return value;
}

/** `agents.2.maxSteps` becomes `agents "writer" maxSteps` where the entry has a name. */
function placeOf(path: readonly PropertyKey[], input: unknown): string {
  return path
    .map((key, depth) => {
      const value = valueAt(input, path.slice(0, depth + 1));
      const name = typeof value === "object" && value !== null && "name" in value ? value.name : undefined;
      return typeof key === "number" ? (typeof name === "string" ? shown(name) : String(key + 1)) : String(key);
    })
    .join(" ");
}
