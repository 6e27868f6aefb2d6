/**
 * What shared artifacts cost: one of 50 MB that 20 small writes change, and two of 10,000 versions (appends, edits in the
 * middle), committed on the home's database: `node bench/artifacts.ts [--megabytes 50] [--versions 10000]`. And what a run's
 * checkpoints hold of an artifact that grows: references.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { artifactsInStore } from "../adapters/storage/run-in-store.ts";
import { openHomeStorage } from "../adapters/storage/home-storage.ts";
import { rulesOf } from "../engine/policy/merge/artifact-rules.ts";
import type { ArtifactChange } from "../engine/policy/merge/change.ts";
import { ArtifactLog } from "../engine/runtime/artifacts/artifact-log.ts";
import { ArtifactWriter } from "../engine/runtime/artifacts/artifact-writer.ts";
import { checkpointBytes } from "./checkpoint-bytes.ts";
import { databaseBytes } from "./database-size.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: { megabytes: { type: "string", default: "50" }, versions: { type: "string", default: "10000" } },
});
const NAME = "report.md";

interface Shape {
  what: string;
  first: string;
  commits: number;
  /** `content` is what the change is made on: only edits look at it. */
  change: (number: number) => ArtifactChange;
}

interface Row {
  what: string;
  commits: number;
  writtenMb: number;
  databaseMb: number;
  firstMs: number;
  lastMs: number;
  exponent: number | null;
  openMs: number;
  peakMb: number;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function open(home: string) {
  const storage = openHomeStorage(home);
  const artifacts = artifactsInStore(storage.store, "bench");
  const rules = (name: string) => rulesOf(name, undefined, "reject-and-retry");
  const journal = () => Promise.resolve();
  const log = new ArtifactLog({ runId: "bench", storage: artifacts, rules }, await artifacts.read());
  return {
    board: new ArtifactWriter(log, { now: () => Date.now(), journal, turn: journal }),
    close: () => storage.close(),
  };
}

/** The slope of CPU over size between the first and the last tenth of the commits; 0: a commit costs the same throughout. */
function exponentOf(firstMs: number, lastMs: number): number {
  // The middles of the first and of the last tenth lie at 5 and at 95 per cent.
  return Math.log(lastMs / firstMs) / Math.log(95 / 5);
}

async function measure({ what, first, commits, change }: Shape): Promise<Row> {
  const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
  try {
    const { board, close } = await open(home);
    const commit = async (number: number, asked: ArtifactChange): Promise<void> => {
      const by = { subtask: "s", attempt: 1, agent: "a", turn: number, call: 0 };
      const outcome = await board.commit({
        artifact: NAME,
        change: asked,
        base: board.log.records[NAME]?.version ?? 0,
        by,
      });
      if (outcome.kind !== "committed") throw new Error(JSON.stringify(outcome));
    };
    await commit(0, { do: "write", content: first });
    let peak = process.memoryUsage().rss;
    const tenths: number[] = [];
    const tenth = Math.max(1, Math.floor(commits / 10));
    let written = Buffer.byteLength(first);
    for (let number = 1, since = cpuMs(); number <= commits; number += 1) {
      const asked = change(number);
      written += JSON.stringify(asked).length;
      await commit(number, asked);
      peak = Math.max(peak, process.memoryUsage.rss());
      if (number % tenth !== 0) continue;
      tenths.push((cpuMs() - since) / tenth);
      since = cpuMs();
    }
    await close();
    const size = await databaseBytes(home);
    const before = cpuMs();
    const again = await open(home);
    const openMs = cpuMs() - before;
    if (again.board.log.versions(NAME).length !== commits + 1) throw new Error("versions are missing");
    await again.close();
    const [firstMs, lastMs] = [tenths[0] as number, tenths.at(-1) as number];
    return {
      ...{
        what,
        commits,
        writtenMb: written / 1e6,
        databaseMb: size / 1e6,
        firstMs,
        lastMs,
        openMs,
        peakMb: peak / 1e6,
      },
      exponent: commits < 100 ? null : exponentOf(firstMs, lastMs),
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const versions = Number(flags.versions);
const line = (number: number): string => `Line ${number} of the report says something about part ${number % 97}.`;
const SECTIONS = 200;
const big = Array.from({ length: Math.ceil((Number(flags.megabytes) * 1e6) / 60) }, (_, index) => line(index)).join(
  "\n",
);

const shapes: Shape[] = [
  {
    what: `${flags.megabytes} MB text, small edits`,
    first: big,
    commits: 20,
    change: (number) => ({ do: "patch", edits: [{ find: `${line(number * 1000)}\n`, replace: `Edit ${number}.\n` }] }),
  },
  {
    what: "text, appends",
    first: "begin",
    commits: versions,
    change: (number) => ({ do: "append", content: line(number) }),
  },
  {
    what: "text of 200 sections, edits in the middle",
    first: Array.from({ length: SECTIONS }, (_, index) => `section ${index}: state 0;\n`).join("\n"),
    commits: versions,
    change: (number) => {
      const [section, round] = [number % SECTIONS, Math.floor(number / SECTIONS)];
      const before = `section ${section}: state ${section === 0 ? round - 1 : round};`;
      return {
        do: "patch",
        edits: [{ find: before, replace: `section ${section}: state ${section === 0 ? round : round + 1};` }],
      };
    },
  },
];

const rows: Row[] = [];
for (const shape of shapes) rows.push(await measure(shape));
const table = markdownTable(rows, [
  { title: "artifact", value: (row) => row.what },
  { title: "commits", value: (row) => row.commits, digits: 0 },
  { title: "written MB", value: (row) => row.writtenMb },
  { title: "database MB", value: (row) => row.databaseMb },
  { title: "CPU ms a commit, first tenth", value: (row) => row.firstMs },
  { title: "last tenth", value: (row) => row.lastMs },
  { title: "exponent", value: (row) => row.exponent },
  { title: "CPU ms to open", value: (row) => row.openMs, digits: 0 },
  { title: "peak MB", value: (row) => row.peakMb, digits: 0 },
]);
const kept = [await checkpointBytes(1_000), await checkpointBytes(1_000_000)];
process.stdout.write(
  `${table}\n\n${markdownTable(kept, [
    { title: "run whose one lane writes so many bytes", value: (row) => row.written, digits: 0 },
    { title: "checkpoint bytes", value: (row) => row.checkpoints, digits: 0 },
    { title: "of it conversation", value: (row) => row.conversation, digits: 0 },
    { title: "of it channel `artifacts`", value: (row) => row.channel, digits: 0 },
  ])}\n\nNot measured: the journal's lines (some 300 bytes a write, one flush for those of a turn of the event loop), model calls, the\nwrite-ahead log before it is folded in, other machines. Peak memory is the process's, the 50 MB of the test itself included.\n`,
);
