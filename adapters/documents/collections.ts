/** What is in a heap of documents: folders of one kind, and the files to look at first. Pure. */
import type { DocumentCollection } from "../../engine/ports/documents.ts";
import type { FileKind } from "./file-kinds.ts";

/** A document for these questions: its path below its root. */
export interface RootedPath {
  root: string;
  relative: string;
}

export interface RootedDocument extends RootedPath {
  kind: FileKind;
}

/** Names (in lower case) that make a folder an item of its kind, the surest first; of other prose, the most frequent first. */
const MANIFESTS = [
  "package.json pyproject.toml cargo.toml go.mod pom.xml composer.json setup.py gemfile skill.md",
  "readme.md readme readme.rst readme.txt readme.html",
  "index.md index.mdx index.html index.rst index.txt",
].map((names) => names.split(" "));
const FEWEST_FOLDERS = 3;
const MOST_COLLECTIONS = 6;
const EXAMPLES = 5;
const LICENCES =
  /^(licen[cs]e|copying|notice|authors|changelog|changes|history|security|code_of_conduct|contributing)\b/i;

/**
 * The outermost of the folders that hold one of the files, sorted; the root itself does not count. So `**\/package.json`
 * gives each package, scoped ones too, but not the `esm/package.json` inside of one.
 */
export function outermostFolders(files: readonly RootedPath[]): RootedPath[] {
  const folders = new Map<string, RootedPath>();
  for (const { root, relative } of files) {
    const end = relative.lastIndexOf("/");
    if (end > 0) folders.set(`${root}/${relative.slice(0, end)}`, { root, relative: relative.slice(0, end) });
  }
  const outermost = [...folders.values()].filter((folder) => !hasAncestor(folder, folders));
  return outermost.toSorted((a, b) => compare(`${a.root}/${a.relative}`, `${b.root}/${b.relative}`));
}

function hasAncestor({ root, relative }: RootedPath, folders: ReadonlyMap<string, RootedPath>): boolean {
  for (let end = relative.lastIndexOf("/"); end > 0; end = relative.lastIndexOf("/", end - 1)) {
    if (folders.has(`${root}/${relative.slice(0, end)}`)) return true;
  }
  return false;
}

/** The sets of at least three folders with a file of the same name (`readme.md` is `README.md`), best first. */
export function collectionsOf(documents: readonly RootedDocument[]): DocumentCollection[] {
  const byName = Map.groupBy(documents, ({ relative }) => nameOf(relative).toLowerCase());
  return [...byName]
    .filter(
      ([name, same]) => same.length >= FEWEST_FOLDERS && (rankOf(name) < MANIFESTS.length || same[0]?.kind === "prose"),
    )
    .map(([name, same]) => ({ rank: rankOf(name), collection: collectionOf(same) }))
    .filter(({ collection }) => collection.folders >= FEWEST_FOLDERS)
    .toSorted((a, b) => a.rank - b.rank || byFolders(a.collection, b.collection))
    .slice(0, MOST_COLLECTIONS)
    .map(({ collection }) => collection);
}

function byFolders(a: DocumentCollection, b: DocumentCollection): number {
  return b.folders - a.folders || compare(a.manifest, b.manifest);
}

function collectionOf(files: readonly RootedPath[]): DocumentCollection {
  const names = Map.groupBy(files, ({ relative }) => nameOf(relative));
  const variants = [...names].toSorted(([, a], [, b]) => b.length - a.length).map(([name]) => name);
  const escaped = variants.map(escapeGlob);
  const folders = outermostFolders(files);
  return {
    glob: `**/${escaped.length === 1 ? escaped[0] : `{${escaped.join(",")}}`}`,
    manifest: variants[0] ?? "",
    folders: folders.length,
    examples: folders.slice(0, EXAMPLES).map(({ relative }) => relative),
  };
}

/** In a glob, a name's own special characters stand for themselves behind a backslash. */
function escapeGlob(name: string): string {
  return name.replace(/[\\*?[\]{}(),!+@|^$]/g, "\\$&");
}

function nameOf(relative: string): string {
  return relative.slice(relative.lastIndexOf("/") + 1);
}

function rankOf(name: string): number {
  const rank = MANIFESTS.findIndex((names) => names.includes(name));
  if (rank >= 0) return rank;
  return LICENCES.test(name) ? MANIFESTS.length + 1 : MANIFESTS.length;
}

/** How far from the centre a document is: 0 is a README at the top. By depth first, then by what it is. */
export function distanceFromCentre(relative: string, kind: FileKind): number {
  const depth = relative.split("/").length - 1;
  return depth * 3 + weightOf(nameOf(relative), kind);
}

function weightOf(name: string, kind: FileKind): number {
  if (/^readme(\.|$)/i.test(name)) return 0;
  if (/^index\.(?:md|mdx|html?|rst|txt)$/i.test(name)) return 1;
  if (kind === "source") return 6;
  return LICENCES.test(name) || name.endsWith(".json") ? 5 : 2;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
