/**
 * What the document tools answered, read back. Line by line: a document's own text stands behind `N: `, so nothing in it can
 * pass for markup.
 */

export interface FoundLines {
  path: string;
  lines: { line: number; text: string }[];
  /** All lines of the document, where the tool says so. */
  totalLines: number | undefined;
}

const OPEN = /^<passage place="(.+):(\d+)"(?: [a-z_]+="[^"]*")*>$/;
const TOTAL = / total="(\d+)"/;
const NUMBERED = /^\s*(\d+): ?(.*)$/;
const LISTED = /^(?:- )?(.+) \((\d+) lines?\)$/;

/** The passages in a tool's answer, in its order (best first for a search). Pure. */
export function passagesIn(reply: string): FoundLines[] {
  const found: FoundLines[] = [];
  let open: FoundLines | undefined;
  for (const row of reply.split("\n")) {
    const opening = row.startsWith("<passage ") ? OPEN.exec(row) : null;
    if (opening !== null) {
      const total = TOTAL.exec(row)?.[1];
      open = {
        path: unescaped(opening[1] as string),
        lines: [],
        totalLines: total === undefined ? undefined : Number(total),
      };
      found.push(open);
      continue;
    }
    if (row === "</passage>") open = undefined;
    const numbered = open === undefined ? null : NUMBERED.exec(row);
    if (numbered !== null) open?.lines.push({ line: Number(numbered[1]), text: numbered[2] as string });
  }
  return found;
}

/** The paths in the answer of `list_documents`. Pure. */
export function listingIn(reply: string): { path: string; lines: number }[] {
  const listed: { path: string; lines: number }[] = [];
  for (const row of reply.split("\n")) {
    const match = LISTED.exec(row);
    if (match !== null) listed.push({ path: match[1] as string, lines: Number(match[2]) });
  }
  return listed;
}

function unescaped(value: string): string {
  return value.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
