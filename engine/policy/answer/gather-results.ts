/**
 * What the synthesizer is given: the results that nobody else has built on in full, the others in brief, condensed parts in
 * place of what they condense; all of it within a size. Pure.
 */
import type { SubtaskResult } from "../../../state/lane-record.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { ResultExcerpt } from "../../ports/brief.ts";
import { excerptBytes } from "../prompts/synthesizer-prompt.ts";
import { cutTo, oneLine } from "../../../state/plain-text.ts";

/** Characters kept of a result that others have built on. */
const BRIEF_CHARACTERS = 300;
/** More than is shown of a result among others in brief. */
const LEAST_READ_CHARACTERS = 2000;
/** What a bundle of results takes beside its lines. */
const BUNDLE_MARKUP_BYTES = 150;

export type ResultLookup = (subtask: string) => SubtaskResult | undefined;

/** The excerpts for the final answer, in plan order; at most about `maxBytes` of a prompt (`fitPrompt`). */
export function gatherResults(plan: Plan, lookup: ResultLookup, maxBytes: number): ResultExcerpt[] {
  const isDone = (id: string): boolean => lookup(id)?.outcome === "done";
  const builtOn = new Set<string>();
  const condensed = new Set<string>();
  // From the end, so that a node is seen after the one that condensed it.
  for (const subtask of plan.subtasks.toReversed()) {
    const result = lookup(subtask.id);
    if (result?.outcome !== "done") continue;
    // A reduce node that passed its inputs through has no output of its own: the inputs stand for themselves, unless a
    // node above has condensed them.
    if (subtask.role === "reduce" && isEmpty(result) && !condensed.has(subtask.id)) continue;
    const into = subtask.role === "reduce" ? condensed : builtOn;
    for (const dependency of subtask.dependsOn) into.add(dependency);
  }
  const found = plan.subtasks.flatMap((subtask) => {
    const result = lookup(subtask.id);
    if (!isDone(subtask.id) || condensed.has(subtask.id) || result === undefined || isEmpty(result)) return [];
    return [{ subtask, result, isBuiltOn: builtOn.has(subtask.id) }];
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
  isBuiltOn: boolean;
}

function inputsOf(plan: Plan, reduce: Subtask, lookup: ResultLookup): Found[] {
  const inputs = new Set(reduce.dependsOn);
  return plan.subtasks.flatMap((subtask) => {
    const result = lookup(subtask.id);
    if (!inputs.has(subtask.id) || result?.outcome !== "done") return [];
    const isPassed = subtask.role === "reduce" && isEmpty(result);
    return isPassed ? inputsOf(plan, subtask, lookup) : [{ subtask, result, isBuiltOn: false }];
  });
}

/** Without reading one that is kept elsewhere. */
function isEmpty(result: SubtaskResult): boolean {
  return result.kept === undefined && result.output === "";
}

/** Where all of them are more than fits, no more is read of each than an equal share: `fit` leaves none of them more. */
function excerptsOf(found: readonly Found[], maxBytes: number): ResultExcerpt[] {
  const sizes = found.map(({ result, isBuiltOn }) =>
    isBuiltOn ? 0 : (result.kept?.bytes ?? Buffer.byteLength(result.output)),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const most = bytes <= maxBytes ? Infinity : Math.max(LEAST_READ_CHARACTERS, Math.ceil(maxBytes / found.length) + 1);
  return found.map((each) => excerptOf(each, most));
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

/** Cuts outputs above an equal share of `maxBytes`; says in the text how much is missing. */
export function fit(excerpts: ResultExcerpt[], maxBytes: number): ResultExcerpt[] {
  if (sizeOf(excerpts) <= maxBytes) return excerpts;
  const share = Math.max(100, Math.floor(maxBytes / excerpts.length));
  return excerpts.map((excerpt) => {
    const bytes = Buffer.from(excerpt.output);
    if (bytes.length <= share) return excerpt;
    const kept = bytes.subarray(0, characterStart(bytes, share)).toString();
    const { whole, ...rest } = excerpt;
    const left = (whole?.characters ?? excerpt.output.length) - kept.length;
    return { ...rest, output: `${kept}\n[cut: ${left} more characters]` };
  });
}

/** The last place at or before `end` where a character begins in UTF-8. */
function characterStart(bytes: Buffer, end: number): number {
  let start = end;
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}

function excerptOf({ subtask, result, isBuiltOn }: Found, most: number): ResultExcerpt {
  const detail = subtask.role === "reduce" ? "condensed" : isBuiltOn ? "brief" : "full";
  const { kept } = result;
  const wanted = detail === "brief" ? BRIEF_CHARACTERS + 1 : most;
  const isCut = kept !== undefined && kept.characters > wanted;
  const output = isCut ? (result.kept?.beginning?.(wanted) ?? "") : result.output;
  return {
    ...(isCut && detail !== "brief" ? { whole: { characters: kept.characters, bytes: kept.bytes } } : {}),
    subtask: subtask.id,
    title: subtask.title,
    group: subtask.group,
    item: subtask.item,
    detail,
    output:
      detail === "brief" && output.length > BRIEF_CHARACTERS
        ? `${output.slice(0, BRIEF_CHARACTERS).toWellFormed()} …`
        : output,
  };
}
