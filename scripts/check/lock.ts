/**
 * The lock file is whole and the tree is clean. A lock written against a registry that lacks some platform's binary leaves
 * that entry out, and `npm ci` then fails on every machine ("Missing: … from lock file").
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

interface LockEntry {
  version?: string;
  resolved?: string;
  libc?: string[];
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}
type LockPackages = Record<string, LockEntry>;

/** One line per optional dependency that has no entry, as Node would look for it. Pure. */
export function missingOptionals(packages: LockPackages): string[] {
  return Object.entries(packages).flatMap(([folder, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !placesOf(folder, name).some((place) => place in packages))
      .map((name) => `${folder || "the project"} names ${name} as optional, but the lock has no entry for it`),
  );
}

/** Entries that are tied to one address: whoever installs has a registry of their own choice. Pure. */
export function foreignSources(packages: LockPackages): string[] {
  return Object.entries(packages)
    .filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith("file:"))
    .map(([folder, { resolved }]) => `${folder} is locked to ${resolved}`);
}

/**
 * What npm 10 or npm 11 changes in a lock when it installs from it: the former takes `libc` out, the latter notes that better-sqlite3
 * has an install script. Pure.
 */
export function restlessEntries(packages: LockPackages): string[] {
  return Object.entries(packages).flatMap(([folder, { libc, hasInstallScript }]) => [
    ...(libc === undefined ? [] : [`${folder} names a libc, which npm 10 takes out`]),
    ...(folder.endsWith("node_modules/better-sqlite3") && hasInstallScript !== true
      ? [`${folder} lacks hasInstallScript, which npm 11 puts in`]
      : []),
  ]);
}

/** Packages whose scripts npm would run at every install; that of better-sqlite3 does nothing here (scripts/launch/no-compiler). Pure. */
export function scriptedEntries(packages: LockPackages): string[] {
  return Object.entries(packages)
    .filter(([folder, { hasInstallScript }]) => hasInstallScript === true && !folder.endsWith("better-sqlite3"))
    .map(([folder]) => `${folder} has an install script, and none is meant to run`);
}

/** Where Node looks for a package, from the nearest `node_modules` outwards. */
function placesOf(folder: string, name: string): string[] {
  const parents = folder.split(/(?:^|\/)node_modules\//).slice(1);
  return Array.from({ length: parents.length + 1 }, (_, depth) =>
    [...parents.slice(0, parents.length - depth), name].map((part) => `node_modules/${part}`).join("/"),
  );
}

/** What `npm ls` complains about, or nothing. */
function treeProblems(): string[] {
  const listed = spawnSync("npm", ["ls", "--all", "--loglevel=error"], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
    shell: process.platform === "win32",
  });
  if (listed.status === 0) return [];
  return listed.stderr.split("\n").filter((line) => line.startsWith("npm error") && !line.includes("complete log"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: LockPackages };
  const problems = [
    ...missingOptionals(packages),
    ...foreignSources(packages),
    ...restlessEntries(packages),
    ...scriptedEntries(packages),
    ...treeProblems(),
  ];
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
