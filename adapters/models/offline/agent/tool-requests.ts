/** Calls of the document tools, and the words that they search for. */
import { readQuestion } from "./question.ts";

export interface ToolRequest {
  tool: string;
  args: Record<string, unknown>;
}

export const SEARCH = "search_documents";
export const READ = "read_document";
export const LIST = "list_documents";

/** Lines of a page that are read at first. */
const OPENING_LINES = 160;
/** Manifests keep their order as they like: the licence may stand at the end. */
export const MANIFEST_LINES = 900;

export function search(query: string, limit: number, path?: string): ToolRequest {
  return { tool: SEARCH, args: path === undefined ? { query, limit } : { query, limit, path } };
}

export function read(path: string, fromLine: number, lineCount: number): ToolRequest {
  return { tool: READ, args: { path, from_line: fromLine, line_count: lineCount } };
}

export function opening(path: string): ToolRequest {
  return read(path, 1, isManifest(path) ? MANIFEST_LINES : OPENING_LINES);
}

export function isManifest(path: string): boolean {
  return /\.(?:json|toml|ya?ml)$/i.test(path);
}

export function list(pattern: string, limit: number): ToolRequest {
  return { tool: LIST, args: { pattern, limit } };
}

/** A question without its small words, for the index. */
export function keyWords(text: string): string {
  const terms = readQuestion(text).terms.filter((term) => term.weight > 0.4);
  const words = text
    .split(/\s+/)
    .filter((word) => terms.some((term) => readQuestion(word).terms.some((own) => own.stem === term.stem)));
  return (words.length > 0 ? words : [text])
    .join(" ")
    .replace(/[?!.,;:]+(?=\s|$)/g, "")
    .slice(0, 300);
}

/** Names, identifiers and quoted words alone. */
export function nameWords(text: string): string {
  const names = new Set(
    readQuestion(text)
      .terms.filter((term) => term.weight > 1)
      .map((term) => term.stem),
  );
  return text
    .split(/\s+/)
    .filter((word) => readQuestion(`x ${word}`).terms.some((term) => names.has(term.stem)))
    .join(" ")
    .replace(/[?!.,;:]+(?=\s|$)/g, "")
    .slice(0, 200);
}
