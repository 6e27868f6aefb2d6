/**
 * Finds the files below the roots. Looks at names and sizes only; whether a file is text is seen when it is read.
 *
 * 1. Every file found lies, links resolved, in the root that it was found in, and is found once.
 * 2. What is left out is counted by reason; a folder that is not entered counts as one.
 * 3. Links are followed last, and only to what lies in the root and was not found otherwise: no cycles, no doubles, and
 *    a pnpm tree (whose packages are links into a hidden folder) is whole.
 * Synchronous: made for a worker thread.
 */
import { lstatSync, readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { DocumentLimits } from "./document-limits.ts";
import { levelOf, reasonToIgnore, type IgnoreLevel } from "./ignore-rules.ts";

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
  leftOut: Record<string, number>;
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

/** The files below the roots (absolute paths of existing files and folders), sorted by path. */
export function walk(roots: readonly string[], limits: DocumentLimits): WalkResult {
  const walker = new Walker(limits);
  const resolved = roots.map((path) => ({ path, real: realpathSync(path), isFolder: statSync(path).isDirectory() }));
  for (const root of resolved) if (!root.isFolder) walker.addRootFile(root);
  for (const root of resolved) if (root.isFolder) walker.addFolder(root);
  return { files: walker.files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), leftOut: walker.leftOut };
}

class Walker {
  readonly files: FoundFile[] = [];
  readonly leftOut: Record<string, number> = {};
  readonly #limits: DocumentLimits;
  readonly #taken = new Set<string>();
  #bytes = 0;
  #entries = 0;

  constructor(limits: DocumentLimits) {
    this.#limits = limits;
  }

  addRootFile({ path, real }: Root): void {
    this.#addFile({ path, real, root: dirname(path) }, this.#limits.rootFileBytes);
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
        this.#leaveOut("over the limit: folders");
        continue;
      }
      this.#taken.add(folder.real);
      for (const child of this.#childrenOf(folder, links)) {
        if (child.isFolder) queue.push(child);
        else this.#addFile({ path: child.path, real: child.real, root: root.path }, this.#limits.fileBytes);
      }
    }
  }

  /** The folders and files to take; links are put aside, the rest is counted. */
  #childrenOf(folder: Folder, links: Folder[]): (Folder & { isFolder: boolean })[] {
    const entries = this.#entriesOf(folder.real);
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    const level = levelOf(folder.path, files, folder.above);
    const children: (Folder & { isFolder: boolean })[] = [];
    for (const entry of entries) {
      const isFolder = entry.isDirectory();
      const path = join(folder.path, entry.name);
      const reason = unfitName(entry.name) ?? reasonToIgnore(path, entry.name, isFolder, level);
      const child = { path, real: join(folder.real, entry.name), above: level };
      if (reason !== undefined) this.#leaveOut(reason);
      else if (entry.isSymbolicLink()) links.push(child);
      else if (isFolder || entry.isFile()) children.push({ ...child, isFolder });
      else this.#leaveOut("special files");
    }
    return children;
  }

  #entriesOf(folder: string): Dirent[] {
    try {
      const entries = readdirSync(folder, { withFileTypes: true });
      this.#entries += entries.length;
      return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      this.#leaveOut("unreadable");
      return [];
    }
  }

  #follow(link: Folder, root: Root, links: Folder[]): void {
    const target = targetOf(link.path);
    if (target === undefined || !isWithin(target.real, root.real)) return this.#leaveOut("links");
    if (this.#taken.has(target.real)) return this.#leaveOut("links");
    const reason = reasonToIgnore(link.path, basename(link.path), target.isFolder, link.above);
    if (reason !== undefined) return this.#leaveOut(reason);
    if (target.isFolder) this.#walkFrom([{ path: link.path, real: target.real, above: link.above }], root, links);
    else if (target.isFile)
      this.#addFile({ path: link.path, real: target.real, root: root.path }, this.#limits.fileBytes);
    else this.#leaveOut("special files");
  }

  #addFile(file: Omit<FoundFile, "bytes">, limit: number): void {
    if (this.#taken.has(file.real)) return;
    if (this.files.length >= this.#limits.files) return this.#leaveOut("over the limit: files");
    const bytes = lstatSync(file.real, { throwIfNoEntry: false })?.size;
    if (bytes === undefined) return this.#leaveOut("unreadable");
    if (bytes > limit) return this.#leaveOut("too large");
    if (this.#bytes + bytes > this.#limits.totalBytes) return this.#leaveOut("over the limit: bytes");
    this.#taken.add(file.real);
    this.#bytes += bytes;
    this.files.push({ ...file, bytes });
  }

  #leaveOut(reason: string): void {
    this.leftOut[reason] = (this.leftOut[reason] ?? 0) + 1;
  }
}

/** A name that no listing and no citation could show. Undecodable names come with U+FFFD. */
function unfitName(name: string): string | undefined {
  return /[\p{Cc}\u2028\u2029\uFFFD]/u.test(name) ? "unprintable names" : undefined;
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

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
