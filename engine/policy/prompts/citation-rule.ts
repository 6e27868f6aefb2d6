/**
 * How agents cite: `"words" [path:line]`, or `[path:first-last]` where the words run over several lines. One form for every model, so
 * that `engine/policy/answer/check-citations.ts` can check each citation against the document without a model.
 */

export const CITATION_RULE = [
  "Cite every fact that you take from a document right after it, in exactly this form:",
  '"words copied letter by letter" [path:line]',
  "The path and the line number are those that the tools showed. Words that run over several lines are cited by the first and the",
  "last of them, as in [path:12-14]. Shorten by quoting less, never by changing a letter.",
].join("\n");

/** Lines of one document, 1-based, both inclusive. */
export interface Place {
  path: string;
  first: number;
  last: number;
}

export interface Citation extends Place {
  quote: string;
}

/** Words between straight or typographic quotes; they may run over a line end, as prose that is wrapped does. */
const QUOTE = /(?:"([^"]{1,2000})"|“([^“”]{1,2000})”|„([^„“”]{1,2000})[“”]|«([^«»]{1,2000})»)/.source;
/** A path may hold brackets in pairs, as in `app/[slug]/page.tsx` and `[[...rest]].tsx`. */
const PLACE = /\s?\[((?:[^[\]\n|]|\[\[?[^[\]\n|]*\]\]?)+?):(\d{1,9})(?:[-–](\d{1,9}))?\]/.source;
const CITATION = new RegExp(`${QUOTE}${PLACE}`, "g");

/** The citations in a text, in order, repeated ones once. Pure. */
export function citationsIn(text: string): Citation[] {
  const found = new Map<string, Citation>();
  for (const [whole, ...parts] of text.matchAll(CITATION)) {
    const [path = "", first, last = first] = parts.slice(4);
    const quote = parts.slice(0, 4).find((words) => words !== undefined) ?? "";
    found.set(whole, { quote, path, first: Number(first), last: Number(last) });
  }
  return [...found.values()];
}

/** Whether a citation of this path reads as one: not where it holds a line end, `|`, or brackets that are not in pairs. Pure. */
export function isCitable(path: string): boolean {
  return !/[[\]\n|]/.test(path) || citationsIn(citation("x", { path, first: 1, last: 1 }))[0]?.path === path;
}

/** Writes one citation. `words` must not hold `"`; the caller picks words without. Pure. */
export function citation(words: string, place: Place): string {
  return `"${words}" [${placeText(place)}]`;
}

/** `path:line`, or `path:first-last`. Pure. */
export function placeText({ path, first, last }: Place): string {
  return first === last ? `${path}:${first}` : `${path}:${first}-${last}`;
}
