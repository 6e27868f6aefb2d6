/**
 * A task that is too long for one prompt, cut: what every part must know (the question before a list, the remark after it), and
 * the bulk (items, lines, paragraphs), which can be halved again and again. Pure.
 *
 * 1. The halves of a bulk, put together, are the bulk: no item is lost, none is in two parts.
 * 2. A cut falls between paragraphs, else between items with what is indented below them, else between sentences, else words.
 */

import type { PlanFile } from "../../../state/plan.ts";

export interface TaskPart {
  /** The same in every part. */
  head: string;
  bulk: string;
  /** The same in every part. */
  tail: string;
}

const HEAD_CHARACTERS = 4000;
const TAIL_CHARACTERS = 2000;
/** Of a text without lines, so much passes for its question. */
const OPENING_CHARACTERS = 1000;
/** A bulk below this is not cut any more. */
const LEAST_CHARACTERS = 200;
/** A cut must leave each half so much of the whole; else a finer one is tried. */
const LEAST_SHARE = 0.25;
const LIST_ITEM = /^\s*(?:[-*•+]|\(?\d{1,6}[.):])\s/;

/** Where units end, the coarsest first. Each match is the break; the cut falls behind it. */
const BREAKS: readonly RegExp[] = [/\n[ \t]*\n\s*/g, /\n+(?=\S)/g, /\n+/g, /[.!?;]\s+/g, /\s+/g];

export function openTask(task: string): TaskPart {
  const text = task.trim();
  const { head, isCertain } = headOf(text);
  const rest = text.slice(head.length);
  const tail = isCertain ? tailOf(rest) : "";
  // What only looks like a head may be an item: it stays in the bulk as well.
  const bulk = isCertain ? rest.slice(0, rest.length - tail.length) : text;
  return { head: head.trim(), bulk, tail: tail.trim() };
}

/** Two parts of about equal size, in order; undefined where nothing is left to cut. */
export function halveTask(part: TaskPart): readonly [TaskPart, TaskPart] | undefined {
  const { bulk } = part;
  if (bulk.trim().length < LEAST_CHARACTERS) return undefined;
  const at = middleOf(bulk);
  const [first, second] = [
    { ...part, bulk: bulk.slice(0, at) },
    { ...part, bulk: bulk.slice(at) },
  ] as const;
  return first.bulk.trim() === "" || second.bulk.trim() === "" ? undefined : [first, second];
}

export function textOfPart({ head, bulk, tail }: TaskPart): string {
  return [head, bulk.trim(), tail].filter((text) => text !== "").join("\n\n");
}

interface Head {
  head: string;
  /** It is no item of the list. */
  isCertain: boolean;
}

function headOf(text: string): Head {
  const paragraph = /\n[ \t]*\n\s*/.exec(text.slice(0, HEAD_CHARACTERS));
  if (paragraph !== null) {
    const head = text.slice(0, paragraph.index + paragraph[0].length);
    return { head, isCertain: announces(head) || startsList(text.slice(head.length)) };
  }
  const firstItem = listStart(text);
  if (firstItem > 0 && firstItem <= HEAD_CHARACTERS) return { head: text.slice(0, firstItem), isCertain: true };
  const line = text.indexOf("\n") + 1;
  if (line > 0 && line <= HEAD_CHARACTERS)
    return { head: text.slice(0, line), isCertain: announces(text.slice(0, line)) };
  return { head: text.slice(0, middleOf(text.slice(0, 2 * OPENING_CHARACTERS))), isCertain: false };
}

/** "…for each of these:" and "Which of these …?" are no items. */
function announces(head: string): boolean {
  return /[:?]$/.test(head.trim()) && !LIST_ITEM.test(head);
}

/** A list follows: of marked items, or of lines that no blank one parts. */
function startsList(rest: string): boolean {
  const list = rest.slice(0, rest.length - tailOf(rest).length);
  return LIST_ITEM.test(rest) || !/\n[ \t]*\n/.test(list.trim());
}

/** Where the first marked item begins; 0 where there is none, or the text begins with one. */
function listStart(text: string): number {
  let at = 0;
  for (const line of text.slice(0, HEAD_CHARACTERS).split("\n")) {
    if (LIST_ITEM.test(line)) return at;
    at += line.length + 1;
  }
  return 0;
}

/** A last paragraph of sentences, after a list that is not made of such. */
function tailOf(rest: string): string {
  const end = rest.trimEnd();
  const last = [...end.matchAll(/\n[ \t]*\n/g)].at(-1);
  if (last === undefined) return "";
  const tail = rest.slice(last.index);
  const before = end.slice(0, last.index).trim();
  const isRemark = tail.length <= TAIL_CHARACTERS && /[.?!:]$/.test(tail.trim()) && !LIST_ITEM.test(tail.trim());
  return isRemark && before.includes("\n") && !/\n[ \t]*\n/.test(before) ? tail : "";
}

/** The break nearest to the middle, of the coarsest kind that has one there. */
function middleOf(text: string): number {
  const middle = text.length / 2;
  for (const breaks of BREAKS) {
    let best: number | undefined;
    for (const found of text.matchAll(breaks)) {
      const at = found.index + found[0].length;
      if (best === undefined || Math.abs(at - middle) < Math.abs(best - middle)) best = at;
      if (at > middle) break;
    }
    if (best !== undefined && Math.min(best, text.length - best) >= LEAST_SHARE * text.length) return best;
  }
  const at = Math.floor(middle);
  return /[\uDC00-\uDFFF]/.test(text.charAt(at)) ? at + 1 : at;
}

/** An id up to this length keeps its own words behind the prefix; `forEach` adds to it. */
const ID_CHARACTERS = 100;

/**
 * Ids are made unique by a prefix for each part (`p03-`), the same whatever the other parts hold; dependencies stay within
 * their part. Each plan has been checked by itself.
 */
export function unitePlans(plans: readonly PlanFile[]): PlanFile {
  const width = String(plans.length).length;
  const prefixOf = (part: number): string => `p${String(part + 1).padStart(width, "0")}-`;
  // A part of the task that declares an artifact means the same one as the others: the first declaration holds.
  const artifacts = new Map(
    plans
      .flatMap((plan) => plan.artifacts)
      .toReversed()
      .map((artifact) => [artifact.name, artifact]),
  );
  return {
    artifacts: [...artifacts.values()],
    checks: plans.flatMap(({ checks }, index) =>
      checks.map((check) => ({ ...check, id: `${prefixOf(index)}${check.id}`.slice(0, 128) })),
    ),
    subtasks: plans.flatMap(({ subtasks }, index) => {
      const prefix = prefixOf(index);
      const ids = new Map(subtasks.map(({ id }, place) => [id, `${prefix}${shortened(id, place)}`]));
      return subtasks.map((subtask) => ({
        ...subtask,
        id: ids.get(subtask.id) ?? subtask.id,
        // A member of a forEach may be named by its own id: the group's prefix goes before it as well.
        dependsOn: subtask.dependsOn.map((id) => ids.get(id) ?? `${prefix}${id}`),
      }));
    }),
  };
}

function shortened(id: string, place: number): string {
  return id.length <= ID_CHARACTERS ? id : `${id.slice(0, ID_CHARACTERS - 8)}-${place + 1}`;
}
