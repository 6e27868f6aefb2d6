/**
 * The folder that a name stands for: `node_modules/zod` for "zod". What a question about a named thing wants is said there
 * first; elsewhere others speak of it.
 */
import { isStopWord } from "../text/stop-words.ts";
import { isWithin } from "./reading.ts";

const OWN_FILES =
  "{package.json,Cargo.toml,pyproject.toml,composer.json,SKILL.md,README*,readme*,Readme*,index.md,index.mdx,index.html}";
const GLOB_CHARACTERS = /[\\*?[\]{}(),!+|^$\s]/;
const MOST_NAMES = 8;
/** What stands before a thing that a question is about. */
const BEFORE_NAME =
  /^(?:of|in|with|does|do|for|using|is|are|has|have|from|by|about|can|will|under|package|library|called)$/i;
const HAS_MARKS = /^@|[\p{L}\p{N}][-/_.][\p{L}\p{N}]|^[`"'].*[`"']$/u;

/** Globs that list the own pages of a thing: the manifest and README of its folder, and files called so. Pure. */
export function ownPageGlobs(name: string): string[] {
  const plain = name.trim().replace(/\s+/g, "-");
  const variants = [...new Set([plain, plain.toLowerCase()])].filter((one) => one !== "" && !GLOB_CHARACTERS.test(one));
  if (variants.length === 0) return [];
  const names = variants.length === 1 ? variants[0] : `{${variants.join(",")}}`;
  return [`**/${names}/${OWN_FILES}`, `**/${names}.*`];
}

/** One glob for the folders of all the things that a question may name; undefined where it names none. Pure. */
export function namedFolderGlob(question: string): string | undefined {
  const names = possibleNames(question).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return `**/${names.length === 1 ? names[0] : `{${names.join(",")}}`}/${OWN_FILES}`;
}

/** The folders, among those of the listed paths, of things that the question is plainly about. Pure. */
export function namedFolders(question: string, paths: readonly string[]): { name: string; folder: string }[] {
  return possibleNames(question).flatMap(({ name, isPlain }) => {
    const folder = isPlain ? ownFolder(name, paths) : undefined;
    return folder === undefined ? [] : [{ name, folder }];
  });
}

/** Lists the manifests, where a question that a manifest answers names no thing. */
export const MANIFEST_GLOB = "**/{package.json,Cargo.toml,pyproject.toml,composer.json}";

/** The manifest that all documents lie beside or below; undefined where there are several or none. Pure. */
export function onlyManifest(paths: readonly string[]): string | undefined {
  const manifests = paths.filter((path) =>
    /(?:^|\/)(?:package\.json|Cargo\.toml|pyproject\.toml|composer\.json)$/.test(path),
  );
  const [outermost] = [...manifests].sort((one, other) => one.split("/").length - other.split("/").length);
  const folder = outermost?.slice(0, Math.max(0, outermost.lastIndexOf("/")));
  return manifests.every((path) => folder === "" || isWithin(path, folder ?? "")) ? outermost : undefined;
}

/** The outermost folder of that name among those of the listed paths. Pure. */
export function ownFolder(name: string, paths: readonly string[]): string | undefined {
  const wanted = name.trim().replace(/\s+/g, "-").toLowerCase();
  const folders = paths
    .map((path) => path.slice(0, Math.max(0, path.lastIndexOf("/"))))
    .filter((folder) => isCalled(folder, wanted))
    .sort((one, other) => one.split("/").length - other.split("/").length || (one < other ? -1 : 1));
  return folders[0];
}

/** Paths of files that are themselves called so, outermost first. Pure. */
export function ownFiles(name: string, paths: readonly string[]): string[] {
  const wanted = name.trim().replace(/\s+/g, "-").toLowerCase();
  return paths
    .filter((path) => isCalled(path.replace(/\.[A-Za-z]{1,8}$/, ""), wanted))
    .sort((one, other) => one.split("/").length - other.split("/").length || (one < other ? -1 : 1));
}

/** The manifest and README of a folder, from the listed paths, the manifest first. Pure. */
export function ownPages(folder: string, paths: readonly string[]): string[] {
  return paths
    .filter((path) => isWithin(path, folder) && path.slice(folder.length + 1).split("/").length === 1)
    .sort((one, other) => Number(/readme/i.test(one)) - Number(/readme/i.test(other)));
}

/** `@types/node` is not called `node`: a scope is part of a name. */
function isCalled(path: string, wanted: string): boolean {
  const lower = path.toLowerCase();
  if (lower !== wanted && !lower.endsWith(`/${wanted}`)) return false;
  const above = lower.slice(0, Math.max(0, lower.length - wanted.length - 1));
  return !/(?:^|\/)@[^/]+$/.test(above);
}

function possibleNames(question: string): { name: string; isPlain: boolean }[] {
  const words = question.split(/[\s,;:!?()]+/).map((word) => word.replace(/[.…]+$/, "").replace(/['’]s$/, ""));
  const names = new Map<string, boolean>();
  words.forEach((word, at) => {
    const name = word.replace(/^[`"']+|[`"']+$/g, "");
    if (name.length < 2 || isStopWord(name.toLowerCase()) || GLOB_CHARACTERS.test(name) || !/\p{L}/u.test(name)) return;
    const before = words[at - 1] ?? "";
    const isPlain = HAS_MARKS.test(word) || BEFORE_NAME.test(before) || namesFollow(words, at);
    for (const variant of new Set([name, name.toLowerCase()]))
      names.set(variant, names.get(variant) === true || isPlain);
  });
  return [...names].slice(0, MOST_NAMES * 2).map(([name, isPlain]) => ({ name, isPlain }));
}

/** "the zod package" names it behind. */
function namesFollow(words: readonly string[], at: number): boolean {
  return /^(?:package|library|module|crate|plugin)$/i.test(words[at + 1] ?? "");
}
