/** The aspects that a task asks about: "what is it for, which licence, which Node version does it need" is three. */

export interface Aspect {
  /** Snake case, unique among its siblings: the name of a property. */
  key: string;
  /** As a column is headed. */
  title: string;
}

const STARTER = "what|which|who|whose|how|when|where|why|whether|does|is|has|can|its|their|the|a|an|if";
const BREAK = new RegExp(
  `\\s*[;,]\\s*(?:and\\s+|or\\s+)?|\\s+(?:and|as well as|plus)\\s+(?=(?:also\\s+)?(?:${STARTER})\\b)|\\s*\\n\\s*(?:[-*•]|\\d+[.)])?\\s*|\\s*\\?\\s+`,
  "i",
);
const FILLER =
  /^(?:please\s+)?(?:(?:make|create|build|write|produce|prepare|give|list|show|tell|state|say|name|find(?:\s+out)?|extract|collect|describe|report|answer|look up|determine|compile)\b(?:\s+me)?)?\s*(?:(?:a|an|the|one)\s+)?(?:(?:short|small|brief|markdown|cited|compact)\s+)*(?:(?:table|list|overview|matrix|comparison|row|line|entry)\b)?\s*(?:(?:with|of|that (?:shows|says|lists)|showing|listing|containing|for|about|on)\b)?\s*/i;
const LEADING = /^(?:and|also|in which|in what|which|what|the|its|their|it's|a|an)\s+/i;
const TRAILING =
  /\s+(?:(?:does|do|did|is|are|has|have|can)\s+(?:it|they|each|that|this|one|the\s+\w+)(?:\s+(?:need|needs|have|has|use|uses|require|requires|support|supports|come|comes|offer|state|depend|run|under))*(?:\s+(?:with|on|under|for))?|(?:it|they)\s+(?:needs?|has|have|uses?|requires?|supports?|is under)|is it(?:\s+under)?|are they|of it|needed|required|used)$/i;
const KEEPS_ASKING = /^(?:what|which)\s+(?:(?:is|are|does|do|can|has|have)\b|it\b|they\b)/i;
const FORMAT = /\b(?:table|markdown|sorted|alphabetical(?:ly)?|citations?|cite|format|as json|column|row)\b/i;
const LONGEST_KEY = 40;
const MOST_ASPECTS = 12;

/** The aspects in a text, in its order. Pure. */
export function aspectsIn(text: string): Aspect[] {
  const aspects = new Map<string, Aspect>();
  for (const part of withSplitLast(cleaned(text).split(BREAK))) {
    const title = titleOf(part);
    const key = keyOf(title);
    if (key !== "" && !aspects.has(key) && !isFormat(part) && aspects.size < MOST_ASPECTS)
      aspects.set(key, { key, title });
  }
  return [...aspects.values()];
}

/** The property name of a title. Pure. */
export function keyOf(title: string): string {
  const key = title
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  return key.length <= LONGEST_KEY ? key : key.slice(0, LONGEST_KEY).replace(/_[^_]*$/, "");
}

/** A heading for a property name whose title is not known. Pure. */
export function titleOfKey(key: string): string {
  const words = key
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function cleaned(text: string): string {
  return text
    .trim()
    .replace(/^[\s:,;.–—-]+/, "")
    .replace(FILLER, "")
    .replace(/^[\s:,;–—-]+/, "")
    .replace(/[\s?.!:,;]+$/, "");
}

/** "name, licence and version": the last "and" of a list of nouns parts too. */
function withSplitLast(parts: readonly string[]): string[] {
  return parts.flatMap((part) => {
    const [before, after, ...more] = part.split(/\s+(?:and|&)\s+/i);
    const areNouns =
      before !== undefined && after !== undefined && more.length === 0 && isNounPhrase(before) && isNounPhrase(after);
    return areNouns ? [before, after] : [part];
  });
}

function isNounPhrase(text: string): boolean {
  const bare = text.replace(LEADING, "");
  return bare.split(/\s+/).length <= 3 && !/\b(?:is|are|does|do|can|has|have|how|why|when|where|who)\b/i.test(bare);
}

function titleOf(part: string): string {
  let words = part
    .trim()
    .replace(/[?.!:]+$/, "")
    .replace(/^(?:and|also)\s+/i, "");
  if (!KEEPS_ASKING.test(words)) {
    const bare = words
      .replace(LEADING, "")
      .replace(LEADING, "")
      .replace(/^how\b/i.test(words) ? /$^/ : TRAILING, "");
    words = /^(?:was|were|is|are|happens?|happened)\b/i.test(bare) ? words : bare;
  } else words = words.replace(/^(?:what|which) (?:is|are) (?:the|its|their) (?=\S)/i, "");
  return words === "" ? "" : words.charAt(0).toUpperCase() + words.slice(1);
}

function isFormat(part: string): boolean {
  return FORMAT.test(part) && part.split(/\s+/).length <= 6;
}
