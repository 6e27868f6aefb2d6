/**
 * Which names below a root are not documents: the ignore files at every level (from the root down; those above the root say
 * nothing about a root that someone named), then the defaults.
 *
 * 1. The deepest ignore file that speaks about a path decides; within a folder a later file overrides an earlier one.
 * 2. What is hidden, and a `node_modules`, no ignore file takes back in (`!.env`): it lies among the documents, and whoever wrote
 *    these must not open what their owner has put away.
 */
import { readFileSync } from "node:fs";
import { basename, join, sep } from "node:path";
import ignore, { type Ignore } from "ignore";

const IGNORE_FILES = [".gitignore", ".ignore", ".glasshiveignore"];

/** The rules of one folder, upon those of the folders above it. */
export interface IgnoreLevel {
  folder: string;
  matcher: Ignore;
  above: IgnoreLevel | undefined;
}

/** The rules that hold in a folder with these entries. An ignore file that cannot be read says nothing. */
export function levelOf(
  folder: string,
  files: readonly string[],
  above: IgnoreLevel | undefined,
): IgnoreLevel | undefined {
  const present = IGNORE_FILES.filter((name) => files.includes(name));
  if (present.length === 0) return above;
  const matcher = ignore({ ignorecase: false, allowRelativePaths: true });
  for (const name of present) matcher.add(textOf(join(folder, name)));
  return { folder, matcher, above };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Whether a rule keeps the entry out. `path` lies in or below the level's folder. */
export function isIgnored(path: string, isFolder: boolean, level: IgnoreLevel | undefined): boolean {
  const name = basename(path);
  return name.startsWith(".") || (isFolder && name === "node_modules") || isIgnoredBy(level, path, isFolder);
}

function isIgnoredBy(level: IgnoreLevel | undefined, path: string, isFolder: boolean): boolean {
  for (let rules = level; rules !== undefined; rules = rules.above) {
    const relative = path.slice(rules.folder.length + (rules.folder.endsWith(sep) ? 0 : 1)).replaceAll(sep, "/");
    const { ignored, unignored } = rules.matcher.test(isFolder ? `${relative}/` : relative);
    if (ignored || unignored) return ignored;
  }
  return false;
}
