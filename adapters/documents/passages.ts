/**
 * Cuts a document into the passages that a search finds. Prose: a section by its headings, a long one at blank lines, a
 * bare heading together with what follows it. Settings: whole, unless they are long. Source: so many lines, at a blank one
 * where there is one. Blank lines at either end belong to no passage. Pure.
 */
import type { Heading } from "./headings.ts";

export interface Span {
  /** 1-based, inclusive. */
  firstLine: number;
  lastLine: number;
  /** The headings above the passage, the nearest last; empty where there are none. */
  heading: string;
}

/** Lines that are not blank, and characters. From `enough` on a passage ends at a blank line, at `most` anywhere. */
interface Measure {
  enough: { lines: number; characters: number };
  most: { lines: number; characters: number };
  /** A heading begins a new passage once the one before has so many lines: a bare heading stays with what follows. */
  section: number;
}

export type Shape = "prose" | "settings" | "source";

const MEASURES: Readonly<Record<Shape, Measure>> = {
  prose: { enough: { lines: 16, characters: 1_200 }, most: { lines: 36, characters: 3_600 }, section: 2 },
  settings: { enough: { lines: 100, characters: 3_600 }, most: { lines: 120, characters: 4_800 }, section: 2 },
  source: { enough: { lines: 26, characters: 1_600 }, most: { lines: 40, characters: 3_600 }, section: 2 },
};
/** Blank lines count too little above (an HTML page is full of them): no passage is longer than this. */
const MOST_RAW_LINES = 120;
const HEADINGS_SHOWN = 3;
/** Between the headings of a passage. */
export const HEADING_SEAM = " > ";

/** The passages of a document, in order; each has at least one line that is not blank. */
export function passagesOf(lines: readonly string[], headings: readonly Heading[], shape: Shape): Span[] {
  const cutter = new Cutter(MEASURES[shape]);
  let next = 0;
  for (const [index, line] of lines.entries()) {
    let heading: Heading | undefined;
    for (; headings[next]?.line === index + 1; next += 1) heading = headings[next];
    cutter.add(index + 1, line, heading);
  }
  return cutter.finish();
}

class Cutter {
  readonly #measure: Measure;
  readonly #spans: Span[] = [];
  #above: Heading[] = [];
  #first = 0;
  #last = 0;
  #lines = 0;
  #characters = 0;

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  add(line: number, text: string, heading: Heading | undefined): void {
    const isBlank = text.trim() === "";
    if (this.#isFull(line, text, isBlank) || (heading !== undefined && this.#lines >= this.#measure.section))
      this.#cut();
    if (heading !== undefined) this.#above = [...this.#above.filter(({ level }) => level < heading.level), heading];
    if (isBlank) return;
    if (this.#lines === 0) this.#first = line;
    this.#last = line;
    this.#lines += 1;
    this.#characters += text.length;
  }

  finish(): Span[] {
    this.#cut();
    return this.#spans;
  }

  #isFull(line: number, text: string, isBlank: boolean): boolean {
    const { enough, most } = this.#measure;
    if (isBlank) return this.#lines >= enough.lines || this.#characters >= enough.characters;
    const isLong = this.#lines >= most.lines || this.#characters + text.length > most.characters;
    return isLong || line - this.#first >= MOST_RAW_LINES;
  }

  #cut(): void {
    if (this.#lines > 0) {
      const heading = this.#above.slice(-HEADINGS_SHOWN).map(({ text }) => text);
      this.#spans.push({ firstLine: this.#first, lastLine: this.#last, heading: heading.join(HEADING_SEAM) });
    }
    this.#lines = 0;
    this.#characters = 0;
  }
}
