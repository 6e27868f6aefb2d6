/**
 * Words of any script, as stems: "configure" and "configured" meet. Identifiers count whole and by their parts
 * (`idleTimeoutMs`); scripts that put no spaces between words (Han, Kana, Thai) count by pairs of characters. Pure.
 */

const WORD = /[\p{L}\p{N}\p{M}_$]+(?:[.'’+#-][\p{L}\p{N}\p{M}_]+)*/gu;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const PARTS = /\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+(?!\p{Ll})|\p{N}+|[\p{Lo}\p{Lt}\p{Lm}]+/gu;

/** Words that carry no subject. English; other languages pass through. */
const STOP_WORDS = new Set(
  (
    "a about above after again all also am an and any are aren't as at be because been before being below between both but by can " +
    "cannot can't could did do does doesn't doing don't down during each either else every few for from further had has have having " +
    "he her here hers him his how i if in into is isn't it it's its itself just let me mean means more most my myself no nor not of " +
    "off on once only or other our ours out over own please per same shall she should so some such tell than that the their theirs " +
    "them then there these they this those through to too under until up upon us very was we were what what's when where whether " +
    "which while who whom whose why will with within without would yes you your yours e.g i.e etc vs versus there's that's you're " +
    "give given gives say says said stated according must may might"
  ).split(" "),
);

/** Words that documents use for one another. Few: a wrong synonym costs more than a missing one. */
const GROUPS = `licence license licensed|timeout deadline|install installation setup|delete remove unset clear erase
create make define declare construct|configure setting option config configuration parameter directive
error exception failure fail throw raise|argument parameter param args|function method
fast performance speed quick efficient|stop exit terminate abort cancel|start begin launch|require need must depend
support compatible compliant conform|decide decision decided|reason rationale motivation|allow permit enable grant
disable prevent skip suppress|show display print output|directory folder|minimum min least|maximum max limit most upper
repository repo|environment env|synchronous sync|asynchronous async|database db|validate validation check verify
purpose description aim|large big huge|change modify update edit|difference differ unlike whereas contrast
author maintainer creator|recommend prefer suggest advise|multiple several many|parse read decode|write save store persist
keep kept retain stay remain|interval delay period time|length size long|return yield give|invoke call run execute
user account|entry record item|wrote written author|deny refuse reject forbid|attempt try|new latest recent|usage use used`;

const SYNONYMS = new Map<string, string[]>();
for (const group of GROUPS.split(/[|\n]/).map((words) => words.split(" ")))
  for (const one of group) SYNONYMS.set(stem(one), [...(SYNONYMS.get(stem(one)) ?? []), ...group]);

/** What a thing is, which a document need not repeat. */
const CLASS =
  /^(?:options?|parameters?|arguments?|functions?|methods?|commands?|subcommands?|variables?|settings?|values?|defaults?|flags?|class|keywords?|directives?|builtins?|modules?|tools?|programs?|property|properties|pragma|statement)$/i;

export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.toLowerCase());
}

export function isClassWord(word: string): boolean {
  return CLASS.test(word);
}

/** Words that documents use in place of this one. */
export function wordsLike(word: string): string[] {
  const own = stem(word.toLowerCase());
  return (SYNONYMS.get(own) ?? []).filter((one) => stem(one) !== own);
}

export function surfaceWords(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** Texts repeat their words. */
const KNOWN = new Map<string, readonly string[]>();
const MOST_KNOWN = 20_000;

/** A word's stem, and after it those of its parts where it is made of several. */
export function stemsOf(word: string): readonly string[] {
  const known = KNOWN.get(word);
  if (known !== undefined) return known;
  const stems = readStems(word);
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  KNOWN.set(word, stems);
  return stems;
}

function readStems(word: string): string[] {
  const lower = word.toLowerCase().replace(/[’']s$/u, "");
  if (UNSPACED.test(lower)) return [...lower].map((one, at, all) => one + (all[at + 1] ?? ""));
  if (/^\p{Lu}{2,}s$/u.test(word)) return [stem(lower)];
  const version = /^v?(\d+\.\d+)(?:\.\d+)*$/.exec(lower);
  if (version !== null) return [lower.replace("v", ""), version[1] as string];
  const parts = word.match(PARTS) ?? [];
  if (parts.length < 2) return [stem(lower)];
  return [lower, ...parts.map((part) => stem(part.toLowerCase())).filter((part) => part.length > 1)];
}

export function stemSet(text: string): Set<string> {
  return new Set(surfaceWords(text).flatMap((word) => (isStopWord(word) ? [] : stemsOf(word))));
}

/** As a name: whole, without the mark of a variable; of one letter to the letter. A dotted one also by its last part. */
export function namesIn(text: string): string[] {
  return surfaceWords(text).flatMap((word) => {
    const last = /[.:]([\p{L}_]\w*)$/u.exec(word)?.[1];
    return last === undefined ? [nameOf(word)] : [nameOf(word), nameOf(last)];
  });
}

export function nameOf(word: string): string {
  return word.length === 1 ? word : (stemsOf(word.replace(/^\$/, ""))[0] ?? "");
}

/** It need not find real roots, only the same one for related words. */
function stem(word: string): string {
  if (word.length < 4 || word.length > 40 || !/^[a-z]+$/.test(word)) return word;
  let base = word
    .replace(/sses$/, "ss")
    .replace(/(?<=..)ies$/, "y")
    .replace(/(?<!ss|us|is)(?<=[^su])s$/, "");
  base = base.replace(/^(.*[aeiouy].*)(?:ing|ed)$/, (whole, kept: string) =>
    kept.length < 3 ? whole : kept.replace(/([^aeiouylsz])\1$/, "$1"),
  );
  base = base.replace(/(?<=.{4})(?:ization|isation|ation|ment|ness|ally|ly|able|ible)$/, "");
  base = base.replace(/(?<=.{5})(?:ency|ence|ent)$/, "").replace(/(?<=.{4})i[sz]e$/, "");
  return base.length > 3 ? base.replace(/e$/, "").replace(/y$/, "i") : base;
}
