/** Artifacts of a run whose process is killed again and again, whose disk fills up, that two processes want: nothing lost, doubled or torn. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { artifactsInStore } from "../../adapters/storage/run-in-store.ts";
import { openHomeStorage } from "../../adapters/storage/home-storage.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { Behaviour, ModelServer } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { lookAtEachWrite } from "../support/moments.ts";
import { commandHere, resultOf, startCommand } from "../support/run-command.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Of the run that is killed at random, and of the others. */
const [MANY, SOME] = [30, 6];
const KILLS = 5;
const NAMES = ["log.md", "data.json", "rows.jsonl"];
const lanes = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index + 1}`);
const PRELOAD = `--import ${new URL("../support/crash-at-write.ts", import.meta.url).href}`;

/** Each lane adds a line, a member and a row, one call a turn. */
const contributes: Behaviour = ({ role, subtaskId, turn }) => {
  const id = String(subtaskId);
  const calls = [
    { name: "append_artifact", args: { name: "log.md", content: `line of ${id}` } },
    { name: "patch_artifact", args: { name: "data.json", merge: { [id]: { by: id } } } },
    { name: "append_artifact", args: { name: "rows.jsonl", content: { id, value: turn } } },
  ];
  const next = calls[turn];
  if (role !== "agent" || next === undefined) return { content: "done" };
  return { toolCalls: [next], delayMs: 20 };
};

interface World {
  home: string;
  server: ModelServer;
  start: (args: readonly string[], fault?: string) => ReturnType<typeof startCommand>;
  runArgs: string[];
}

const RESUME = ["resume", "r", "--json"];
const resumeIn = (home: string) => commandHere([...RESUME, "--home", home]);

async function world(count = SOME): Promise<World> {
  const server = await serve(contributes);
  const home = temporaryFolder();
  const plan = join(home, "plan.json");
  const artifacts = [{ name: "data.json", content: "{}" }];
  const subtasks = lanes(count).map((id) => ({ id, instructions: `Do ${id}.`, writes: NAMES }));
  writeFileSync(plan, JSON.stringify({ task: "t", artifacts, subtasks }));
  const env = (fault?: string) => (fault === undefined ? {} : { NODE_OPTIONS: PRELOAD, GLASSHIVE_TEST_FAULT: fault });
  return {
    ...{ home, server },
    start: (args, fault) => startCommand([...args, "--home", home], { env: env(fault), channels: fault === "each" }),
    runArgs: [
      "run",
      "--plan",
      plan,
      "--id",
      "r",
      "--model",
      "m",
      "--base-url",
      server.url,
      "--concurrency",
      "10",
      "--json",
    ],
  };
}

/** What holds of the run at its end, whatever happened to it: the board, the journal and the files agree, and all are in. */
async function checkArtifacts(home: string, result: RunResult, count = SOME): Promise<void> {
  const ids = lanes(count);
  expect(result).toMatchObject({ status: "complete", coverage: { done: count } });
  const read = (name: string): string => readFileSync(join(home, "runs", "r", "artifacts", name), "utf8");
  const lines = read("log.md")
    .split("\n")
    .filter((line) => line !== "");
  expect(lines.toSorted()).toEqual(ids.map((id) => `line of ${id}`).toSorted());
  expect(Object.keys(JSON.parse(read("data.json")) as object).toSorted()).toEqual(ids.toSorted());
  const rows = read("rows.jsonl")
    .split("\n")
    .filter((line) => line !== "");
  expect(rows.map((row) => (JSON.parse(row) as { id: string }).id).toSorted()).toEqual(ids.toSorted());
  const storage = openHomeStorage(home);
  const events = await artifactsInStore(storage.store, "r").read();
  await storage.close();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const journal = readJournalFile(home, "r");
  for (const name of NAMES) {
    const onBoard = events.flatMap(({ version }) => (version?.artifact === name ? [version] : []));
    const onRecord = journal.filter(({ kind, data }) => kind === "write" && data["artifact"] === name);
    expect(onBoard.map(({ version }) => version)).toEqual(onBoard.map((_, index) => index + 1));
    expect(onRecord.map(({ data }) => [data["version"], data["hash"]])).toEqual(
      onBoard.map(({ version, hash }) => [version, hash]),
    );
    expect(createHash("sha256").update(read(name)).digest("hex")).toBe(onBoard.at(-1)?.hash);
  }
  const conflicts = events.flatMap(({ conflict }) =>
    conflict === undefined ? [] : [`${conflict.id} ${conflict.result}`],
  );
  const told = journal.filter(({ kind }) => kind === "conflict");
  expect(told.map(({ data }) => `${String(data["id"])} ${String(data["result"])}`).toSorted()).toEqual(
    conflicts.toSorted(),
  );
}

describe("artifacts that many lanes write", () => {
  it("are whole, each write once, after the process of 30 lanes was killed at random moments", async () => {
    const { home, server, start, runArgs } = await world(MANY);
    const random = seededRandom("artifacts");
    let started = start(runArgs);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const target = server.stats().calls + 5 + Math.floor(random() * 20);
      while (server.stats().calls < target && started.child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 5));
      started.child.kill("SIGKILL");
      await started.ended;
      started = start(RESUME);
    }
    const outcome = await started.ended;
    expect(outcome.stderr).toBe("");
    await checkArtifacts(home, resultOf(outcome), MANY);
  }, 180_000);

  it("are whole after a kill at chosen writes, as the disk is then (moments.ts)", async () => {
    const { home, start, runArgs } = await world();
    const moments = ["after:database:9", "before:journal:40", "after:journal:41", "torn:log.md:1", "after:data.json:1"];
    const { sights } = await lookAtEachWrite(start(runArgs, "each"), {
      ...{ home, into: temporaryFolder(), facts: () => undefined },
      isWanted: (moment) => moments.includes(moment),
    });
    expect(sights.map(({ moment }) => moment).toSorted()).toEqual(moments.toSorted());
    for (const { moment, home: copy } of sights) {
      const outcome = await resumeIn(copy);
      expect({ moment, ...outcome }).toMatchObject({ code: 0, stderr: "" });
      await checkArtifacts(copy, resultOf(outcome));
    }
  }, 120_000);

  it.each(["full:database:8", "full:journal:40", "full:log.md:1"])(
    "pause with one line where the disk is full (%s), and are whole once there is room",
    async (fault) => {
      const { home, start, runArgs } = await world();
      const { code, stderr } = await start(runArgs, fault).ended;
      expect({ code, lines: stderr.trim().split("\n") }).toEqual({
        code: 4,
        lines: [expect.stringMatching(/^glasshive: .*(cannot be written|ENOSPC|disk is full)/)],
      });
      const outcome = await resumeIn(home);
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
      await checkArtifacts(home, resultOf(outcome));
    },
    60_000,
  );

  it("belong to one of two processes that resume the run at the same moment; the other is told", async () => {
    const { home, start, runArgs } = await world();
    expect((await start(runArgs, "after:journal:31").ended).signal).toBe("SIGKILL");
    const outcomes = await Promise.all([start(RESUME).ended, start(RESUME).ended]);
    const [done, ...others] = outcomes.toSorted((one, other) => Number(one.code) - Number(other.code));
    expect(done).toMatchObject({ code: 0, stderr: "" });
    // The second may come when the first has ended: then it prints the result anew.
    const refused = others.filter(({ code }) => code !== 0);
    for (const { stderr } of refused) expect(stderr).toMatch(/is being worked on by process/);
    await checkArtifacts(home, resultOf(done!));
  }, 60_000);
});
