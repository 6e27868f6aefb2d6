/** A batch runs each row once, says what it cannot run, and does again what is missing and what has changed, and nothing else. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isIncluded, leafOf, type BatchRow } from "../../../engine/policy/audit/merkle.ts";
import { batchFolder } from "../../support/batch-run.ts";
import { commandHere, runCommand } from "../../support/run-command.ts";

const ROWS = [
  { id: "france", task: "What is the capital of France?" },
  { id: "spain", task: "What is the capital of Spain?" },
];

it("runs each row as a run of its own, and names each line that it cannot run", async () => {
  const { batch, row, summary, out } = batchFolder();
  const bad = [
    "{",
    '{"id":"a/b","task":"t"}',
    '{"id":"spain","task":"t"}',
    '{"id":"typo","tsk":"t"}',
    '{"id":"none"}',
    "[]",
  ];
  const text = [...ROWS.map((one) => JSON.stringify(one)), "", ...bad].join("\r\n");
  const { code, stderr } = await batch(`\uFEFF${text}`);
  expect(code).toBe(2);
  expect(summary().rows).toMatchObject({ total: 2, complete: 2, refused: 6 });
  expect(summary().problems.map(({ line }) => line)).toEqual([4, 5, 6, 7, 8, 9]);
  expect(stderr).toContain("line 4: it is not JSON");
  expect(stderr).toContain('line 5: id: "a/b" is not a valid id');
  expect(stderr).toContain("line 6 (spain): the id spain is that of line 2 already");
  expect(stderr).toContain('line 7 (typo): unknown key "tsk", did you mean "task"?');
  expect(stderr).toContain("line 8 (none): it has no task");
  expect(row("spain")).toMatchObject({ class: "complete", status: "complete", task: ROWS[1]?.task, run: "spain" });
  expect(readFileSync(join(out, row("spain").answer ?? ""), "utf8")).toContain("Madrid");
  const shown = await commandHere(["show", "spain", "--home", out]);
  expect(shown.stdout).toContain("complete");
});

it("says of a file without rows, and of one that is not there, one line", async () => {
  const { batch, folder, out } = batchFolder();
  expect(await batch(" \n\n")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^glasshive: there are no rows in .*\n$/),
  });
  const missing = await commandHere(["batch", join(folder, "none.jsonl"), "--out", out]);
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^glasshive: the batch .* cannot be read.*\n$/),
  });
});

it("does nothing again that is finished, and runs again what has changed or is gone, saying why", async () => {
  const { batch, journal, row, summary, folder, out } = batchFolder();
  expect((await batch(ROWS)).code).toBe(0);
  const before = journal("france");
  const same = await batch(ROWS);
  expect(same.code).toBe(0);
  expect(journal("france")).toEqual(before);
  const changed = await batch([{ ...ROWS[0], task: "What is the capital of Spain?" }, ROWS[1] ?? {}]);
  expect(changed.stderr).toContain("row france is run again, as france~2: changed: task");
  expect(row("france")).toMatchObject({ class: "complete", run: "france~2" });
  expect(changed.stderr).not.toContain("row spain");
  rmSync(join(out, "runs", "spain"), { recursive: true });
  const gone = await batch([{ ...ROWS[0], task: "What is the capital of Spain?" }, ROWS[1] ?? {}]);
  expect(gone.stderr).toContain("row spain is run again, as spain~2: its run is gone from the folder");
  writeFileSync(join(folder, "docs", "more.md"), "The capital of Italy is Rome.\n");
  const documents = await batch(ROWS);
  expect(documents.stderr).toContain("row spain is run again, as spain~3: changed: documents");
  expect(summary().rows).toMatchObject({ total: 2, complete: 2 });
});

it("proves each row by a Merkle tree over the heads of its journals", async () => {
  const { batch, journal, out } = batchFolder();
  await batch([...ROWS, { task: "What is the capital of Italy?" }]);
  const { root, rows } = JSON.parse(readFileSync(join(out, "batch.json"), "utf8")) as {
    root: string;
    rows: (BatchRow & { index: number; proof: string[]; lines: number })[];
  };
  expect(rows).toHaveLength(3);
  for (const { index, proof, lines, ...row } of rows) {
    expect(isIncluded(leafOf(row), { index, size: rows.length, proof, root })).toBe(true);
    const own = journal(row.run);
    expect(own).toHaveLength(lines);
    expect(own.at(-1)).toMatchObject({ kind: "run-close", hash: row.head });
  }
  expect(rows[2]?.id).toBe(`row-${rows[2]?.identity.slice(0, 16)}`);
});

it("reads CSV with a header row, whatever a spreadsheet makes of it", async () => {
  const { batch, row, summary } = batchFolder();
  const text =
    '\uFEFFID,Task,max-steps,Unattended\r\nfrance,"What is the capital of ""France""?\r\nSay it in a word, please.",30,true\r\n\r\nbad,x,many,\r\nshort\r\n';
  const { code, stderr } = await batch(text, [], "rows.csv");
  expect(code).toBe(2);
  expect(row("france")).toMatchObject({ line: 2, task: 'What is the capital of "France"? Say it in a word, please.' });
  expect(summary().problems).toMatchObject([{ line: 5, id: "bad" }, { line: 6 }]);
  expect(stderr).toContain('maxSteps: expected a number, got "many"');
});

it("takes its rows from standard input, and prints its summary as one JSON object", async () => {
  const { out, folder } = batchFolder();
  const input = ROWS.map((one) => JSON.stringify(one)).join("\n");
  const { code, stdout, stderr } = await runCommand(["batch", "-", "--out", out, "--docs", "docs", "--json"], {
    cwd: folder,
    input,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ exitCode: 0, rows: { total: 2, complete: 2 } });
});

it("lets a row name no file to be read or written that its owner has not", async () => {
  const { batch, summary } = batchFolder();
  const outside = [{ docs: "/etc" }, { plan: "/etc/hostname" }, { heads: "/etc/motd" }];
  const rows = [...ROWS, ...outside.map((named, at) => ({ id: ["out", "up", "written"][at], task: "t", ...named }))];
  expect((await batch(rows)).code).toBe(2);
  expect(summary().problems.map(({ id, problem }) => [id, problem.split(";")[0]])).toEqual([
    ["out", "line 3 names the documents /etc"],
    ["up", "line 4 names the plan /etc/hostname"],
    ["written", "line 5 names the heads /etc/motd"],
  ]);
});

it("has one index for all rows with the same documents", async () => {
  const { batch, out } = batchFolder();
  expect((await batch(ROWS)).code).toBe(0);
  const [one, other] = ROWS.map(({ id }) => statSync(join(out, "runs", id, "documents.sqlite")).ino);
  expect(one).toBe(other);
});

it("writes no key and nothing that is to be redacted into what it says of its rows", async () => {
  const { out, folder, args } = batchFolder();
  const key = "sk-planted-0123456789abcdef";
  const rows = [
    { id: "mail", task: `Who is ada@example.org, and what is ${key}?` },
    `{"id":"bad","task":"${key} ada@example.org`,
  ];
  const text = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");
  const env = { OPENAI_API_KEY: key };
  const { code, stdout, stderr } = await runCommand(args(text, ["--redact", "email", "--json"]), { cwd: folder, env });
  expect(code).toBe(2);
  const written = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = written.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
  for (const each of [...texts, stdout, stderr]) {
    expect(each).not.toContain(key);
    expect(each).not.toContain("ada@example.org");
  }
  expect(JSON.parse(stdout)).toMatchObject({
    results: [{ task: "Who is [redacted:email], and what is [redacted:key]?" }],
  });
});
