/**
 * Finds the files below the roots. Looks at names and sizes only; whether a file is text is seen when it is read.
 *
 * 1. Every file found lies, links resolved, in the root that it was found in, and is found once.
 * 2. What is left out is named by reason (`state/left-out.ts`); what a rule keeps out is counted, a folder as one.
 * 3. Links are followed last, and only to what lies in the root, not hidden, and was not found otherwise: no cycles, no doubles, and
 *    a pnpm tree (whose packages are links into a hidden folder of its `node_modules`) is whole.
 * Synchronous: made for a worker thread.
 */
import { lstatSync, readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LEFT_OUT_REASONS, type LeftOut, type LeftOutReason } from "../../state/left-out.ts";
import type { DocumentLimits } from "./document-limits.ts";
import { unwantedByName, unwantedRoot } from "./file-kinds.ts";
import { isHiddenBelow, isIgnored, levelOf, pathBelow, type IgnoreLevel } from "./ignore-rules.ts";

export interface FoundFile {
  /** Absolute, below the root as it was given. */
  path: string;
  /** The same with all links resolved: what is opened. */
  real: string;
  /** The folder that relative paths of this file begin in. */
  root: string;
  bytes: number;
}

export interface WalkResult {
  files: FoundFile[];
  leftOut: LeftOutList;
}

interface Folder {
  path: string;
  real: string;
  above: IgnoreLevel | undefined;
}

interface Root {
  path: string;
  real: string;
}

const HOME_DATABASE = "glasshive.db";
const HOME_RUNS = "runs";
/** What a home holds (`adapters/storage`, `app/runs`). */
const HOME_ENTRIES = /^(?:glasshive\.db(?:-wal|-shm)?|runs|heads\.jsonl)$/;

/** The files below the roots (absolute paths of existing files and folders), sorted by path. */
export function walk(roots: readonly string[], limits: DocumentLimits): WalkResult {
  const resolved = roots.map((path) => ({ path, real: realpathSync(path), isFolder: statSync(path).isDirectory() }));
  const walker = new Walker(
    limits,
    resolved.map(({ real }) => real),
  );
  for (const root of resolved) if (!root.isFolder) walker.addRootFile(root);
  for (const root of resolved) if (root.isFolder) walker.addFolder(root);
  return { files: walker.files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), leftOut: walker.leftOut };
}

/** Those of the roots that none of the files lies in, links resolved. */
export function rootsWithout(roots: readonly string[], files: readonly FoundFile[]): string[] {
  return roots.filter((root) => {
    const place = realpathSync(root);
    return !files.some(({ real }) => real === place || isWithin(real, place));
  });
}

class Walker {
  readonly files: FoundFile[] = [];
  readonly leftOut = new LeftOutList();
  readonly #limits: DocumentLimits;
  /** All of them, links resolved. */
  readonly #roots: readonly string[];
  readonly #taken = new Set<string>();
  #bytes = 0;
  #entries = 0;

  constructor(limits: DocumentLimits, roots: readonly string[]) {
    this.#limits = limits;
    this.#roots = roots;
  }

  addRootFile({ path, real }: Root): void {
    const reason = unwantedRoot(basename(path));
    if (reason === undefined) this.#addFile({ path, real, root: dirname(path) });
    else this.leftOut.add(reason, path);
  }

  addFolder(root: Root): void {
    const links: Folder[] = [];
    this.#walkFrom([{ ...root, above: undefined }], root, links);
    // A link may lead to a folder with more links: the list grows while it is worked through.
    for (const link of links) this.#follow(link, root, links);
  }

  #walkFrom(queue: Folder[], root: Root, links: Folder[]): void {
    for (const folder of queue) {
      if (this.#taken.has(folder.real)) continue;
      if (this.#entries >= this.#limits.entries) {
        this.leftOut.add("limit", folder.path);
        continue;
      }
      this.#taken.add(folder.real);
      for (const child of this.#childrenOf(folder, links)) {
        if (child.isFolder) queue.push(child);
        else this.#addFile({ path: child.path, real: child.real, root: root.path });
      }
    }
  }

  /** The folders and files to take; links are put aside, the rest is counted. */
  #childrenOf(folder: Folder, links: Folder[]): (Folder & { isFolder: boolean })[] {
    const entries = this.#entriesOf(folder.real);
    const names = entries.map((entry) => entry.name);
    const isHome = names.includes(HOME_DATABASE) && names.includes(HOME_RUNS);
    const isRoot = this.#roots.includes(folder.real);
    if (isHome && !isRoot) {
      this.leftOut.ignored += 1;
      return [];
    }
    const level = levelOf(folder.path, names, folder.above);
    const children: (Folder & { isFolder: boolean })[] = [];
    for (const entry of entries) {
      const isFolder = entry.isDirectory();
      const path = join(folder.path, entry.name);
      const child = { path, real: join(folder.real, entry.name), above: level };
      // Of a home that is itself named, whatever it is called, its own records are no documents.
      if (isHome && HOME_ENTRIES.test(entry.name)) continue;
      if (this.#isUnwanted(child, isFolder)) continue;
      if (entry.isSymbolicLink()) links.push(child);
      else if (isFolder || entry.isFile()) children.push({ ...child, isFolder });
      else this.leftOut.add("unreadable", path);
    }
    return children;
  }

  /** Records why. */
  #isUnwanted({ path, above }: Folder, isFolder: boolean): boolean {
    const name = basename(path);
    const isOut = isIgnored(path, isFolder, above);
    const reason = isOut || isFolder ? undefined : isUndecodable(name) ? "unreadable" : unwantedByName(name);
    if (isOut || reason === "generated") this.leftOut.ignored += 1;
    else if (reason !== undefined) this.leftOut.add(reason, path);
    return isOut || reason !== undefined;
  }

  #entriesOf(folder: string): Dirent[] {
    try {
      const entries = readdirSync(folder, { withFileTypes: true });
      this.#entries += entries.length;
      return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      this.leftOut.add("unreadable", folder);
      return [];
    }
  }

  #follow(link: Folder, root: Root, links: Folder[]): void {
    const target = targetOf(link.path);
    if (target === undefined) return this.leftOut.add("unreadable", link.path);
    // What it leads to is read under another name.
    if (this.#taken.has(target.real)) return;
    if (!isWithin(target.real, root.real)) {
      const isElsewhere = this.#roots.some((other) => target.real === other || isWithin(target.real, other));
      if (!isElsewhere) this.leftOut.add("outside", link.path);
      return;
    }
    if (isHiddenBelow(target.real, root.real)) return void (this.leftOut.ignored += 1);
    if (this.#isUnwanted(link, target.isFolder)) return;
    if (target.isFolder) this.#walkFrom([{ path: link.path, real: target.real, above: link.above }], root, links);
    else if (target.isFile) this.#addFile({ path: link.path, real: target.real, root: root.path });
    else this.leftOut.add("unreadable", link.path);
  }

  #addFile(file: Omit<FoundFile, "bytes">): void {
    if (this.#taken.has(file.real)) return;
    if (this.files.length >= this.#limits.files) return this.leftOut.add("limit", file.path);
    const bytes = lstatSync(file.real, { throwIfNoEntry: false })?.size;
    if (bytes === undefined) return this.leftOut.add("unreadable", file.path);
    if (bytes > this.#limits.fileBytes) return this.leftOut.add("too-large", file.path);
    if (this.#bytes + bytes > this.#limits.totalBytes) return this.leftOut.add("limit", file.path);
    this.#taken.add(file.real);
    this.#bytes += bytes;
    this.files.push({ ...file, bytes });
  }
}

/** Bytes that are no UTF-8 come as U+FFFD: no path leads to such a file. */
function isUndecodable(name: string): boolean {
  return name.includes("\uFFFD");
}

function targetOf(path: string): { real: string; isFolder: boolean; isFile: boolean } | undefined {
  try {
    const real = realpathSync(path);
    const stats = statSync(real);
    return { real, isFolder: stats.isDirectory(), isFile: stats.isFile() };
  } catch {
    return undefined;
  }
}

export function isWithin(path: string, folder: string): boolean {
  return pathBelow(folder, path) !== undefined;
}

const NAMES_KEPT = 20;

/** Counts one more of what is told by its number and its first names. */
export function countName(counted: { count: number; names: string[] }, name: string): void {
  counted.count += 1;
  if (counted.names.length < NAMES_KEPT) counted.names.push(name);
}

/** What a walk and a build leave out: counted by reason, the first few by name. */
class LeftOutList {
  /** By a rule: what is hidden, ignored, generated or a lock file. */
  ignored = 0;
  readonly #entries = new Map<LeftOutReason, LeftOut>();

  add(reason: LeftOutReason, path: string): void {
    const entry = this.#entries.get(reason) ?? { reason, count: 0, names: [] };
    this.#entries.set(reason, entry);
    countName(entry, path);
  }

  /** In the order of the reasons; names are absolute paths. */
  get all(): LeftOut[] {
    return LEFT_OUT_REASONS.flatMap((reason) => this.#entries.get(reason) ?? []);
  }
}
