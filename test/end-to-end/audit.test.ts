/** `glasshive audit`, as a person types it: what it prints, and how it ends. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandHere, runCommand, type CommandOutcome } from "../support/run-command.ts";

const VERIFIER = fileURLToPath(new URL("../../bin/verify-run.mjs", import.meta.url));
let home: string;
let key: string;
const audit = (...args: string[]): Promise<CommandOutcome> => commandHere(["audit", ...args, "--home", home]);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "glasshive-test-"));
  key = join(home, "keys", "k.pem");
  writeFileSync(join(home, "facts.md"), "The tower is 40 m high. It was built in 1905.\n");
  await audit("key", "--out", key);
  const run = (id: string, ...more: string[]) =>
    commandHere([
      "run",
      "How high is the tower?",
      "--docs",
      join(home, "facts.md"),
      "--id",
      id,
      "--home",
      home,
      ...more,
    ]);
  await run("signed", "--signing-key", key, "--heads", join(home, "elsewhere.jsonl"));
  await run("plain");
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

it("makes a pair of keys of which the private one is the user's alone, and never over another", async () => {
  expect(statSync(key).mode & 0o777).toBe(0o600);
  expect(readFileSync(`${key}.pub`, "utf8")).toContain("BEGIN PUBLIC KEY");
  const again = await audit("key", "--out", key);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("is there already") as string });
});

it("accepts a run by its head outside, and by who has signed it", async () => {
  expect(await audit("verify", "plain")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("run plain: valid: ") as string,
  });
  expect(await audit("verify", "signed", "--key", `${key}.pub`)).toMatchObject({ code: 0 });
  expect(await audit("verify", "signed", "--heads", join(home, "elsewhere.jsonl"))).toMatchObject({ code: 0 });
  const unsigned = await audit("verify", "plain", "--key", `${key}.pub`);
  expect(unsigned).toMatchObject({ code: 1, stdout: expect.stringContaining("is not signed with this key") as string });
  const absent = await audit("verify", "plain", "--heads", join(home, "elsewhere.jsonl"));
  expect(absent).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("none of this run is kept outside") as string,
  });
});

it("exports a statement that its key opens and no other, and that names a file which was changed since", async () => {
  const file = join(home, "statement.json");
  expect(await audit("export", "signed", "--signing-key", key, "--out", file)).toMatchObject({ code: 0 });
  expect(await audit("verify", file, "--key", `${key}.pub`)).toMatchObject({ code: 0 });
  const other = join(home, "other.pem");
  await audit("key", "--out", other);
  expect(await audit("verify", file, "--key", `${other}.pub`)).toMatchObject({ code: 1 });
  expect(await audit("verify", file)).toMatchObject({ code: 2 });
});

it("calls a journal without its closing record open, and that is not valid", async () => {
  const journal = readFileSync(join(home, "runs", "plain", "journal.jsonl"), "utf8");
  const begun = join(home, "begun.jsonl");
  writeFileSync(begun, journal.slice(0, journal.indexOf("\n") + 1));
  expect(await audit("verify", begun)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("open: 1 line") as string,
  });
});

it("asks for signatures of a journal's file too, or says that there are none to look at", async () => {
  const inHome = (id: string): string => join(home, "runs", id, "journal.jsonl");
  const alone = join(home, "alone.jsonl");
  copyFileSync(inHome("signed"), alone);
  const withKey = (file: string, ...more: string[]) => audit("verify", file, "--key", `${key}.pub`, ...more);
  expect(await withKey(inHome("signed"))).toMatchObject({ code: 0 });
  const unsigned = await withKey(inHome("plain"));
  expect(unsigned).toMatchObject({ code: 1, stdout: expect.stringContaining("is not signed with this key") as string });
  const nothing = await withKey(alone);
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining("there are none to look at") as string });
  expect(await withKey(alone, "--heads", join(home, "elsewhere.jsonl"))).toMatchObject({ code: 0 });
});

it("names a result that says a thing twice, of which readers take one or the other: so does the verifier of its own", async () => {
  const file = join(home, "runs", "plain", "result.json");
  const kept = readFileSync(file, "utf8");
  writeFileSync(file, kept.replace('"status": ', '"status": "failed",\n  "status": '));
  expect(await audit("verify", "plain")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("result.json: is not written as it was") as string,
  });
  const alone = spawnSync(process.execPath, [VERIFIER, join(home, "runs", "plain")], { encoding: "utf8" });
  expect(alone).toMatchObject({ status: 1, stdout: expect.stringContaining("result.json was altered") as string });
  writeFileSync(file, kept);
  expect(await audit("verify", "plain")).toMatchObject({ code: 0 });
});

const EDITS = [
  ['"answer": "', '"answer": "Not so: '],
  ['"total": ', '"total": 1'],
  ['"wallMs": ', '"wallMs": 1'],
] as const;

it.each(EDITS)("names a result in which %s was changed, and `show` and `resume` say it", async (found, put) => {
  const file = join(home, "runs", "plain", "result.json");
  const kept = readFileSync(file, "utf8");
  expect(kept).toContain(found);
  writeFileSync(file, kept.replace(found, put));
  expect(await audit("verify", "plain")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("result.json: ") as string,
  });
  for (const verb of ["show", "resume"])
    expect((await commandHere([verb, "plain", "--home", home])).stderr).toContain("glasshive audit verify plain");
  writeFileSync(file, kept);
  for (const verb of ["show", "resume"])
    expect((await commandHere([verb, "plain", "--home", home])).stderr).not.toContain("audit verify");
});

it("says in one line what is no run", async () => {
  expect(await audit("verify", "nothing")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no run "nothing"') as string,
  });
  expect(await audit("verify", join(home, "keys"))).toMatchObject({ code: 2 });
});

it("misses a run that was taken away, and reads past a result of another shape", async () => {
  const result = join(home, "runs", "plain", "result.json");
  const text = readFileSync(result, "utf8");
  for (const shape of ["null", '{"artifacts":5}', '{"artifacts":[{}]}', "[]", "{"]) {
    writeFileSync(result, shape);
    const found = await audit("verify", home);
    expect({ shape, ...found }).toMatchObject({ code: 1, stdout: expect.stringContaining("result.json") as string });
    expect(`${shape} ${found.stdout}`).toContain("2 runs, 1 valid, 0 open, 1 invalid");
  }
  writeFileSync(result, text);
  expect(await audit("verify", home)).toMatchObject({ code: 0 });
  rmSync(join(home, "runs", "plain"), { recursive: true });
  const found = await audit("verify", home);
  expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining("run plain") as string });
});

it("tells runs of one name in two homes apart, whose heads are kept in one file", async () => {
  const heads = join(home, "shared.jsonl");
  const homes = [join(home, "one"), join(home, "two")];
  for (const place of homes) {
    const words = ["run", "How high is the tower?", "--docs", join(home, "facts.md"), "--id", "same", "--heads", heads];
    expect((await commandHere([...words, "--home", place])).code).toBeOneOf([0, 3]);
  }
  for (const place of homes) {
    const folder = join(place, "runs", "same");
    expect(await audit("verify", folder, "--heads", heads)).toMatchObject({ code: 0 });
    const theirs = spawnSync(process.execPath, [VERIFIER, folder, "--heads", heads], { encoding: "utf8" });
    expect([theirs.status, theirs.stdout]).toEqual([0, expect.stringMatching(/^run same: valid/)]);
  }
});

it.each([
  ["subtasks", { subtasks: "none" }, "result.json: is not a result: subtasks: "],
  ["artifacts", { artifacts: [null] }, "result.json: is not a result: artifacts 1: "],
  ["usage", { usage: null }, "result.json: is not a result: usage: "],
])("says of a result of another shape what is wrong with its %s", async (_, change, said) => {
  const file = join(home, "runs", "signed", "result.json");
  const before = readFileSync(file, "utf8");
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(before) as object), ...change }));
  const found = await audit("verify", "signed");
  writeFileSync(file, before);
  expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining(said) as string });
});

it("keeps no head in a file whose name holds a key", async () => {
  const heads = join(home, "heads-of-sk-secret-key-0123456789.jsonl");
  const words = ["run", "How high is the tower?", "--id", "named", "--home", home, "--heads", heads];
  const refused = await runCommand(words, { env: { OPENAI_API_KEY: "sk-secret-key-0123456789" } });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/^glasshive: heads holds a key/) as string });
  expect([existsSync(heads), existsSync(join(home, "runs", "named"))]).toEqual([false, false]);
});

it("misses the journal of a run whose head is kept, by the run's id and by its folder", async () => {
  const folder = join(home, "runs", "signed");
  const [file, aside] = [join(folder, "journal.jsonl"), join(home, "aside.jsonl")];
  renameSync(file, aside);
  const found = [await audit("verify", "signed"), await audit("verify", folder)];
  renameSync(aside, file);
  for (const { code, stdout } of found) {
    expect(code).toBe(1);
    expect(stdout).toMatch(/^invalid: .*\n {2}run signed: has a head that is kept outside, and no journal$/m);
  }
  expect(await audit("verify", "nobody")).toMatchObject({ code: 2 });
  expect(await audit("verify", "signed")).toMatchObject({ code: 0 });
});
