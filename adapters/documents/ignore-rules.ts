/**
 * Which names below a root are not documents: the ignore files at every level (from the root down; those above the root say
 * nothing about a root that someone named), then the defaults.
 *
 * 1. As git does it: the last pattern that matches the entry itself decides, those of deeper folders after those of higher ones; what
 *    is said of a folder is asked when it is entered, and nothing below a folder that is out can be taken back in.
 * 2. What is hidden, and a `node_modules`, no ignore file takes back in (`!.env`): it lies among the documents, and whoever wrote
 *    these must not open what their owner has put away. Nor does a link, but for a package manager's store (`isHiddenBelow`).
 */
import { readFileSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { compileName, compilePath } from "./wildcards.ts";

/** Later ones override earlier ones. */
const LARGEST_BYTES = 4_000_000;
const IGNORE_FILES = [".git/info/exclude", ".gitignore", ".ignore", ".glasshiveignore"];

interface Rule {
  isNegated: boolean;
  foldersOnly: boolean;
  /** The names of the path from the folder of the ignore file on. */
  matches: (names: readonly string[]) => boolean;
}

/** The rules of one folder, upon those of the folders above it. */
export interface IgnoreLevel {
  folder: string;
  /** The last one first. */
  rules: readonly Rule[];
  above: IgnoreLevel | undefined;
}

/** The rules that hold in a folder with these entries. An ignore file that cannot be read says nothing. */
export function levelOf(
  folder: string,
  entries: readonly string[],
  above: IgnoreLevel | undefined,
): IgnoreLevel | undefined {
  const present = IGNORE_FILES.filter((file) => entries.includes(file.split("/")[0] ?? file));
  const rules = present.flatMap((file) => rulesIn(textOf(join(folder, file))));
  return rules.length === 0 ? above : { folder, rules: rules.toReversed(), above };
}

/** One that is no plain file might never end. */
function textOf(path: string): string {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size <= LARGEST_BYTES ? readFileSync(path, "utf8") : "";
  } catch {
    return "";
  }
}

function rulesIn(text: string): Rule[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => ruleOf(line) ?? []);
}

function ruleOf(line: string): Rule | undefined {
  // Blanks at the end count only behind a backslash.
  const trimmed = line.replace(/(?<!\\) +$/, "");
  const isNegated = trimmed.startsWith("!");
  const bare = isNegated ? trimmed.slice(1) : trimmed;
  const foldersOnly = bare.endsWith("/");
  const pattern = foldersOnly ? bare.slice(0, -1) : bare;
  if (pattern === "") return undefined;
  const onName = pattern.includes("/") ? undefined : compileName(pattern);
  const onPath = pattern.includes("/") ? compilePath(pattern.replace(/^\//, ""))?.matches : undefined;
  if (onName === undefined && onPath === undefined) return undefined;
  return { isNegated, foldersOnly, matches: (names) => onPath?.(names) ?? onName?.(names.at(-1) ?? "") === true };
}

/** The path from a folder on; undefined: it does not lie below it. Both absolute and tidy. */
export function pathBelow(folder: string, path: string): string | undefined {
  const prefix = folder.endsWith(sep) ? folder : folder + sep;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

/** Whether a rule keeps the entry out. `path` lies in the level's folder, or in one below that has no rules. */
export function isIgnored(path: string, isFolder: boolean, level: IgnoreLevel | undefined): boolean {
  const name = basename(path);
  return name.startsWith(".") || (isFolder && name === "node_modules") || isIgnoredBy(level, path, isFolder);
}

/**
 * Whether what lies there, links resolved, is hidden in the root. Not counted: a hidden folder of a `node_modules`, where a package
 * manager keeps the packages that it links to.
 */
export function isHiddenBelow(real: string, root: string): boolean {
  const names = [basename(root), ...real.slice(root.length).split(sep)].filter((name) => name !== "");
  return names.some((name, i) => {
    if (i === 0 || !name.startsWith(".")) return false;
    return i === names.length - 1 || names[i - 1] !== "node_modules";
  });
}

function isIgnoredBy(level: IgnoreLevel | undefined, path: string, isFolder: boolean): boolean {
  for (let at = level; at !== undefined; at = at.above) {
    const names = pathBelow(at.folder, path)?.split(sep) ?? [];
    const rule = at.rules.find((one) => (isFolder || !one.foldersOnly) && one.matches(names));
    if (rule !== undefined) return !rule.isNegated;
  }
  return false;
}
