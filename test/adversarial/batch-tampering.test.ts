/** A batch whose records were altered: both verifiers find it, and name the row, the file or the line. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EMPTY_CHAIN, type ChainHead } from "../../engine/journal/chain.ts";
import { linkEvent, type LedgerLine } from "../../engine/policy/batch/ledger.ts";
import { leafOf, merkleTree, type ProvedRow } from "../../engine/policy/audit/merkle.ts";
import { batchFolder } from "../support/batch-run.ts";
import { commandHere } from "../support/run-command.ts";

const VERIFIER = fileURLToPath(new URL("../../bin/verify-run.mjs", import.meta.url));
const ROWS = ["France", "Spain", "France again"].map((place, index) => ({
  id: `row${index + 1}`,
  task: `What is the capital of ${place}?`,
}));

interface BatchFile {
  root: string;
  ledger: { head: string; lines: number };
  rows: ProvedRow[];
}

const { batch, out, folder } = batchFolder(mkdtempSync(join(tmpdir(), "glasshive-test-")));
const place = (...names: string[]): string => join(out, ...names);
const lines = (): string[] => readFileSync(place("ledger.jsonl"), "utf8").trimEnd().split("\n");

afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  await batch(ROWS);
  // A row that has changed leaves its first run as it was.
  await batch([{ ...ROWS[0], task: "Which city is the capital of France?" }, ...ROWS.slice(1)]);
  cpSync(out, join(folder, "kept"), { recursive: true });
});

async function verified(): Promise<{ ours: string; theirs: string; codes: unknown[] }> {
  const ours = await commandHere(["audit", "verify", out]);
  const theirs = spawnSync(process.execPath, [VERIFIER, out], { encoding: "utf8" });
  return { ours: ours.stdout, theirs: theirs.stdout + theirs.stderr, codes: [ours.code, theirs.status] };
}

function edit(change: (record: BatchFile) => void): void {
  const record = JSON.parse(readFileSync(place("batch.json"), "utf8")) as BatchFile;
  change(record);
  writeFileSync(place("batch.json"), JSON.stringify(record));
}

function swapRuns(one: string, other: string): void {
  renameSync(place("runs", one), place("runs", "between"));
  renameSync(place("runs", other), place("runs", one));
  renameSync(place("runs", "between"), place("runs", other));
}

/** As somebody does it who knows the format. */
function treeAnew(record: BatchFile): void {
  record.rows.forEach((row, index) => Object.assign(row, { index }));
  const { root, proofs } = merkleTree(record.rows.map(leafOf));
  record.root = root;
  record.rows.forEach((row, index) => Object.assign(row, { proof: proofs[index] }));
}

/** The ledger with other words and its whole chain anew, `batch.json` with it. */
function ledgerAnew(change: (event: LedgerLine) => void): void {
  let head: ChainHead = EMPTY_CHAIN;
  const anew = lines().map((text) => {
    const { seq: _seq, at, prev: _prev, hash: _hash, ...event } = JSON.parse(text) as LedgerLine;
    change(event as LedgerLine);
    const line = linkEvent(event, head, at);
    head = { seq: line.seq, hash: line.hash };
    return JSON.stringify(line);
  });
  writeFileSync(place("ledger.jsonl"), `${anew.join("\n")}\n`);
  edit(({ ledger }) => Object.assign(ledger, { head: head.hash }));
}

function forgetLedgerHeads(): void {
  const heads = readFileSync(place("heads.jsonl"), "utf8").split("\n");
  writeFileSync(place("heads.jsonl"), heads.filter((line) => !line.includes('"batch"')).join("\n"));
}

const replaceIn = (name: string, from: string, to: string): void =>
  writeFileSync(place(name), readFileSync(place(name), "utf8").replace(from, to));

it("is accepted by both as it was written, with the run that a changed row has left", async () => {
  expect(existsSync(place("runs", "row1~2"))).toBe(true);
  expect(await verified()).toMatchObject({ codes: [0, 0], ours: expect.stringContaining("valid: 4 runs") as string });
});

const ZEROS = "0".repeat(64);
/** `theirs` absent: the small verifier does not look at it. */
const TAMPERINGS: { what: string; tamper: () => void; ours: string; theirs?: string }[] = [
  ...["summary.json", "summary.csv", "index.html"].map((name) => ({
    what: `${name} changed`,
    tamper: () => appendFileSync(place(name), " "),
    ours: `${name}: is not what was written when the batch ended`,
    theirs: `invalid: ${name} was altered`,
  })),
  {
    what: "a row of the summary changed",
    tamper: () => replaceIn("summary.json", '"class": "complete"', '"class": "partial"'),
    ours: "summary.json, row row2: is not what its run has come to",
    theirs: "invalid: summary.json was altered",
  },
  {
    what: "the counts of the summary changed",
    tamper: () => replaceIn("summary.json", '"total": 3', '"total": 4'),
    ours: "summary.json: its counts are not those of its rows",
    theirs: "invalid: summary.json was altered",
  },
  {
    what: "the ledger's word on a row changed, and its chain and batch.json made anew",
    tamper: () => ledgerAnew((line) => line.kind === "settle" && (line.data.outcome.evidence = "all is well")),
    ours: "is not the one whose hash is kept outside: the ledger was made anew",
    theirs: "invalid: ledger.jsonl: line 8: the head kept outside is another one",
  },
  {
    what: "the ledger's word on a row changed, with chain, batch.json and the head outside",
    tamper: () => {
      ledgerAnew((line) => line.kind === "settle" && (line.data.outcome.evidence = "all is well"));
      forgetLedgerHeads();
    },
    ours: "ledger.jsonl, row row2: is not what its run has come to",
  },
  {
    what: "the usage of a row of the summary changed, with the ledger's word on the file, its chain, batch.json and the head outside",
    tamper: () => {
      replaceIn("summary.json", '"steps": 5', '"steps": 4');
      const digest = createHash("sha256")
        .update(readFileSync(place("summary.json")))
        .digest("hex");
      ledgerAnew((line) => line.kind === "end" && line.data.files && (line.data.files["summary.json"] = digest));
      forgetLedgerHeads();
    },
    ours: "summary.json, row row2: is not what its run has come to",
    theirs: "invalid: summary.json, row row2: not as its run",
  },
  {
    what: "the head of a row changed",
    tamper: () => edit(({ rows }) => Object.assign(rows[1] ?? {}, { head: ZEROS })),
    ours: "batch.json, row row2: the journal of its run row2 has another head",
    theirs: "invalid: row row2: its run is missing, or has another head",
  },
  {
    what: "a proof changed",
    tamper: () => edit(({ rows }) => Object.assign(rows[2] ?? {}, { proof: [ZEROS] })),
    ours: "batch.json, row row3: its proof does not lead to the root",
    theirs: "invalid: row row3: its proof",
  },
  {
    what: "a row removed",
    tamper: () => edit(({ rows }) => void rows.pop()),
    ours: "batch.json: the root is not that of its rows",
    theirs: "invalid: batch.json has not the root of its rows",
  },
  {
    what: "a row removed, and the tree made anew",
    tamper: () => edit((record) => (record.rows.shift(), treeAnew(record))),
    ours: "batch.json: the root is not the one that ledger.jsonl ends with",
    theirs: "invalid: ledger.jsonl ends with another root",
  },
  {
    what: "the identity of a row changed, and the tree made anew",
    tamper: () => edit((record) => (Object.assign(record.rows[0] ?? {}, { identity: ZEROS }), treeAnew(record))),
    ours: "batch.json, row row1: is not what ledger.jsonl says of it",
    theirs: "invalid: ledger.jsonl ends with another root",
  },
  {
    what: "the folders of two runs swapped",
    tamper: () => swapRuns("row2", "row3"),
    ours: 'run row2: invalid: 0 lines before the first that does not hold, or all\n  line 1: is of another run: "row3"',
    theirs: "run row2: invalid: line 1: it is of run row3",
  },
  {
    what: "the folder of a run removed",
    tamper: () => rmSync(place("runs", "row2"), { recursive: true }),
    ours: "batch.json, row row2: the journal of its run row2 is missing",
    theirs: "invalid: row row2: its run is missing, or has another head",
  },
  {
    what: "the root changed",
    tamper: () => edit((record) => void (record.root = ZEROS)),
    ours: "batch.json: the root is not that of its rows",
    theirs: "invalid: batch.json has not the root of its rows",
  },
  {
    what: "a line of the ledger changed",
    tamper: () =>
      writeFileSync(
        place("ledger.jsonl"),
        readFileSync(place("ledger.jsonl"), "utf8").replace('"steps":', '"steps":1'),
      ),
    ours: "ledger.jsonl, line 5: the ledger of the batch does not hold: line 5 was changed",
    theirs: "invalid: ledger.jsonl: line 5: it was altered",
  },
  {
    what: "the ledger cut between two lines",
    tamper: () => writeFileSync(place("ledger.jsonl"), `${lines().slice(0, 4).join("\n")}\n`),
    ours: "ledger.jsonl, line 5: is missing or cut",
    theirs: "invalid: ledger.jsonl: line 5: it is missing or cut",
  },
  {
    what: "the ledger removed",
    tamper: () => rmSync(place("ledger.jsonl")),
    ours: "ledger.jsonl, line 1: is missing or cut",
    theirs: "invalid: ledger.jsonl: it is cut",
  },
  {
    what: "the ledger removed with batch.json",
    tamper: () => ["ledger.jsonl", "batch.json"].forEach((name) => rmSync(place(name))),
    ours: "ledger.jsonl: is gone, or another one",
  },
  {
    what: "the result of a run changed",
    tamper: () => {
      const file = place("runs", "row2", "result.json");
      writeFileSync(file, readFileSync(file, "utf8").replace('"verified": 1', '"verified": 2'));
    },
    ours: "result.json: citations is not what the journal says",
    theirs: "run row2: invalid: result.json was altered",
  },
];

it.each(TAMPERINGS)("finds and names $what", async ({ tamper, ours, theirs }) => {
  tamper();
  try {
    const found = await verified();
    expect(found.codes).toEqual([1, theirs === undefined ? 0 : 1]);
    expect(found.ours).toContain(ours);
    expect(found.ours).toMatch(/^invalid/);
    expect(found.theirs).toContain(theirs ?? "valid: ");
  } finally {
    restore();
  }
});

const OPEN: { what: string; change: () => void; note: string }[] = [
  {
    what: "begun again and not ended",
    change: () => {
      const { seq, hash } = JSON.parse(lines().at(-1) ?? "{}") as { seq: number; hash: string };
      const line = linkEvent({ kind: "tick", data: {} }, { seq, hash }, "2100-01-01T00:00:00.000Z");
      appendFileSync(place("ledger.jsonl"), `${JSON.stringify(line)}\n`);
    },
    note: "ledger.jsonl is longer than when batch.json was written",
  },
  { what: "without batch.json", change: () => rmSync(place("batch.json")), note: "there is no batch.json" },
];

it.each(OPEN)("calls a batch open that is $what", async ({ change, note }) => {
  change();
  try {
    const found = await verified();
    expect(found.codes).toEqual([1, 1]);
    expect(found.ours).toMatch(/^open: /);
    expect(found.ours).toContain(note);
    expect(found.theirs).toMatch(/^open: /);
  } finally {
    restore();
  }
});

it("is not begun anew over its runs where what it has spent is lost", async () => {
  for (const name of ["ledger.jsonl", "batch.json"]) rmSync(place(name));
  const { code, stderr } = await batch(ROWS);
  const runs = readdirSync(place("runs"));
  restore();
  expect([code, stderr]).toEqual([1, expect.stringContaining("the ledger of the batch is not the one") as string]);
  expect(runs).toEqual(readdirSync(place("runs")));
});

function restore(): void {
  rmSync(out, { recursive: true });
  cpSync(join(folder, "kept"), out, { recursive: true });
}
