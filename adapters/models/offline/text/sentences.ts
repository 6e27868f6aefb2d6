/** Where sentences begin and end. Works on text whose sentences run over several lines; never changes a letter. */

export interface Span {
  start: number;
  /** Exclusive. */
  end: number;
}

const END = /(?:(?<![.!?…])[.!?…]+["'”’)\]`*_]*(?=\s)|[。！？]+[」』”]?)\s*/gu;
const ABBREVIATION = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|resp|incl|no|fig|mr|mrs|ms|dr|st|\p{L}|\d{1,2})\.$/iu;
const OPENS_SENTENCE = /^[\p{Lu}\p{Lo}\p{N}`*_[("'“‘<@$#\-–]/u;

/** The sentences of a text as spans without outer white space. Pure. */
export function sentenceSpans(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const match of text.matchAll(END)) {
    const end = match.index + match[0].length;
    const body = text.slice(start, match.index + match[0].trimEnd().length);
    if (ABBREVIATION.test(body.slice(-12)) || (end < text.length && !OPENS_SENTENCE.test(text.slice(end, end + 2))))
      continue;
    push(spans, text, { start, end });
    start = end;
  }
  push(spans, text, { start, end: text.length });
  return spans;
}

function push(spans: Span[], text: string, span: Span): void {
  const body = text.slice(span.start, span.end);
  const start = span.start + (body.length - body.trimStart().length);
  const end = span.start + body.trimEnd().length;
  if (end > start) spans.push({ start, end });
}
