/** "For each package: …", "the licence of every crate", "one row per skill", "for each of A, B and C". */
import { aspectsIn, type Aspect } from "./aspects.ts";
import { namesIn } from "./names.ts";

export interface EachTask {
  /** What there is one of for each row, in the singular: `package`. */
  noun: string;
  /** The items, where the task lists them. */
  items: string[];
  aspects: Aspect[];
}

const NOUN_END =
  "(?=\\s*(?:[:,;.?!()–—]|$)|\\s+(?:what|which|who|how|why|when|where|is|are|does|do|has|have|and|list|give|tell|state|say|find|show|in|within|under|from|of|with|that|there|here|installed|we|you|i|it|explain|describe|summari[sz]e|used|the|its|their)\\b)";
const NOUN = `((?:[\\p{L}\\p{N}@_.'-]+\\s+){0,3}?[\\p{L}_-]+)${NOUN_END}`;
const FORMS = [
  new RegExp(
    `\\b(?:for|of|in|about|on|from|by|what|which)?\\s*\\b(?:each|every)(?:\\s+(?:single|one of))?(?:\\s+of)?(?:\\s+(?:the|these|those|my|our|its))?\\s+${NOUN}`,
    "iu",
  ),
  new RegExp(`\\b(?:one\\s+(?:row|line|entry|section|paragraph)\\s+)?per\\s+${NOUN}`, "iu"),
  new RegExp(`\\b(?:for|of|about|on)\\s+all(?:\\s+of)?(?:\\s+(?:the|these|those|my|our|its))?\\s+${NOUN}`, "iu"),
  new RegExp(`\\btable\\s+of\\s+(?:all\\s+)?(?:the\\s+|these\\s+|my\\s+)?${NOUN}`, "iu"),
];
const LISTED =
  /\b(?:for\s+)?(?:each|every|all)\s+of(?:\s+the\s+following)?(?:\s+[\p{L}]+s)?\s*:?\s+((?:[`"']?[@\p{L}\p{N}][^\s,:;?]*[`"']?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?){2,})/iu;
const ARTICLE_NOUN = /^(?:the|these|those|them|us|you|my|our|its)\b/i;

/** Reads a task as one about each of many things; undefined where it is not. Pure. */
export function readEach(task: string): EachTask | undefined {
  const listed = LISTED.exec(task);
  const items = listed === null ? [] : namesIn(listed[1] as string);
  if (listed !== null && items.length >= 2 && !ARTICLE_NOUN.test(listed[1] as string))
    return { noun: "item", items, aspects: aspectsAround(task, listed) };
  for (const form of FORMS) {
    const match = form.exec(task);
    if (match === null) continue;
    const noun = singular((match[1] as string).trim().split(/\s+/).at(-1) as string);
    return { noun, items: [], aspects: aspectsAround(task, match) };
  }
  return undefined;
}

/** What stands before and after the words that name the things. */
function aspectsAround(task: string, match: RegExpExecArray): Aspect[] {
  const before = aspectsIn(task.slice(0, match.index).replace(/\b(?:for|of|about|in|on)\s*$/i, ""));
  const rest = task
    .slice(match.index + match[0].length)
    .replace(
      /^\s+(?:(?:in|within|under|from|of)\s+(?:the\s+|this\s+|these\s+|my\s+|our\s+)?\S+?(?:\s+(?:folder|directory|repository|repo|documents?|docs|install|collection))?|there is|here|installed)(?=\s*[:,;?.!–—]|\s*$|\s+(?:what|which|how|who|the|its|is|does|list|give|tell|state)\b)/i,
      "",
    );
  const after = aspectsIn(rest.replace(/^\s*(?:is|does|do|are|has|have)\s*[?.]?\s*$/i, ""));
  const known = new Set(after.map((aspect) => aspect.key));
  return [...before.filter((aspect) => !known.has(aspect.key) && /[\p{L}]{2}/u.test(aspect.title)), ...after];
}

/** Pure. */
export function singular(noun: string): string {
  const lower = noun.toLowerCase();
  if (/(?:ies)$/.test(lower)) return `${lower.slice(0, -3)}y`;
  if (/(?:ches|shes|xes|sses)$/.test(lower)) return lower.slice(0, -2);
  return /[^s]s$/.test(lower) ? lower.slice(0, -1) : lower;
}
