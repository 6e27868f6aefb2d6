/**
 * A thousand alterations of a real run: each is found by `audit verify` and by the verifier that shares nothing with it, and the untouched
 * run is accepted. The table of docs/guide/tampering.md is what this test has seen (`--update=all` writes it).
 */
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as prettier from "prettier";
import { afterAll, beforeAll, expect, it } from "vitest";
import { verify } from "../../app/audit/verify.ts";
import { verifyRun } from "../../app/audit/verify-run.ts";
import { EMPTY_CHAIN, link } from "../../engine/journal/chain.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import { markdownTable } from "../../scripts/docs/markdown-table.ts";
import { contentsIn } from "../support/read-pack.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { endedTwice, RUN, Outsider } from "./tampered-run.ts";

/** Of each kind. */
const LOOKED_AT_ALONE = 10;

interface Tampering {
  what: string;
  times: number;
  /** Changes the run's folder; returns the line that is to be named, where there is one. */
  tamper: (at: Place) => unknown;
}

interface Place {
  folder: string;
  /** From 0, below `below`. */
  pick: (below: number) => number;
}

/** The folder of the run as it ended, of the same run at its first end, and of another run of that name. */
let runs: { home: string; folder: string; older: string; other: string };
let outsider: Outsider;
let whole: Buffer;

beforeAll(async () => {
  runs = await endedTwice();
  outsider = new Outsider();
  whole = readFileSync(join(runs.folder, "journal.jsonl"));
});
afterAll(() => {
  outsider.close();
  rmSync(runs.home, { recursive: true, force: true });
});

const lineAt = (byte: number): number => whole.subarray(0, byte).filter((one) => one === 0x0a).length + 1;
const texts = (): string[] => whole.toString("utf8").trimEnd().split("\n");

function writeJournal({ folder }: Place, journal: Buffer | readonly string[]): void {
  writeFileSync(join(folder, "journal.jsonl"), Buffer.isBuffer(journal) ? journal : `${journal.join("\n")}\n`);
}

function editResult({ folder }: Place, edit: (result: Record<string, unknown>) => object): void {
  const file = join(folder, "result.json");
  const result = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, `${JSON.stringify({ ...result, ...edit(result) }, null, 2)}\n`);
}

const TAMPERINGS: readonly Tampering[] = [
  {
    what: "one byte of the journal changed",
    times: 200,
    tamper: (place) => {
      const at = place.pick(whole.length);
      const changed = Buffer.from(whole);
      changed[at] = ((whole[at] ?? 0) + 1 + place.pick(255)) % 256;
      writeJournal(place, changed);
      return lineAt(at);
    },
  },
  {
    what: "a line removed",
    times: 120,
    tamper: (place) => {
      const at = place.pick(texts().length);
      writeJournal(place, texts().toSpliced(at, 1));
      return at + 1;
    },
  },
  {
    what: "a line inserted",
    times: 120,
    tamper: (place) => {
      const lines = texts();
      const at = place.pick(lines.length + 1);
      writeJournal(place, lines.toSpliced(at, 0, lines[place.pick(lines.length)] ?? ""));
    },
  },
  {
    what: "two lines swapped",
    times: 120,
    tamper: (place) => {
      const lines = texts();
      const one = place.pick(lines.length - 1);
      const other = one + 1 + place.pick(lines.length - 1 - one);
      writeJournal(place, lines.with(one, lines[other] ?? "").with(other, lines[one] ?? ""));
      return one + 1;
    },
  },
  {
    what: "the end cut off, at any byte",
    times: 150,
    tamper: (place) => {
      const at = place.pick(whole.length);
      writeJournal(place, whole.subarray(0, at));
      return lineAt(at);
    },
  },
  {
    what: "a line changed and the whole chain made anew, in the result too",
    times: 60,
    tamper: (place) => {
      const lines = texts().map((text) => JSON.parse(text) as JournalLine);
      const calls = lines.filter((line) => line.kind === "model-call");
      const changed = calls[place.pick(calls.length)];
      let head = EMPTY_CHAIN;
      const anew = lines.map((line) => {
        const entry =
          line === changed
            ? { ...changed, data: { ...changed.data, characters: (changed.data.characters ?? 0) + 1 } }
            : line;
        head = link(entry as Parameters<typeof link>[0], head, { run: line.run, at: line.at });
        return JSON.stringify(head);
      });
      writeJournal(place, anew);
      editResult(place, () => ({ journalHead: head.hash }));
    },
  },
  {
    what: "the run's folder swapped for that of another run of the same name",
    times: 10,
    tamper: ({ folder }) => replace(folder, runs.other),
  },
  {
    what: "an older copy of the folder put back",
    times: 10,
    tamper: ({ folder }) => replace(folder, runs.older),
  },
  {
    what: "one of the contents changed",
    times: 80,
    tamper: ({ folder, pick }) => {
      const contents = [...contentsIn(folder).values()].map(([text = ""]) => text);
      const at = pick(contents.length);
      const packed = contents.with(at, `${contents[at] ?? ""} `).map((text) => `${JSON.stringify(text)}\n`);
      writeFileSync(join(folder, "contents", "pack.gz"), gzipSync(packed.join("")));
    },
  },
  {
    what: "bytes added behind the contents",
    times: 20,
    tamper: ({ folder, pick }) => {
      const pack = join(folder, "contents", "pack.gz");
      const begun = readFileSync(pack).subarray(0, 1 + pick(60));
      const others = [Buffer.alloc(1 + pick(100)), Buffer.from(`more ${pick(100)}`), begun, gzipSync("more\n")];
      appendFileSync(pack, others[pick(others.length)] ?? begun);
    },
  },
  {
    what: "`result.json` changed",
    times: 70,
    tamper: (place) =>
      editResult(place, ({ answer, coverage, usage, subtasks, timing, citations }) => {
        const changes = [
          { answer: `${String(answer)} And more.` },
          { status: "failed" },
          { coverage: { ...(coverage as object), done: 1 } },
          { usage: { ...(usage as object), usd: 1 } },
          { subtasks: (subtasks as unknown[]).slice(1) },
          { journalHead: "0".repeat(64) },
          { artifacts: [] },
          { citations: { ...(citations as object), total: 7, verified: 7 } },
          { timing: { ...(timing as object), wallMs: 1 } },
          { documents: { read: 1, leftOut: [] } },
          { model: "another" },
        ];
        return changes[place.pick(changes.length)] ?? {};
      }),
  },
  {
    what: "`answer.md` changed",
    times: 20,
    tamper: ({ folder, pick }) => writeFileSync(join(folder, "answer.md"), `Another answer, ${pick(100)}.`),
  },
  {
    what: "an artifact changed",
    times: 20,
    tamper: ({ folder, pick }) => {
      const names = readdirSync(join(folder, "artifacts"));
      writeFileSync(join(folder, "artifacts", names[pick(names.length)] ?? ""), `another ${pick(100)}`);
    },
  },
];

function replace(folder: string, by: string): void {
  rmSync(folder, { recursive: true });
  cpSync(by, folder, { recursive: true });
}

async function look(): Promise<{ audit: boolean; outsider: boolean; line: number | undefined }> {
  const { home, folder } = runs;
  const [found, isValid] = await Promise.all([verify(RUN, { home, cwd: home }), outsider.isValid(folder)]);
  return { audit: found.verdict !== "valid", outsider: !isValid, line: found.runs[0]?.problems[0]?.line };
}

/** By `audit verify` of the folder alone, where no head is kept outside. */
async function isFoundAlone(): Promise<boolean> {
  const { verdict } = await verifyRun({ folder: runs.folder, run: undefined, heads: undefined });
  return verdict !== "valid";
}

it("accepts the untouched run", async () => {
  expect(await look()).toEqual({ audit: false, outsider: false, line: undefined });
  expect(await isFoundAlone()).toBe(false);
});

it("finds every one of a thousand alterations", { timeout: 300_000 }, async () => {
  const { home, folder } = runs;
  const [kept, rows] = [join(home, "kept"), [] as string[][]];
  cpSync(folder, kept, { recursive: true });
  for (const { what, times, tamper } of TAMPERINGS) {
    const random = seededRandom(what);
    const alone = new Set<boolean>();
    for (let time = 0; time < times; time += 1) {
      const line = tamper({ folder, pick: (below) => Math.floor(random() * below) });
      const found = await look();
      expect(found, `${what}, time ${time}`).toMatchObject({ audit: true, outsider: true });
      expect(found.line, `${what}, time ${time}`).toBe(typeof line === "number" ? line : found.line);
      if (time < LOOKED_AT_ALONE) alone.add(await isFoundAlone());
      rmSync(folder, { recursive: true });
      cpSync(kept, folder, { recursive: true });
    }
    const all = `${times} of ${times}`;
    rows.push([what, all, all, [...alone].map((isFound) => (isFound ? "found" : "not found")).join(", ")]);
  }
  expect(TAMPERINGS.reduce((sum, { times }) => sum + times, 0)).toBe(1000);
  const heading = ["what was done to it", "`audit verify`", "`verify-run.mjs`", "the folder alone, no head outside"];
  await expect(await pageOf(markdownTable(heading, rows))).toMatchFileSnapshot("../../docs/guide/tampering.md");
});

function pageOf(table: string): Promise<string> {
  const page = `<!-- Written by \`npx vitest run test/adversarial/tampering.test.ts --update=all\`. -->

# What tampering is found

A run of some lanes, shared artifacts and two ends (a cap was raised between them), altered a thousand times. The untouched run is
accepted by both verifiers ([reading a journal](journal.md#verifying)).

${table}

What the last column does not find is why the head of each run is kept outside of its folder: who can write the folder can write all
of it anew, and who can write \`heads.jsonl\` too needs another place (\`--heads FILE\`) or a key (\`--signing-key\`) to be found out.
`;
  return prettier.format(page, { parser: "markdown", printWidth: 120 });
}
