/** The answer to a path that leads to no document: the nearest ones, so that the next call can be right. */
import type { DocumentLibrary } from "../engine/ports/documents.ts";
import { cutTo } from "../state/plain-text.ts";

const NEAREST = 5;
const LONGEST_SHOWN = 200;

/** One sentence. Says of a file that was left out why; else looks for the file's name, then for its name without the extension, then for the folder. */
export function unknownPath(path: string, documents: DocumentLibrary): string {
  const shown = cutTo(path, LONGEST_SHOWN);
  const left = documents.overview(0).leftOut.find(({ names }) => names.includes(path));
  if (left !== undefined) return `"${shown}" was left out of the documents (${left.reason}); it cannot be read.`;
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  const name = parts.at(-1) ?? "";
  for (const attempt of [name, name.replace(/\.[^.]*$/, ""), ...parts.slice(0, -1).toReversed()]) {
    const nearest = attempt.length < 2 ? [] : documents.list(attempt, NEAREST);
    if (nearest.length > 0)
      return `There is no document "${shown}"; the nearest are: ${nearest.map((found) => found.path).join(", ")}.`;
  }
  return `There is no document "${shown}"; list_documents shows those there are.`;
}
