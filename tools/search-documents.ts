/** `search_documents`: passages of the run's documents for free text, best first. */
import { tool, type StructuredToolInterface } from "@langchain/core/tools";
import { z } from "zod";
import type { DocumentLibrary, Passage } from "../engine/ports/documents.ts";
import { cutTo, oneLine } from "../state/plain-text.ts";
import {
  MOST_CHARACTERS,
  passageText,
  shownAbove,
  shownIn,
  unknownPath,
  type ShownPassages,
} from "./shown-passages.ts";

const MOST_PASSAGES = 20;
const DEFAULT_PASSAGES = 6;
/** Of what is found unasked for: so many, and all whose score is that part of the best. */
const [LEAST_SHOWN, TELLING] = [2, 0.5];
/** Of an answer, for each passage that was asked for. */
const CHARACTERS_EACH = 2_400;

const input = z.looseObject({
  query: z.string().describe("words of the passage"),
  path: z.string().optional().describe("folder or file"),
  limit: z.number().int().optional().describe(`default ${DEFAULT_PASSAGES}`),
});

/**
 * Answers with `<passage place="path:line" section="headings above it">` blocks, one without its lines where they stand in the
 * conversation already; or with one sentence where nothing is found.
 */
export function searchDocuments(documents: DocumentLibrary): StructuredToolInterface {
  return tool((call: z.infer<typeof input>, config) => search({ documents, shown: shownIn(config) }, call), {
    name: "search_documents",
    description: "Finds passages by full-text search, best first.",
    schema: input,
  });
}

interface Places {
  documents: DocumentLibrary;
  /** What the agent has before it already. */
  shown: ShownPassages;
}

function search({ documents, shown: before }: Places, { query, path, limit }: z.infer<typeof input>): string {
  const most = limit ?? DEFAULT_PASSAGES;
  const passages = telling(documents.search(query, { path, limit: Math.min(most, MOST_PASSAGES) }), limit);
  if (passages.length === 0) return nothingFound(documents, query, path);
  const words = query.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  const shown: string[] = [];
  let room = Math.min(MOST_CHARACTERS, most * CHARACTERS_EACH);
  for (const passage of passages) {
    const { path: file, firstLine: first, lines } = passage;
    if (before.has({ path: file, first, last: first + lines.length - 1 })) {
      shown.push(shownAbove(passage));
      continue;
    }
    const { text, shownLines } = passageText(passage, { room, words });
    if (shown.length > 0 && (text.length > room || shownLines < passage.lines.length)) break;
    shown.push(text);
    room -= text.length + 1;
  }
  const left = passages.length - shown.length;
  const cut =
    left === 0
      ? []
      : [`[${left} more passages were found than fit in here; ask with a path or with other words to see them]`];
  return [...shown, ...cut].join("\n");
}

/** Where nobody said how many, those that are far behind the best say little. */
function telling(passages: readonly Passage[], limit: number | undefined): readonly Passage[] {
  const best = passages[0]?.score ?? 0;
  return passages.filter(({ score }, place) => limit !== undefined || place < LEAST_SHOWN || score >= TELLING * best);
}

function nothingFound(documents: DocumentLibrary, query: string, path: string | undefined): string {
  if (path !== undefined && !isKnown(documents, path)) return unknownPath(path, documents);
  return `No passage${path === undefined ? "" : ` in ${path}`} matches "${oneLine(cutTo(query, 100))}"; try other words.`;
}

/** A file, or a folder with files in it. */
function isKnown(documents: DocumentLibrary, path: string): boolean {
  const name = path.slice(0, 4_096).replace(/^\.\//, "").replace(/\/+$/, "");
  return (
    name === "" || name === "." || documents.read(path, 1, 1) !== undefined || documents.list(`${name}/`, 1).length > 0
  );
}
