/** What a task asks, by its words: about each of many things, a comparison, a summary, or one or more questions. Pure. */
import { sentenceSpans } from "../reader/sentences.ts";

export interface Aspect {
  /** Snake case, unique among its siblings: the name of a property. */
  key: string;
  title: string;
}

export interface EachTask {
  /** What there is one of for each row, in the singular: `package`. */
  noun: string;
  items: string[];
  aspects: Aspect[];
}

const NOUN_END =
  "(?=\\s*(?:[:,;.?!()–—]|$)|\\s+(?:what|which|who|how|why|when|where|is|are|does|do|has|have|and|list|give|tell|state|say|find|show|in|within|under|from|of|with|that|there|here|installed|we|you|i|it|explain|describe|used|the|its|their)\\b)";
const NOUN = `((?:[\\p{L}\\p{N}@_.'-]+\\s+){0,3}?[\\p{L}_-]+)${NOUN_END}`;
const THE = "(?:\\s+of)?(?:\\s+(?:the|these|those|my|our|its))?\\s+";
const EACH = [
  new RegExp(`\\b(?:for|of|in|about|on|from|by)?\\s*\\b(?:each|every)(?:\\s+single)?${THE}${NOUN}`, "iu"),
  new RegExp(`\\b(?:one\\s+(?:row|line|entry|section)\\s+)?per\\s+${NOUN}`, "iu"),
  new RegExp(`\\b(?:for|of|about|on)\\s+all${THE}${NOUN}`, "iu"),
  new RegExp(`\\btable\\s+of\\s+(?:all\\s+)?(?:the\\s+|these\\s+)?${NOUN}`, "iu"),
];
const LISTED =
  /\b(?:for\s+)?(?:each|every|all)\s+of(?:\s+the\s+following)?(?:\s+[\p{L}]+s)?\s*:?\s+((?!the\b|these\b|those\b|them\b|us\b|my\b|our\b|its\b)(?:[`"']?[@\p{L}\p{N}][^\s,:;?]*[`"']?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?){2,})/iu;
const PLACE =
  /^\s+(?:(?:in|within|under|from|of)\s+(?:the\s+|this\s+|these\s+|my\s+|our\s+)?\S+?(?:\s+(?:folder|directory|repository|repo|documents?|docs|collection))?|there is|here|installed)(?=\s*[:,;?.!–—]|\s*$|\s+(?:what|which|how|who|the|its|is|does|list|give|tell|state)\b)/i;

export function readEach(task: string): EachTask | undefined {
  const listed = LISTED.exec(task);
  const items = listed === null ? [] : namesIn(listed[1] as string);
  const match = items.length > 1 ? listed : EACH.map((form) => form.exec(task)).find((found) => found !== null);
  if (match === null || match === undefined) return undefined;
  const before = aspectsIn(task.slice(0, match.index).replace(/\b(?:for|of|about|in|on)\s*$/i, ""));
  const rest = task.slice(match.index + match[0].length).replace(PLACE, "");
  const after = aspectsIn(rest.replace(/^\s*(?:is|does|do|are|has|have)\s*[?.]?\s*$/i, ""));
  const aspects = [
    ...before.filter(({ key, title }) => /\p{L}{2}/u.test(title) && after.every((one) => one.key !== key)),
    ...after,
  ];
  if (match === listed) return { noun: "item", items, aspects };
  return { noun: singular((match[1] as string).split(/\s+/).at(-1) ?? ""), items: [], aspects };
}

const BY =
  "(?:(?:\\s*[,;:–—]?\\s*(?:on|by|in terms of|with (?:respect|regard) to|regarding|as to|according to|considering)|\\s*[:–—])\\s+(.+?))?";
const ENDING = "(?:\\s+in (?:these|this|the) \\w+\\b.*?)?\\s*(?:[?.!](?=\\s|$)|[:;]|$)";
const COMPARISONS = [
  "\\b(?:compare|contrast|comparison (?:of|between))\\s+(.+?)",
  "\\bdifferences?\\s+(?:is |are )?(?:there )?between\\s+(.+?)",
  "\\bhow\\s+(?:do|does|is|are)\\s+(.+?\\s+(?:differ from|different from|related? to|compared? (?:to|with))\\s+.+?)",
  "\\bhow\\s+(?:do|are)\\s+(.+?)\\s+(?:differ|different|compare|relate|related)",
  "(?:^|[.:,]\\s+|\\b(?:between|about)\\s+)([^.,:?!]{1,60}?\\s+(?:vs\\.?|versus)\\s+.+?)",
].map((form) => new RegExp(form + BY + ENDING, "iu"));
const PAIRING = /\s+(?:differ(?:s|ent)? from|related? to|compared? (?:to|with))\s+/i;
const COUNTED = /^(?:all|two|three|four|five|\d+|different|various|available|its|their)\s/i;

export function readComparison(task: string): Pick<EachTask, "items" | "aspects"> | undefined {
  for (const form of COMPARISONS) {
    const match = form.exec(task);
    const items = match === null ? [] : namesIn((match[1] as string).replace(PAIRING, " and "));
    const areNames = items.every((item) => !COUNTED.test(item) && item.split(/\s+/).length <= 6);
    if (items.length > 1 && items.length <= 12 && areNames)
      return { items, aspects: match?.[2] === undefined ? [] : aspectsIn(match[2]) };
  }
  return undefined;
}

/** "synchronous and asynchronous hooks" is about two kinds of hooks: the noun belongs to both. */
function namesIn(text: string): string[] {
  const marks = /^[\s"'`“”*(]+|[\s"'`“”*)?!.:]+$/g;
  const parts = text.split(/\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|with|or|vs\.?|versus|against|&)\s+|\s*[;|]\s*/i);
  const bare = parts.map((name) =>
    name
      .replace(marks, "")
      .replace(/^(?:both|the|a|an|either|plain)\s+/i, "")
      .replace(marks, ""),
  );
  const names = [...new Set(bare.filter((name) => name !== "" && name.length <= 80))];
  const [, noun] = /^\S+ (\p{Ll}[\p{L}-]*)$/u.exec(names.at(-1) ?? "") ?? [];
  return names.map((name) =>
    noun !== undefined && /^[\p{Ll}-]+$/u.test(name) && !name.endsWith(noun) ? `${name} ${noun}` : name,
  );
}

export function singular(noun: string): string {
  const lower = noun.toLowerCase();
  if (lower.endsWith("ies")) return `${lower.slice(0, -3)}y`;
  return /(?:ch|sh|x|ss)es$/.test(lower) ? lower.slice(0, -2) : lower.replace(/(?<=[^s])s$/, "");
}

export function asksSummary(text: string): boolean {
  return /^\W*(?:please\s+)?(?:summari[sz]e|(?:give|write|make)\b[^.?]{0,30}\b(?:overview|summary)|overview|summary)\b|\bmain points\b|\bwhat (?:is|are) (?:this|these|the) (?:documents?|folder|files?)[^.?]{0,20} about\b|\bwhat(?:'s| is) in\b[^?]{0,200}\.\w{1,5}\b|\bwhat does [^?]{0,200}\.\w{1,5}["'`]? (?:say|contain)\b/i.test(
    text,
  );
}

const ITEM = /^\s*(?:[-*•]|\d{1,2}[.)]|\(?[a-z]\))\s+/;
const ASKS =
  /[?？]$|^(?:please\s+)?(?:explain|describe|list|show|tell|summari[sz]e|find|name|give|state|compare|outline|identify|look up|extract|write)\b|^(?:and\s+|also,?\s+)?(?:what|which|who|whose|whom|how|when|where|why|is|are|does|do|did|can|could|should|will|would|has|have|may|must)\b/i;
const LEANS = /\b(?:it|its|they|them|their|this|that|these|those|there)\b/i;
const AND_ASKS =
  /\s*(?:;\s*(?:and\s+)?|,?\s+and\s+(?=(?:what|which|who|how|when|where|why)\s+(?:is|are|do|does|did|can|should|to|much|many|long|often|\w+\s+(?:is|are|does|do|can|should))\b))/i;
const NAMED = /(?<![\w-])@?[a-z]\w*[-/][\w/-]*\w|\b[a-z]+[A-Z]\w*/;
const MOST_QUESTIONS = 20;
/** About the answer's form, not about its content. */
const FORM =
  /^(?:please\s+)?(?:answer|cite|use|be|keep|write|give|return|respond)\b.*\b(?:citations?|cite|short|brief|table|markdown|words|sentences?|english|concise)\b/i;

/** One or more; those that lean on the one before ("what is its default?") carry it along. */
export function questionsIn(task: string): string[] {
  const parts = task.split("\n").flatMap((row) => {
    const text = row.replace(ITEM, "").trim();
    return ITEM.test(row)
      ? partsOf(text)
      : sentenceSpans(text).flatMap(({ start, end }) => partsOf(text.slice(start, end)));
  });
  const asked = parts.filter((part) => ASKS.test(part) && !FORM.test(part));
  if (asked.length < 2) return [task.trim()];
  const context = parts.filter((part) => !ASKS.test(part)).join(" ");
  return asked.slice(0, MOST_QUESTIONS).map((question, at) => {
    const before = at === 0 ? context : (asked[at - 1] as string);
    const isNaming = before !== "" && (at === 0 || !LEANS.test(before));
    return LEANS.test(question) && isNaming ? `${question} (${before.replace(/[?.!:]+$/, "")})` : question;
  });
}

/** "Does x-y do A, and how is B done?" asks both of x-y. */
function partsOf(sentence: string): string[] {
  const parts = sentence
    .split(AND_ASKS)
    .map((part) => part.trim().replace(/^(?:and|also|finally|then),?\s+(?=\p{L})/iu, ""));
  if (parts.length < 2 || !/[?？]$/.test(sentence)) return parts.filter((part) => part !== "");
  const name = NAMED.exec(parts[0] as string)?.[0];
  return parts.map((part, at) => {
    const body = capitalised(part).replace(/[?？.,]+$/, "");
    return at === 0 || name === undefined || NAMED.test(part) ? `${body}?` : `${body} (${name})?`;
  });
}

const STARTER = "what|which|who|whose|how|when|where|why|whether|does|is|has|can|its|their|the|a|an|if";
const BREAK = new RegExp(
  `\\s*[;,]\\s*(?:and\\s+|or\\s+)?|\\s+(?:and|as well as|plus)\\s+(?=(?:also\\s+)?(?:${STARTER})\\b)|\\s*\\n\\s*(?:[-*•]|\\d+[.)])?\\s*|\\s*\\?\\s+`,
  "i",
);
const FILLER =
  /^(?:please\s+)?(?:(?:make|create|build|write|produce|prepare|give|list|show|tell|state|say|name|find(?:\s+out)?|extract|collect|describe|report|answer|look up|determine|compile)\b(?:\s+me)?)?\s*(?:(?:a|an|the|one)\s+)?(?:(?:short|small|brief|markdown|cited|compact)\s+)*(?:(?:table|list|overview|matrix|comparison|row|line|entry)\b)?\s*(?:(?:with|of|that (?:shows|says|lists)|showing|listing|containing|for|about|on)\b)?\s*/i;
const LEADING = /^(?:(?:and|also|in which|in what|which|what|the|its|their|it's|a|an)\s+){1,2}/i;
const TRAILING =
  /\s+(?:(?:does|do|did|is|are|has|have|can)\s+(?:it|they|each|that|this|one|the\s+\w+)(?:\s+(?:need|needs|have|has|use|uses|require|requires|support|supports|come|comes|offer|state|depend|run|under))*(?:\s+(?:with|on|under|for))?|(?:it|they)\s+(?:needs?|has|have|uses?|requires?|supports?|is under)|is it(?:\s+under)?|are they|of it|needed|required|used)$/i;
const FORMAT =
  /^(?=(?:\S+\s+){0,5}\S+$).*\b(?:table|markdown|sorted|alphabetical(?:ly)?|citations?|cite|format|as json|column|row)\b/i;
const LONGEST_KEY = 40;
const MOST_ASPECTS = 12;

/** "what is it for, which licence, which Node version does it need" is three. */
export function aspectsIn(text: string): Aspect[] {
  const cleaned = text
    .trim()
    .replace(/^[\s:,;.–—-]+/, "")
    .replace(FILLER, "")
    .replace(/^[\s:,;–—-]+|[\s?.!:,;]+$/g, "");
  const titles = cleaned
    .split(BREAK)
    .flatMap(nounsOf)
    .filter((part) => !FORMAT.test(part))
    .map(titleOf);
  const aspects = new Map(titles.map((title) => [keyOf(title), { key: keyOf(title), title }]));
  return [...aspects.values()].filter(({ key }) => key !== "").slice(0, MOST_ASPECTS);
}

export function keyOf(title: string): string {
  const key = title
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  return key.length <= LONGEST_KEY ? key : key.slice(0, LONGEST_KEY).replace(/_[^_]*$/, "");
}

export function wordsOfKey(key: string): string {
  return key
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .trim()
    .toLowerCase();
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "licence and version": an "and" between nouns parts too. */
function nounsOf(part: string): string[] {
  const nouns = part.split(/\s+(?:and|&)\s+/i);
  const isNoun = (text: string): boolean =>
    text.replace(LEADING, "").split(/\s+/).length <= 3 &&
    !/\b(?:is|are|does|do|can|has|have|how|why|when|where|who)\b/i.test(text);
  return nouns.length === 2 && nouns.every(isNoun) ? nouns : [part];
}

function titleOf(part: string): string {
  const asked = part
    .trim()
    .replace(/[?.!:]+$/, "")
    .replace(/^(?:and|also)\s+/i, "");
  const bare = asked.replace(LEADING, "").replace(/^how\b/i.test(asked) ? /$^/ : TRAILING, "");
  if (/^(?:what|which)\s+(?:is|are|does|do|can|has|have|it|they)\b/i.test(asked))
    return capitalised(asked.replace(/^(?:what|which) (?:is|are) (?:the|its|their) (?=\S)/i, ""));
  return capitalised(/^(?:was|were|is|are|happens?|happened)\b/i.test(bare) ? asked : bare);
}
