/**
 * What it costs to index a folder and to search it: `node bench/documents.ts [folder] [--queries 20]`. Does not measure a cold
 * disk: run it twice and take the second. Peak memory is that of the whole process, what it had before included.
 */
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { openDocuments } from "../adapters/documents/document-library.ts";
import type { DocumentLibrary } from "../engine/ports/documents.ts";
import { measureFunction } from "./measure.ts";
import { markdownTable } from "./table.ts";

const QUERIES = [
  "what licence does it have",
  "how to install and configure it",
  "retry timeout policy",
  "export function type",
  "middleware authentication bearer token return function export type string import",
  "release notes breaking changes",
];

const { values: flags, positionals } = parseArgs({
  options: { queries: { type: "string", default: "20" } },
  allowPositionals: true,
});
const folder = resolve(positionals[0] ?? "node_modules");
const rounds = Number(flags.queries);

interface Row {
  what: string;
  figure: number;
  unit: string;
}

/** Milliseconds of each search, over the whole folder or in each of some of its folders. */
function searchMs(library: DocumentLibrary, paths: readonly (string | undefined)[]): number[] {
  return Array.from({ length: rounds }, (_, round) => {
    const started = performance.now();
    library.search(QUERIES[round % QUERIES.length] as string, { path: paths[round % paths.length] });
    return performance.now() - started;
  });
}

function searchRows(library: DocumentLibrary): Row[] {
  const inFolders = library.expand("**", "folder").filter((_, index) => index % 7 === 0);
  const scopes = [
    { where: "everywhere", paths: [undefined] },
    { where: "in one folder", paths: inFolders.length > 0 ? inFolders : [undefined] },
  ];
  return scopes.flatMap(({ where, paths }) => {
    const first = Math.max(...searchMs(library, paths));
    const again = searchMs(library, paths);
    return [
      { what: `slowest search ${where}, words and files new`, figure: first, unit: "ms" },
      { what: `slowest search ${where}, again`, figure: Math.max(...again), unit: "ms" },
      {
        what: `median search ${where}, again`,
        figure: again.toSorted((a, b) => a - b)[Math.floor(again.length / 2)] ?? 0,
        unit: "ms",
      },
    ];
  });
}

async function measure(indexFile: string): Promise<Row[]> {
  const baseMb = process.memoryUsage.rss() / 2 ** 20;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  let opened: DocumentLibrary | undefined;
  delay.enable();
  const build = await measureFunction(
    async () => void (opened = await openDocuments({ roots: [folder], cwd: folder, indexFile })),
  );
  delay.disable();
  opened?.close();
  let library: DocumentLibrary | undefined;
  const reopen = await measureFunction(
    async () => void (library = await openDocuments({ roots: [folder], cwd: folder, indexFile })),
  );
  if (library === undefined) throw new Error("the library did not open");
  try {
    const { files, bytes } = library.overview(0);
    return [
      { what: "files", figure: files, unit: "" },
      { what: "their size", figure: bytes / 1e6, unit: "MB" },
      { what: "index built in", figure: build.wallS, unit: "s" },
      { what: "peak memory above the start's", figure: build.peakMb - baseMb, unit: "MB" },
      { what: "longest wait of the event loop", figure: delay.max / 1e6, unit: "ms" },
      { what: "index file", figure: statSync(indexFile).size / 1e6, unit: "MB" },
      { what: "opened again in", figure: reopen.wallS * 1000, unit: "ms" },
      ...searchRows(library),
    ];
  } finally {
    library.close();
  }
}

const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
try {
  const rows = await measure(join(home, "index.sqlite"));
  const columns = [
    { title: `documents of ${folder}`, value: (row: Row) => row.what },
    { title: "figure", value: (row: Row) => row.figure, digits: 1 },
    { title: "unit", value: (row: Row) => row.unit },
  ];
  process.stdout.write(`${markdownTable(rows, columns)}\n`);
} finally {
  await rm(home, { recursive: true, force: true });
}
