/**
 * What the synthesizer is given: every result in full while all fit, condensed parts in place of what they condense. Where they do
 * not fit, they are shortened by need, first those that others have built on. Pure.
 */
import type { SubtaskResult } from "../../../state/lane-record.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { ResultExcerpt } from "../../ports/brief.ts";
import { excerptBytes } from "../prompts/synthesizer-prompt.ts";
import { cutTo, oneLine } from "../../../state/plain-text.ts";
import { allowances, beginningWithin, readFor } from "./shorten.ts";

/** Characters of a result among others in brief. */
const BRIEF_CHARACTERS = 300;
/** What the note takes that something was cut. */
const NOTE_BYTES = 42;
/** Those who have built on a result are named, so many of them. */
const MOST_USERS = 5;
/** What a bundle of results takes beside its lines. */
const BUNDLE_MARKUP_BYTES = 150;

export type ResultLookup = (subtask: string) => SubtaskResult | undefined;

/** The excerpts for the final answer, in plan order; at most about `maxBytes` of a prompt (`fitPrompt`). */
export function gatherResults(plan: Plan, lookup: ResultLookup, maxBytes: number): ResultExcerpt[] {
  const usedBy = new Map<string, string[]>();
  const condensed = new Set<string>();
  // From the end, so that a node is seen after the one that condensed it.
  for (const subtask of plan.subtasks.toReversed()) {
    const result = lookup(subtask.id);
    if (result?.outcome !== "done") continue;
    // A reduce node that passed its inputs through has no output of its own: the inputs stand for themselves, unless a
    // node above has condensed them.
    if (subtask.role === "reduce" && isEmpty(result) && !condensed.has(subtask.id)) continue;
    for (const dependency of subtask.dependsOn) {
      if (subtask.role === "reduce") condensed.add(dependency);
      else usedBy.set(dependency, [subtask.id, ...(usedBy.get(dependency) ?? [])]);
    }
  }
  const found = plan.subtasks.flatMap((subtask) => {
    const result = lookup(subtask.id);
    if (result?.outcome !== "done" || condensed.has(subtask.id) || isEmpty(result)) return [];
    return [{ subtask, result, usedBy: usedBy.get(subtask.id) ?? [] }];
  });
  return fitPrompt(excerptsOf(found, maxBytes), maxBytes);
}

/** The excerpts that one reduce node condenses; of what cannot go into `maxBytes` the beginnings. */
export function gatherInputs(plan: Plan, reduce: Subtask, lookup: ResultLookup, maxBytes = Infinity): ResultExcerpt[] {
  return excerptsOf(inputsOf(plan, reduce, lookup), maxBytes);
}

interface Found {
  subtask: Subtask;
  result: SubtaskResult;
  /** Subtasks that are done and have built on it. */
  usedBy: string[];
}

function inputsOf(plan: Plan, reduce: Subtask, lookup: ResultLookup): Found[] {
  const inputs = new Set(reduce.dependsOn);
  return plan.subtasks.flatMap((subtask) => {
    const result = lookup(subtask.id);
    if (!inputs.has(subtask.id) || result?.outcome !== "done") return [];
    const isPassed = subtask.role === "reduce" && isEmpty(result);
    return isPassed ? inputsOf(plan, subtask, lookup) : [{ subtask, result, usedBy: [] }];
  });
}

function isEmpty(result: SubtaskResult): boolean {
  return result.kept === undefined && result.output === "";
}

/** No more is read of each than it may keep. */
function excerptsOf(found: readonly Found[], maxBytes: number): ResultExcerpt[] {
  const sizes = found.map(({ result, usedBy }) => ({
    bytes: result.kept?.bytes ?? Buffer.byteLength(result.output),
    isBuiltOn: usedBy.length > 0,
  }));
  const most = allowances(sizes, maxBytes);
  return found.map((each, index) => excerptOf(each, readFor(most[index] ?? Infinity)));
}

/** Bytes of the outputs, also where only the beginning was read. */
export function sizeOf(excerpts: readonly ResultExcerpt[]): number {
  return excerpts.reduce((sum, { whole, output }) => sum + (whole?.bytes ?? Buffer.byteLength(output)), 0);
}

/** Bytes of a prompt that the excerpts take, their markup included. */
export function promptSizeOf(excerpts: readonly ResultExcerpt[]): number {
  return excerpts.reduce((sum, excerpt) => sum + excerptBytes(excerpt), 0);
}

/**
 * Cuts outputs so that the excerpts take at most about `maxBytes` of a prompt. Where the markup alone would fill half of that,
 * many results share one excerpt, a line each: none is left out.
 */
export function fitPrompt(excerpts: ResultExcerpt[], maxBytes: number): ResultExcerpt[] {
  const markup = promptSizeOf(excerpts) - sizeOf(excerpts);
  if (markup + sizeOf(excerpts) <= maxBytes) return excerpts;
  if (markup <= maxBytes / 2) return fit(excerpts, maxBytes - markup);
  const mostBundles = Math.max(1, Math.floor(maxBytes / 2 / BUNDLE_MARKUP_BYTES));
  const size = Math.max(2, Math.ceil(excerpts.length / mostBundles));
  const bundles = Array.from({ length: Math.ceil(excerpts.length / size) }, (_, index) =>
    bundleOf(excerpts.slice(index * size, (index + 1) * size)),
  );
  return fit(bundles, Math.max(0, maxBytes - (promptSizeOf(bundles) - sizeOf(bundles))));
}

function bundleOf(excerpts: readonly ResultExcerpt[]): ResultExcerpt {
  const [first] = excerpts as [ResultExcerpt];
  const lines = excerpts.map(
    ({ title, output }) => `- ${cutTo(oneLine(title), 80, " …")}: ${cutTo(oneLine(output), BRIEF_CHARACTERS, " …")}`,
  );
  const title = `${excerpts.length} results in brief`;
  return { subtask: first.subtask, title, detail: "brief", output: lines.join("\n") };
}

/** Shortens outputs so that they take at most about `maxBytes`; the text says how much is missing, and from where. */
export function fit(excerpts: ResultExcerpt[], maxBytes: number): ResultExcerpt[] {
  const sizes = excerpts.map((excerpt) => ({ bytes: sizeOf([excerpt]), isBuiltOn: excerpt.usedBy !== undefined }));
  const most = allowances(sizes, maxBytes);
  if (most.every((bytes) => bytes === Infinity)) return excerpts;
  return excerpts.map((excerpt, index) => {
    const kept = beginningWithin(excerpt.output, most[index] ?? Infinity, NOTE_BYTES);
    if (kept === undefined) return excerpt;
    const { whole, ...rest } = excerpt;
    const left = (whole?.characters ?? excerpt.output.length) - kept.length;
    const detail = rest.detail === "full" ? "shortened" : rest.detail;
    return {
      ...rest,
      detail,
      output: `${kept.trimEnd()}\n[cut: ${left} more characters, from ${kept.length} on]`,
    };
  });
}

function excerptOf({ subtask, result, usedBy }: Found, most: number): ResultExcerpt {
  const { kept } = result;
  const isCut = kept !== undefined && kept.characters > most;
  return {
    ...(isCut ? { whole: { characters: kept.characters, bytes: kept.bytes } } : {}),
    subtask: subtask.id,
    title: subtask.title,
    group: subtask.group,
    item: subtask.item,
    ...(usedBy.length === 0 ? {} : { usedBy: usedBy.slice(0, MOST_USERS).join(" ") }),
    detail: subtask.role === "reduce" ? "condensed" : "full",
    output: isCut ? (kept.beginning?.(most) ?? "") : result.output,
  };
}
