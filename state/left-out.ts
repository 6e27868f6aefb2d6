/** Which files of the given documents a run does not read, and why. Shapes and their words; pure. */
import { many } from "./amounts.ts";

/** `format`: PDF, Office, images, archives; `outside`: a link that leads out of its folder; `redacted`: its path holds what is redacted; `limit`: beyond what a run takes in all. */
export const LEFT_OUT_REASONS = [
  "too-large",
  "format",
  "binary",
  "encoding",
  "unreadable",
  "outside",
  "redacted",
  "limit",
] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

export interface LeftOut {
  reason: LeftOutReason;
  count: number;
  /** The first of them, as paths are shown. */
  names: string[];
}

export interface DocumentsReport {
  read: number;
  leftOut: LeftOut[];
  /** Files and folders that a rule keeps out: hidden, in an ignore file, generated, lock files. */
  ignored: number;
}

/** What a run says of its documents; undefined: it has none. */
export function documentsReport(
  overview: { files: number; leftOut: LeftOut[]; ignored: number } | undefined,
): DocumentsReport {
  return { read: overview?.files ?? 0, leftOut: overview?.leftOut ?? [], ignored: overview?.ignored ?? 0 };
}

/** Documents that are not what they were when the run began; the first of them by name. */
export interface ChangedDocuments {
  changed: { count: number; names: string[] };
  gone: { count: number; names: string[] };
}

/** Together, each named once. Pure. */
export function withChanges(one: ChangedDocuments | undefined, other: ChangedDocuments): ChangedDocuments {
  const join = (a: ChangedDocuments["gone"] | undefined, b: ChangedDocuments["gone"]): ChangedDocuments["gone"] => {
    const names = [...new Set([...(a?.names ?? []), ...b.names])];
    return { count: Math.max(a?.count ?? 0, b.count, names.length), names };
  };
  return { changed: join(one?.changed, other.changed), gone: join(one?.gone, other.gone) };
}

/** "2 changed (a.md, b.md), 1 gone (c.md)". Pure. */
export function changesText({ changed, gone }: ChangedDocuments): string {
  const part = ({ count, names }: ChangedDocuments["gone"], word: string): string[] => {
    const shown = names.slice(0, NAMES_SHOWN).map((name) => clipped(name));
    return count === 0 ? [] : [`${count} ${word} (${shown.join(", ")}${count > shown.length ? " and others" : ""})`];
  };
  return [...part(changed, "changed"), ...part(gone, "gone")].join(", ");
}

const NAMES_SHOWN = 3;
const LONGEST_NAME = 120;

const WORDS: Readonly<Record<LeftOutReason, { is: string; todo: string }>> = {
  "too-large": { is: "too large", todo: "--max-file-size raises the limit" },
  format: {
    is: "in a format that is not read (PDF, Office, image, archive)",
    todo: "convert to text, Markdown or HTML",
  },
  binary: { is: "binary", todo: "" },
  encoding: { is: "in an encoding that cannot be told", todo: "save as UTF-8" },
  unreadable: { is: "unreadable", todo: "" },
  outside: { is: "behind links that lead out", todo: "name their targets with --docs" },
  redacted: { is: "under names that are redacted", todo: "give them other names" },
  limit: { is: "beyond the number or size that a run takes", todo: "--max-files, or narrower --docs" },
};

/** "1 too large: big.md (--max-file-size raises the limit); 2 binary: a.md, b.md"; empty where nothing is left out. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  return leftOut
    .map(({ reason, count, names }) => {
      const { is, todo } = WORDS[reason];
      const shown = names.slice(0, NAMES_SHOWN).map((name) => clipped(name));
      const more = count > shown.length ? ` and ${count - shown.length} more` : "";
      return `${count} ${is}: ${shown.join(", ")}${more}${todo === "" ? "" : ` (${todo})`}`;
    })
    .join("; ");
}

/** "3 documents read; left out: …", in one line. */
export function documentsText({ read, leftOut }: DocumentsReport): string {
  const count = `${many(read, "document")} read`;
  return leftOut.length === 0 ? count : `${count}; left out: ${leftOutText(leftOut)}`;
}

function clipped(name: string): string {
  return name.length <= LONGEST_NAME ? name : `…${name.slice(-LONGEST_NAME).toWellFormed()}`;
}
