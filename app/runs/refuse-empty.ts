/** That a run is not begun on documents of which nothing is left to read. */
import type { DocumentOverview } from "../../engine/ports/documents.ts";
import { SwarmError } from "../../state/errors.ts";
import { leftOutText } from "../../state/left-out.ts";

/** Throws SwarmError DOCUMENTS_UNREADABLE for the first of the named paths in which nothing is left. */
export function refuseEmpty(overview: Pick<DocumentOverview, "files" | "leftOut" | "ignored" | "emptyRoots">): void {
  const [root] = overview.emptyRoots;
  if (root === undefined) return;
  throw new SwarmError("DOCUMENTS_UNREADABLE", `there is nothing to read in ${root}: ${reasonOf(root, overview)}`, {
    next: "name other documents",
    data: { path: root },
  });
}

function reasonOf(root: string, { files, leftOut, ignored }: Parameters<typeof refuseEmpty>[0]): string {
  // Of several paths, what was left out below this one.
  const own =
    files === 0
      ? leftOut
      : leftOut.filter(({ names }) => names.some((name) => name === root || name.startsWith(`${root}/`)));
  if (own.length > 0) return `left out: ${leftOutText(own)}`;
  return ignored > 0 ? "all that is in it is hidden or kept out by an ignore file" : "it is empty";
}
