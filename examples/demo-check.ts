/** What the demo promises, checked against its result and against the packages on disk. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../state/run-result.ts";

/** Names of the packages in a `node_modules` folder, scoped ones as `@scope/name`. */
export function installedPackages(folder: string): string[] {
  const below = (place: string): string[] =>
    readdirSync(join(folder, place), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => (place === "" ? name : `${place}/${name}`));
  return below("")
    .flatMap((name) => (name.startsWith("@") ? below(name) : [name]))
    .filter((name) => existsSync(join(folder, name, "package.json")));
}

/** The table of an answer: what stands above its first row, its head included, and one line for each row. Pure. */
export function readTable(answer: string): { above: string[]; rows: string[] } {
  const lines = answer.split("\n");
  const head = lines.findIndex((line) => line.startsWith("|"));
  if (head < 0) return { above: [], rows: [] };
  return { above: lines.slice(0, head + 2), rows: lines.slice(head + 2).filter((line) => line.startsWith("|")) };
}

/** What is not as it should be, one line each; nothing where all is well. Pure. */
export function problemsOf(result: RunResult, expected: readonly string[]): string[] {
  const { coverage, citations, status, answer } = result;
  const { rows } = readTable(answer);
  const named = new Set(rows.map((row) => row.split("|")[1]?.trim()));
  const missing = expected.filter((name) => !named.has(name));
  return [
    ...(status === "complete" && coverage.done === coverage.total
      ? []
      : [`the run is ${status}: ${coverage.done} of ${coverage.total} done`]),
    ...(coverage.total === expected.length ? [] : [`${coverage.total} lanes for ${expected.length} packages`]),
    ...(missing.length === 0 ? [] : [`no row for ${missing.slice(0, 5).join(", ")} (${missing.length} missing)`]),
    ...(citations.total >= rows.length ? [] : [`${citations.total} citations for ${rows.length} rows`]),
    ...citations.broken.map(({ place }) => `the words cited from ${place} do not stand there`),
  ];
}
