/** Fields of a journal line's `data`, read with care: a line may come from an older release. Pure. */
import { OUTCOMES, type Outcome } from "../../../state/outcome.ts";
import { NO_USAGE, type Usage } from "../../../state/usage.ts";
import { cleanText, clip } from "./terminal-text.ts";

export type JournalData = Readonly<Record<string, unknown>>;

/** Cells of a tool's arguments that are worth keeping. */
const GIST = 60;

/** Cleaned text; empty where there is none. */
export function textOf(data: JournalData, key: string): string {
  const value = data[key];
  return typeof value === "string" ? cleanText(value) : "";
}

export function numberOf(data: JournalData, key: string): number {
  const value = data[key];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

export function outcomeIn(data: JournalData): Outcome | undefined {
  return OUTCOMES.find((outcome) => outcome === data.outcome);
}

export function usageIn(data: JournalData): Usage {
  const usage = data.usage;
  if (typeof usage !== "object" || usage === null) return NO_USAGE;
  const amounts = usage as JournalData;
  return Object.fromEntries(Object.keys(NO_USAGE).map((key) => [key, numberOf(amounts, key)])) as unknown as Usage;
}

/** Names in a list of names or of `{ name }`: each once, in order. */
export function namesIn(data: JournalData, key: string): string {
  const list: unknown = data[key];
  if (!Array.isArray(list)) return "";
  const names = list.slice(0, 20).map((member: unknown) => cleanText(nameOf(member)));
  return [...new Set(names.filter((name) => name !== ""))].join(", ");
}

/** `search_documents “node version”`: the tool with the first text among its arguments. */
export function toolGist(data: JournalData): string {
  const tool = textOf(data, "tool");
  const args = data.args;
  if (typeof args !== "object" || args === null) return tool;
  const first: unknown = Object.values(args).find((value) => typeof value === "string" && value !== "");
  if (typeof first !== "string") return tool;
  return `${tool} “${clip(cleanText(first.slice(0, 4 * GIST)), GIST)}”`;
}

function nameOf(member: unknown): string {
  if (typeof member === "string") return member;
  const name: unknown = typeof member === "object" && member !== null && "name" in member ? member.name : undefined;
  return typeof name === "string" ? name : "";
}
