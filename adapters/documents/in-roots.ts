/** Whether a path is among the documents of some roots: what a walk of them could come to, and nothing that it leaves out by name. */
import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { isHiddenBelow, isIgnored, levelOf, type IgnoreLevel } from "./ignore-rules.ts";
import { isWithin } from "./walk.ts";

/**
 * `path` and `roots` are absolute and tidy. A path that leads out by a link is not in; one that does not exist is in where its folder
 * is: whoever opens it says that it is not there.
 */
export function isInRoots(path: string, roots: readonly string[]): boolean {
  if (path.includes("\0")) return false;
  const real = realOf(path);
  return roots.some((root) => {
    const realRoot = realOf(root);
    if (real === realRoot) return true;
    if (!isWithin(real, realRoot) || isHiddenBelow(real, realRoot)) return false;
    // By the way that was asked where that leads through the root: links in it are taken by the names that they have.
    const way = [path, real].flatMap((to) => [root, realRoot].map((from) => ({ to, from })));
    const taken = way.find(({ to, from }) => isWithin(to, from));
    return taken !== undefined && isTaken(taken.to, taken.from);
  });
}

/** Whether a path is one of the roots or lies in one, links resolved. */
export function liesIn(path: string, roots: readonly string[]): boolean {
  const real = realOf(path);
  return roots.map(realOf).some((root) => real === root || isWithin(real, root));
}

/** Whether a path lies in one of the roots, links resolved, and nothing on the way to it is hidden. */
export function liesOpenIn(path: string, roots: readonly string[]): boolean {
  const real = realOf(path);
  const isOpen = (root: string): boolean =>
    real
      .slice(root.length)
      .split(sep)
      .every((name) => !name.startsWith("."));
  return roots.map(realOf).some((root) => liesIn(real, [root]) && isOpen(root));
}

/** Whether no rule leaves out a folder on the way, or what it leads to. */
function isTaken(path: string, root: string): boolean {
  let folder = root;
  let level: IgnoreLevel | undefined;
  for (const name of path.slice(root.length).split(sep)) {
    if (name === "") continue;
    level = levelOf(folder, filesOf(folder), level);
    folder = join(folder, name);
    const isFolder = folder !== path || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isIgnored(folder, isFolder, level)) return false;
  }
  return true;
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** With all links resolved, as far as the path exists. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    // A link that leads nowhere, or to where we may not look, is not resolved by its folder.
    const isLink = isLinkAt(path);
    return folder === path || isLink ? path : join(realOf(folder), basename(path));
  }
}

function isLinkAt(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
