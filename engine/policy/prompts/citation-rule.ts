/**
 * How agents cite: `"words" [path:line]`, the words verbatim from that line. One form for every model, so that
 * `engine/policy/answer/check-citations.ts` can check each citation against the document without a model.
 */

export const CITATION_RULE = [
  "Cite every fact that you take from a document right after it, in exactly this form:",
  '"words copied letter by letter from one line" [path:line]',
  "The path and the line number are those that the tools showed. The quoted words stand within that one line; shorten by",
  "quoting less, never by changing a letter. Text that runs over two lines gets two citations.",
].join("\n");

export interface Citation {
  quote: string;
  path: string;
  line: number;
}

/** A path may hold brackets in pairs, as in `app/[slug]/page.tsx` and `[[...rest]].tsx`. */
const CITATION = /"([^"\n]{1,1000})"\s?\[((?:[^[\]\n|]|\[\[?[^[\]\n|]*\]\]?)+?):(\d{1,9})\]/g;

/** The citations in a text, in order, repeated ones once. Pure. */
export function citationsIn(text: string): Citation[] {
  const found = new Map<string, Citation>();
  for (const [whole, quote, path, line] of text.matchAll(CITATION)) {
    found.set(whole, { quote: quote as string, path: path as string, line: Number(line) });
  }
  return [...found.values()];
}

/** Whether a citation of this path reads as one: not where it holds a line end, `|`, or brackets that are not in pairs. Pure. */
export function isCitable(path: string): boolean {
  return !/[[\]\n|]/.test(path) || citationsIn(citation("x", path, 1))[0]?.path === path;
}

/** Writes one citation. `words` must not hold `"`; the caller picks words without. Pure. */
export function citation(words: string, path: string, line: number): string {
  return `"${words}" [${path}:${line}]`;
}
