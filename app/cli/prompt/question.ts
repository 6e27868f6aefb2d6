/** A pending question as a person on a terminal reads it, and what they type as JSON. Pure. */
import type { Readable } from "node:stream";
import { planText } from "../../../engine/policy/plan/plan-shape.ts";
import { isDeeper, TOO_DEEP } from "../../../state/nesting.ts";
import type { AskedAction } from "../../../state/review.ts";
import { many } from "../../../state/amounts.ts";
import { cleanText } from "../view/terminal-text.ts";
import { cutTo, firstOf } from "../../../state/plain-text.ts";
import { fieldOf, isRecord, listOf } from "../../../state/is-record.ts";
import { describeError } from "../../../state/errors.ts";

/** Where a person is asked; `signal`: there is nobody any more. */
export interface Dialogue {
  input: Readable;
  signal: AbortSignal;
  output: NodeJS.WriteStream;
}

const MOST_LINES = 40;
const LONGEST_LINE = 300;

/** What is asked, as much of it as one looks at before answering, without anything that would steer the terminal. */
export function questionText({ description, args }: AskedAction): string {
  const lines = firstOf(linesOf(args, planLines), MOST_LINES, (left) => `… ${left} more lines (edit shows all)`);
  return [description, ...lines].map((line) => shownLine(line)).join("\n");
}

/** The same in full. */
export function wholeQuestionText({ description, args }: AskedAction): string {
  return [description, ...linesOf(args, wholePlanLines)].map((line) => shownLine(line, Infinity)).join("\n");
}

function linesOf(args: AskedAction["args"], ofPlan: (plan: unknown) => string[] | undefined): string[] {
  return Object.entries(args).flatMap(([name, value]) => {
    const planned = name === "plan" ? ofPlan(value) : undefined;
    return planned ?? [`${name}:`, ...textOf(value).map((line) => `  ${line}`)];
  });
}

/** A plan as a numbered list; undefined: it does not look like one. */
function planLines(plan: unknown): string[] | undefined {
  const [subtasks, checks] = [listOf(fieldOf(plan, "subtasks")), listOf(fieldOf(plan, "checks"))];
  if (subtasks.length === 0) return undefined;
  const digits = String(subtasks.length).length;
  const lines = subtasks.flatMap((work, index) => {
    const [title, instructions] = [fieldOf(work, "title"), String(fieldOf(work, "instructions") ?? "").split("\n")];
    const isUntitled = title === undefined || title === instructions.join("\n");
    const about = [...(isUntitled ? [] : [instructions.join(" ")]), planNotes(work)].filter((note) => note !== "");
    const named = isUntitled ? instructions[0] : String(title);
    return [
      `${String(index + 1).padStart(digits)}. ${String(fieldOf(work, "id"))}: ${named}`,
      ...about.map((note) => `${" ".repeat(digits)}  ${note}`),
    ];
  });
  return checks.length === 0 ? lines : [...lines, `Then ${many(checks.length, "check")} must hold.`];
}

function planNotes(work: unknown): string {
  const words = (key: string): string => listOf(fieldOf(work, key)).join(", ");
  const [forEach, agent] = [fieldOf(work, "forEach"), fieldOf(work, "agent")];
  const items = Array.isArray(forEach)
    ? many(forEach.length, "item")
    : `the documents ${String(fieldOf(forEach, "documents"))}`;
  return [
    forEach === undefined ? "" : `once for each of ${items}`,
    words("dependsOn") === "" ? "" : `after ${words("dependsOn")}`,
    agent === undefined ? "" : `by ${String(agent)}`,
    words("writes") === "" ? "" : `writes ${words("writes")}`,
  ]
    .filter((note) => note !== "")
    .join("; ");
}

/** A plan with all that it says: each subtask's words, then its other keys, one a line. */
function wholePlanLines(plan: unknown): string[] | undefined {
  if (!isRecord(plan) || listOf(plan["subtasks"]).length === 0) return undefined;
  const { subtasks, ...shared }: Record<string, unknown> = JSON.parse(planText(plan));
  const each = listOf(subtasks).flatMap((work, index) => {
    const { id, title = "", instructions = "", ...more } = isRecord(work) ? work : {};
    const words = String(instructions).split("\n");
    return [
      `${index + 1}. ${String(id)}: ${String(title)}`,
      ...words.map((line) => `   ${line}`),
      ...keyLines(more, "   "),
    ];
  });
  return [...each, ...keyLines(shared, "")];
}

function keyLines(fields: Record<string, unknown>, indent: string): string[] {
  return Object.entries(fields).map(([key, value]) => {
    const isListOfWords = Array.isArray(value) && value.every((one) => typeof one === "string");
    const shown = typeof value === "string" ? value : isListOfWords ? value.join(", ") : JSON.stringify(value);
    return `${indent}${key}: ${shown}`;
  });
}

function textOf(value: unknown): string[] {
  return (typeof value === "string" ? value : (JSON.stringify(value, withoutEmpty, 2) ?? "[]")).split("\n");
}

/** A plan is full of lists that are empty. */
function withoutEmpty(_: string, value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

function shownLine(line: string, most = LONGEST_LINE): string {
  const indent = /^ */.exec(line)?.[0] ?? "";
  return cutTo(indent + cleanText(line, most), most, " …");
}

/** The arguments as typed: a JSON object; else what is wrong with it, in one line. */
export function readArgs(text: string): { args: Record<string, unknown> } | { problem: string } {
  if (isDeeper(text)) return { problem: TOO_DEEP };
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? { args: value } : { problem: "it is not a JSON object" };
  } catch (error) {
    return { problem: `it is not JSON: ${describeError(error)}` };
  }
}
