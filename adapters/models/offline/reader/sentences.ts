/** Where sentences end. Pure. */

interface Span {
  start: number;
  /** Exclusive. */
  end: number;
}

const END = /(?:(?<![.!?…])[.!?…]+["'”’)\]`*_]*(?=\s)|[。！？]+[」』”]?)\s*/gu;
const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|resp|incl|no|fig|mr|mrs|ms|dr|st|\p{L}|\d{1,2})\.$/iu;
const OPENS_SENTENCE = /^[\p{Lu}\p{Lo}\p{N}`*_/~[("'“‘<@$#\-–]/u;

/** The sentences of a text that may run over several lines, without outer white space. */
export function sentenceSpans(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  const push = (end: number): void => {
    const body = text.slice(start, end);
    const first = start + (body.length - body.trimStart().length);
    if (body.trim() !== "") spans.push({ start: first, end: first + body.trim().length });
    start = end;
  };
  for (const match of text.matchAll(END)) {
    const end = match.index + match[0].length;
    const tail = text.slice(Math.max(start, match.index - 12), match.index + match[0].trimEnd().length);
    const isOpen = end < text.length && !OPENS_SENTENCE.test(text.slice(end, end + 2));
    if (!ABBREVIATION.test(tail) && !isOpen) push(end);
  }
  push(text.length);
  return spans;
}
