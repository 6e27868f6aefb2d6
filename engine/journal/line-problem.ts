/**
 * What is wrong with the contents of a journal's line whose chain holds: of lines that the balance and the results are read from.
 * A line of another program, or forged with its hash, must not become a balance of NaN. Pure.
 */
import type { JournalLine } from "../../state/journal-line.ts";

const USAGE = ["steps", "modelCalls", "inputTokens", "cachedInputTokens", "outputTokens", "usd"] as const;
const RESERVED = ["inputTokens", "outputTokens", "usd"] as const;
const ASKED = ["inputTokens", "outputTokens"] as const;

/** Undefined: nothing. */
export function lineProblem(line: JournalLine): string | undefined {
  const { at, kind, data } = line as { at: unknown; kind: unknown; data: unknown };
  if (typeof at !== "string" || Number.isNaN(Date.parse(at))) return "has no time";
  if (typeof kind !== "string") return "has no kind";
  if (!isFields(data)) return "has no data";
  if (kind === "settle" || kind === "reserve") return bookingProblem(kind, data);
  return kind === "park" && !areTexts(data["routedAgain"]) ? "routes no subtasks again" : undefined;
}

function bookingProblem(kind: "settle" | "reserve", data: Record<string, unknown>): string | undefined {
  const { id, usage, asked, accounts } = data;
  if (typeof id !== "string") return "names no reservation";
  if (kind === "settle") return areAmounts(usage, USAGE) ? undefined : "settles no usage";
  if (!areAmounts(data, RESERVED)) return "reserves no amounts";
  if (asked !== undefined && !areAmounts(asked, ASKED)) return "asks for no amounts";
  return areTexts(accounts) ? undefined : "names no accounts";
}

function areAmounts(fields: unknown, names: readonly string[]): boolean {
  if (!isFields(fields)) return false;
  return names.every((name) => {
    const amount = fields[name];
    return typeof amount === "number" && Number.isFinite(amount) && amount >= 0;
  });
}

/** Absent, or a list of texts. */
function areTexts(list: unknown): boolean {
  return list === undefined || (Array.isArray(list) && list.every((each) => typeof each === "string"));
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
