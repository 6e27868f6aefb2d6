/** A pending question as a person on a terminal reads it, and what they type as JSON. Pure. */
import type { DecisionType } from "../../../state/review.ts";
import type { PendingInterrupt } from "../../../state/run-result.ts";
import { cleanText } from "../view/terminal-text.ts";

/** One action that somebody has to decide about. */
export interface Action {
  name: string;
  description: string;
  args: Record<string, unknown>;
  allowed: readonly DecisionType[];
}

interface Request {
  action_requests?: { name: string; args: Record<string, unknown>; description: string }[];
  review_configs?: { action_name: string; allowed_decisions: DecisionType[] }[];
}

const MOST_LINES = 40;
const LONGEST_LINE = 300;

export function actionsOf({ request }: PendingInterrupt): Action[] {
  const { action_requests: actions = [], review_configs: configs = [] } = request as Request;
  return actions.map(({ name, args, description }) => ({
    ...{ name, description, args },
    allowed: configs.find(({ action_name }) => action_name === name)?.allowed_decisions ?? [],
  }));
}

/** What is asked, without anything that would steer the terminal. */
export function questionText({ description, args }: Action): string {
  const lines = Object.entries(args).flatMap(([name, value]) => [
    `${name}:`,
    ...textOf(value).map((line) => `  ${line}`),
  ]);
  const shown = lines.slice(0, MOST_LINES);
  const more = lines.length > MOST_LINES ? [`… ${lines.length - MOST_LINES} more lines (edit shows all)`] : [];
  return [description, ...shown, ...more].map(shownLine).join("\n");
}

function textOf(value: unknown): string[] {
  return (typeof value === "string" ? value : (JSON.stringify(value, withoutEmpty, 2) ?? "[]")).split("\n");
}

/** A plan is full of lists that are empty. */
function withoutEmpty(_: string, value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

function shownLine(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const text = indent + cleanText(line);
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE).toWellFormed()} …` : text;
}

/** The arguments as typed: a JSON object; else what is wrong with it, in one line. */
export function readArgs(text: string): { args: Record<string, unknown> } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return { args: value as Record<string, unknown> };
    }
    return { problem: "it is not a JSON object" };
  } catch (error) {
    return { problem: `it is not JSON: ${(error as Error).message.replace(/\s+/g, " ")}` };
  }
}
