/** A fork held against the run that it comes from, in words. Pure. */
import type { RunComparison } from "../../engine/policy/fork/compare-runs.ts";
import { plainWords } from "../../state/outcome.ts";
import { cutTo, oneLine } from "../../state/plain-text.ts";
import type { Usage } from "../../state/usage.ts";
import { many, usd } from "./view/amounts.ts";

const MOST_SHOWN = 20;
const MOST_LINES = 60;
const LONGEST_LINE = 200;

export function comparedText(compared: RunComparison): string {
  const { source, fork, kept, anew, answer, outcomes, outputs, cost, routes, recoveries, conflicts } = compared;
  return [
    `${fork} against ${source}: ${many(kept, "result")} kept, ${anew.length} anew (${list(anew)})`,
    answerLine(answer),
    ...cut(answer.lines ?? [], MOST_LINES).map((line) => `  ${cutTo(line, LONGEST_LINE)}`),
    outcomes.length === 0 ? "outcomes: the same" : `outcomes: ${outcomes.length} differ`,
    ...cut(outcomes.map((one) => `${one.subtask}: ${outcome(one.source)} → ${outcome(one.fork)}`)).map(indented),
    ...(outputs.length === 0 ? [] : [`other outputs: ${list(outputs)}`]),
    `cost: ${amounts(cost.source)} → ${amounts(cost.fork)}; kept, and not spent again: ${amounts(cost.kept)}`,
    ...decisions(
      "routes",
      routes.map((one) => `${one.subtask}: ${one.source ?? "none"} → ${one.fork ?? "none"}`),
    ),
    ...decisions(
      "recoveries",
      recoveries.map((one) => `${one.subtask ?? "coordinator"}: ${rules(one.source)} → ${rules(one.fork)}`),
    ),
    ...decisions(
      "conflicts",
      conflicts.map((one) => `${one.artifact}: ${rules(one.source)} → ${rules(one.fork)}`),
    ),
  ].join("\n");
}

function answerLine({ isSame, lines }: RunComparison["answer"]): string {
  if (isSame) return "answer: the same";
  const count = (mark: string): number => (lines ?? []).filter((line) => line.startsWith(mark)).length;
  return lines === null ? "answer: differs" : `answer: differs, ${count("-")} lines gone, ${count("+")} new`;
}

function decisions(what: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [`${what}: the same`] : [`${what}: ${lines.length} differ`, ...cut(lines).map(indented)];
}

function amounts({ steps, inputTokens, outputTokens, usd: dollars }: Usage): string {
  const money = dollars > 0 ? `, ${usd(dollars)}` : "";
  return `${many(steps, "step")}, ${many(inputTokens + outputTokens, "token")}${money}`;
}

function outcome(ended: string | null): string {
  return ended === null ? "none" : plainWords(ended);
}

function rules(fired: readonly string[]): string {
  return fired.length === 0 ? "none" : oneLine(fired.join(", "), LONGEST_LINE);
}

function list(ids: readonly string[]): string {
  return cut(ids, MOST_SHOWN).join(", ") || "none";
}

function cut(lines: readonly string[], most = MOST_SHOWN): string[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), `… and ${lines.length - most} more`];
}

function indented(line: string): string {
  return `  ${line}`;
}
