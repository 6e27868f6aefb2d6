/**
 * Edits of a text by search and replacement. An edit must say where it applies without doubt: what it looks for occurs exactly once.
 * Edits apply one after another, each to what the one before has left; where one does not fit, none has been applied. Pure.
 */
import type { Checked } from "./canonical.ts";

export interface TextEdit {
  find: string;
  replace: string;
}

/** Counted no further: the problem is the same. */
const MOST_COUNTED = 100;

export function editText(content: string, edits: readonly TextEdit[]): Checked {
  let edited = content;
  for (const [index, edit] of edits.entries()) {
    const problem = problemOfEdit(edited, edit);
    if (problem !== null) return { ok: false, problem: `edit ${index + 1}: ${problem}; no edit was applied` };
    const at = edited.indexOf(edit.find);
    edited = edited.slice(0, at) + edit.replace + edited.slice(at + edit.find.length);
  }
  return { ok: true, content: edited };
}

function problemOfEdit(content: string, { find, replace }: TextEdit): string | null {
  if (find === "") return '"find" is empty; give the text to replace';
  if (!find.isWellFormed() || !replace.isWellFormed())
    return "it holds half of a surrogate pair; give whole characters";
  const count = countOf(content, find);
  if (count === 1) return null;
  if (count > 1) {
    const times = count > MOST_COUNTED ? `more than ${MOST_COUNTED}` : String(count);
    return `"find" occurs ${times} times; give more of the text around it, so that it occurs once`;
  }
  const hasOtherLineEnds = find.includes("\n") && content.includes("\r\n") && !find.includes("\r\n");
  return `"find" does not occur (0 times)${hasOtherLineEnds ? "; the lines of this text end in \\r\\n" : ""}; read the text again and copy it exactly`;
}

/** Overlapping occurrences count: in "aaa" there are two places where "aa" could be replaced. */
function countOf(content: string, find: string): number {
  let count = 0;
  for (let at = content.indexOf(find); at >= 0 && count <= MOST_COUNTED; at = content.indexOf(find, at + 1)) count += 1;
  return count;
}
