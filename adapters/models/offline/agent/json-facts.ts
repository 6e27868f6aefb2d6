/**
 * The pairs of a JSON document with the line that each value stands on. A scanner, not a parser: a document that was read in
 * part, cut, or is not quite JSON still yields what it holds.
 */
import type { ReadDocument } from "./reading.ts";

export interface Fact {
  /** `["engines", "node"]`; array items by their number. */
  keys: readonly string[];
  value: string;
  path: string;
  line: number;
  /** The value as the line has it. */
  raw: string;
  /** Where its key stands. */
  keyLine: number;
}

interface Frame {
  kind: "object" | "array";
  key: string;
  count: number;
}

const TOKEN = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}[\],]|-?\d[\d.eE+-]*|true|false|null/g;
const DEEPEST = 12;

/** The scalar values in document order. Pure. */
export function jsonFacts(document: ReadDocument): Fact[] {
  const facts: Fact[] = [];
  const frames: Frame[] = [];
  let pending = "";
  let keyLine = 0;
  const emit = (raw: string, value: string, line: number): void => {
    const keys = [...frames.slice(1).map((frame) => frame.key), keyHere(frames, pending)].filter((key) => key !== "");
    facts.push({ keys, value, path: document.path, line, raw, keyLine });
  };
  for (const { line, text } of document.lines) {
    for (const [token, string, colon] of text.matchAll(TOKEN)) {
      if (string !== undefined && colon !== undefined) {
        pending = unescaped(string);
        keyLine = line;
      } else if (string !== undefined) emit(string, unescaped(string), line);
      else if (token === "{" || token === "[") {
        if (frames.length > DEEPEST) return facts;
        frames.push({
          kind: token === "{" ? "object" : "array",
          key: frames.length === 0 ? "" : keyHere(frames, pending),
          count: 0,
        });
        pending = "";
      } else if (token === "}" || token === "]") frames.pop();
      else if (token === ",") advance(frames);
      else emit(token, token, line);
    }
  }
  return facts;
}

function keyHere(frames: readonly Frame[], pending: string): string {
  const top = frames.at(-1);
  return top?.kind === "array" ? String(top.count) : pending;
}

function advance(frames: Frame[]): void {
  const top = frames.at(-1);
  if (top?.kind === "array") top.count += 1;
}

function unescaped(string: string): string {
  try {
    return JSON.parse(`"${string}"`) as string;
  } catch {
    return string;
  }
}
