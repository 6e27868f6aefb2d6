/** The queue to the thread that writes a home's database: order, what a settled promise means, and what goes wrong. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect, openDatabase } from "../../adapters/storage/database.ts";
import { WriteQueue } from "../../adapters/storage/write-queue.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ADD = "INSERT INTO t (k, v) VALUES (?, ?)";
const PUT = "INSERT OR REPLACE INTO t (k, v) VALUES (?, ?)";

function scene() {
  const database = openDatabase(temporaryFolder());
  database.exec("CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT NOT NULL)");
  const queue = new WriteQueue(database.name);
  onTestFinished(async () => {
    await queue.close();
    database.close();
  });
  const rows = (): unknown => database.prepare("SELECT k, v FROM t ORDER BY k").raw().all();
  return { database, queue, rows };
}

const adapter = (file: string): string => new URL(`../../adapters/storage/${file}`, import.meta.url).href;

/** What a process of its own says that runs a script with `queue`, and `count` of the rows. */
function inProcess(flags: string[], script: string, more: Record<string, string> = {}) {
  const text = `
    const { openDatabase } = await import(${JSON.stringify(adapter("database.ts"))});
    const { WriteQueue } = await import(${JSON.stringify(adapter("write-queue.ts"))});
    const database = openDatabase(${JSON.stringify(temporaryFolder())});
    database.exec("CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT NOT NULL)");
    const queue = new WriteQueue(database.name);
    const count = () => database.prepare("SELECT count(*) AS n FROM t").get().n;${script}`;
  const file = join(temporaryFolder(), "script.mjs");
  writeFileSync(file, text);
  const program = flags.includes("--input-type=module") ? ["-e", text] : [file];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, ...program], {
    encoding: "utf8",
    env: { ...process.env, ...more },
  });
  return { status, stdout, stderr };
}

const failed = (text: string) => ({
  status: "rejected",
  reason: expect.objectContaining({ name: "SwarmError", message: expect.stringContaining(text) }),
});

describe("a write queue", () => {
  it("commits before it answers: another connection sees the write", async () => {
    const { database, queue } = scene();
    await queue.commit(ADD, [1, "a"], [2, "b"]);
    const other = connect(database.name);
    expect(other.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 2 });
    other.close();
  });

  it("applies writes in the order in which they came, across batches", async () => {
    const { queue, rows } = scene();
    const all: Promise<void>[] = [];
    for (let round = 0; round < 40; round += 1) {
      all.push(queue.commit(PUT, [1, `round ${round}`]));
      if (round % 7 === 0) await new Promise(setImmediate);
    }
    await Promise.all(all);
    expect(rows()).toEqual([[1, "round 39"]]);
  });

  it("lets a reader wait for what was queued before, and for nothing where nothing is", async () => {
    const { queue, rows } = scene();
    await queue.settled();
    void queue.commit(ADD, [1, "a"]);
    await queue.settled();
    expect(rows()).toEqual([[1, "a"]]);
  });

  it("fails a batch as a whole, tells each of its callers, and goes on with the next", async () => {
    const { queue, rows } = scene();
    const batch = [queue.commit(ADD, [1, "a"]), queue.commit(ADD, [2, null]), queue.commit(ADD, [3, "c"])];
    const outcomes = await Promise.allSettled(batch);
    expect(outcomes).toEqual(Array(3).fill(failed("NOT NULL")));
    expect(rows()).toEqual([]);
    await queue.commit(ADD, [4, "d"]);
    expect(rows()).toEqual([[4, "d"]]);
  });

  it("says after a failure, and ever after, that not all is saved", async () => {
    const { queue } = scene();
    await queue.commit(ADD, [1, "a"]);
    await expect(queue.saved()).resolves.toBeUndefined();
    await expect(queue.commit(ADD, [1, "twice"])).rejects.toThrow("cannot be written");
    await queue.commit(ADD, [2, "b"]);
    await expect(queue.saved()).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });

  it("writes what is queued before it closes, and takes nothing afterwards", async () => {
    const { queue, rows } = scene();
    const last = queue.commit(ADD, [1, "a"]);
    await queue.close();
    await last;
    expect(rows()).toEqual([[1, "a"]]);
    await expect(queue.commit(ADD, [2, "b"])).rejects.toThrow("closed");
    await queue.close();
    expect(rows()).toEqual([[1, "a"]]);
  });

  it("keeps the process alive until it is closed, with a batch still under way", () => {
    const script = `
      void queue.commit(${JSON.stringify(ADD)}, [1, "a"]);
      const closed = queue.close();
      // The batch before is with the thread: this one goes there when that has come back, before the queue knows.
      await new Promise(setImmediate);
      const late = queue.commit(${JSON.stringify(ADD)}, [2, "b"]);
      await Promise.all([closed, late]);
      console.log(count(), "written, closed");`;
    expect(inProcess(["--input-type=module"], script)).toMatchObject({
      status: 0,
      stdout: "2 written, closed\n",
      stderr: "",
    });
  });

  it.each([
    ["--max-old-space-size=512"],
    ["--max-semi-space-size=8", "--stack-size=900"],
    ["--expose-gc", "--no-warnings", "--conditions=mine"],
    ["--input-type=module", "--max-old-space-size=512"],
  ])("writes in a process that was started with %s", (...flags) => {
    const script = `
      await queue.commit(${JSON.stringify(ADD)}, [1, "a"]);
      await queue.close();
      console.log(count(), "written");`;
    expect(inProcess(flags, script)).toMatchObject({ status: 0, stdout: "1 written\n", stderr: "" });
  });

  it.each(["--import", "NODE_OPTIONS"])("writes whatever %s loads before the host's program, in threads too", (way) => {
    const preload = join(temporaryFolder(), "preload.mjs");
    writeFileSync(
      preload,
      `import { isMainThread } from "node:worker_threads";
      console.log("preloaded");
      if (!isMainThread) JSON.parse(process.argv.at(-1));`,
    );
    const script = `await queue.commit(${JSON.stringify(ADD)}, [1, "a"]); await queue.close(); console.log(count(), "written");`;
    const outcome =
      way === "--import"
        ? inProcess(["--import", preload], script)
        : inProcess([], script, { NODE_OPTIONS: `--import "${preload}"` });
    expect(outcome).toMatchObject({ status: 0, stdout: "preloaded\n1 written\n", stderr: "" });
  });

  it("writes where the process may do no more than it needs", () => {
    const script = `await queue.commit(${JSON.stringify(ADD)}, [1, "a"]); await queue.close(); console.log(count(), "written");`;
    const flags = ["--permission", "--allow-worker", "--allow-addons", "--allow-fs-read", "*", "--allow-fs-write=*"];
    expect(inProcess([...flags, "--no-warnings"], script)).toMatchObject({ status: 0, stdout: "1 written\n" });
  });

  it("tells every caller when it may start no thread", () => {
    const script = `
      const both = await Promise.allSettled([queue.commit(${JSON.stringify(ADD)}, [1, "a"]), queue.settled()]);
      const later = await Promise.allSettled([queue.commit(${JSON.stringify(ADD)}, [2, "b"])]);
      await queue.close();
      console.log([...both, ...later].map(({ status, reason }) => reason?.name ?? status).join(), count(), "written");`;
    const outcome = inProcess(["--permission", "--allow-addons", "--allow-fs-read=*", "--allow-fs-write=*"], script);
    expect(outcome).toMatchObject({ status: 0, stdout: "SwarmError,fulfilled,SwarmError 0 written\n" });
  });

  it("closes without having begun a thread", async () => {
    const file = join(temporaryFolder(), "never.sqlite");
    await new WriteQueue(file).close();
    expect(existsSync(file)).toBe(false);
  });

  it("tells every caller when its thread cannot open the database, now and later", async () => {
    const queue = new WriteQueue(join(temporaryFolder(), "no-such-folder", "x.sqlite"));
    const both = await Promise.allSettled([queue.commit(ADD, [1, "a"]), queue.commit(ADD, [2, "b"])]);
    expect(both).toEqual(Array(2).fill(failed("no-such-folder")));
    await expect(queue.commit(ADD, [3, "c"])).rejects.toThrow("no-such-folder");
    await queue.settled();
    await queue.close();
  });

  it("fails what is queued when its thread dies, and all that comes later, and still closes", async () => {
    const { queue, rows } = scene();
    const begun = once(process, "worker") as Promise<[Worker]>;
    await queue.commit(ADD, [1, "a"]);
    const [thread] = await begun;
    // A batch that takes long enough to be under way when the thread dies, and one that waits behind it.
    const large = Array.from({ length: 50_000 }, (_, row) => [row + 2, "b"]);
    const underWay = queue.commit(ADD, ...large);
    await new Promise(setImmediate);
    const waiting = queue.commit(ADD, [1_000_000, "c"]);
    const [outcomes] = await Promise.all([Promise.allSettled([underWay, waiting]), thread.terminate()]);
    expect(outcomes).toEqual(Array(2).fill(failed("the thread that writes the database has ended")));
    await expect(queue.commit(ADD, [1_000_001, "d"])).rejects.toThrow("has ended");
    // What was acknowledged is there; of what was not, nothing or all of its batch.
    expect([1, 1 + large.length]).toContain((rows() as unknown[]).length);
    await queue.settled();
    await queue.close();
  });

  it("begins anew with a thread of its own, whatever the one before still says", async () => {
    const { queue, rows } = scene();
    const begun = once(process, "worker") as Promise<[Worker]>;
    await queue.commit(ADD, [1, "a"]);
    const [thread] = await begun;
    onTestFinished(() => void thread.terminate());
    thread.emit("error", new Error("out of memory"));
    await expect(queue.commit(ADD, [2, "b"])).rejects.toThrow("out of memory");
    await queue.renew();
    const underWay = queue.commit(ADD, [3, "c"]);
    await new Promise(setImmediate);
    thread.emit("message", null);
    thread.emit("exit", 1);
    await underWay;
    await queue.commit(ADD, [4, "d"]);
    expect(rows()).toEqual([
      [1, "a"],
      [3, "c"],
      [4, "d"],
    ]);
  });

  it("does not begin anew where it is closed meanwhile", async () => {
    const { queue, rows } = scene();
    await expect(queue.commit(ADD, [1, null])).rejects.toThrow("NOT NULL");
    await queue.commit(ADD, [1, "a"]);
    await Promise.all([queue.close(), queue.renew()]);
    await expect(queue.commit(ADD, [2, "b"])).rejects.toThrow("closed");
    expect(rows()).toEqual([[1, "a"]]);
  });
});
