/**
 * A light English stemmer: "configure", "configured" and "configuration" meet. It need not find real roots, only the same
 * one for related words. Words that are not plain ASCII letters are returned as they are.
 */

const PLAIN = /^[a-z]+$/;
const VOWEL = /[aeiouy]/;

/** The stem of a lower-case word. Pure. */
export function stem(word: string): string {
  if (word.length < 4 || !PLAIN.test(word)) return word;
  return withoutFinal(withoutNoun(withoutVerb(withoutPlural(word))));
}

function withoutPlural(word: string): string {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (word.endsWith("s") && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

function withoutVerb(word: string): string {
  for (const ending of ["ing", "ed"]) {
    const base = word.slice(0, -ending.length);
    if (!word.endsWith(ending) || base.length < 3 || !VOWEL.test(base)) continue;
    return /([^aeiouylsz])\1$/.test(base) ? base.slice(0, -1) : base;
  }
  return word;
}

function withoutNoun(word: string): string {
  for (const ending of ["ization", "isation", "ation", "ment", "ness", "ally", "ly", "able", "ible"]) {
    const base = word.slice(0, -ending.length);
    if (word.endsWith(ending) && base.length >= 4) return base;
  }
  for (const ending of ["ency", "ence", "ent"]) {
    const base = word.slice(0, -ending.length);
    if (word.endsWith(ending) && base.length >= 5) return base;
  }
  return word.endsWith("ize") || word.endsWith("ise") ? (word.length > 6 ? word.slice(0, -3) : word) : word;
}

function withoutFinal(word: string): string {
  if (word.length > 3 && word.endsWith("e")) return word.slice(0, -1);
  return word.length > 3 && word.endsWith("y") ? `${word.slice(0, -1)}i` : word;
}
