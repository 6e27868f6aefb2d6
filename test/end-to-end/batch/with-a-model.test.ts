/** Batches against a model server: caps over all rows, kills, interruptions, faults of a provider, and people. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { batchFolder, type BatchFolder } from "../../support/batch-run.ts";
import { textOf, type ModelCall } from "../../support/model-server/call.ts";
import { byRole, toolCallsThenAnswer, type Behaviour, type ModelServer } from "../../support/model-server/index.ts";
import { commandHere, startCommand } from "../../support/run-command.ts";
import { serve } from "../../support/serve.ts";

const ROWS = Array.from({ length: 12 }, (_, at) => ({ id: `r${at}`, task: `Question ${at}?` }));
/** Of one row: all of its one agent, whose result is the answer. */
const CALLS = 3;

interface Setting extends BatchFolder {
  server: ModelServer;
  /** The options of the command with the model. */
  options: string[];
}

/** `before`: told of each call; what it returns is answered. */
async function setting(
  before: (call: ModelCall) => ReturnType<Behaviour> | undefined = () => undefined,
): Promise<Setting> {
  const usual = byRole({ agent: toolCallsThenAnswer({ toolCalls: CALLS - 1 }) });
  const server = await serve((call) => before(call) ?? usual(call));
  const folder = batchFolder();
  const plan = join(folder.folder, "plan.json");
  writeFileSync(plan, JSON.stringify({ subtasks: [{ id: "a", instructions: "Answer.", steps: 3 }] }));
  writeFileSync(join(folder.folder, "config.json"), JSON.stringify({ prices: { m: { input: 1, output: 4 } } }));
  const options = ["--plan", plan, "--config", "config.json", "--model", "m", "--base-url", server.url];
  return { ...folder, server, options };
}

/** Starts of all runs of the batch, which is once for each row however often its process was killed. */
function starts({ out, journal }: BatchFolder): string[] {
  return readdirSync(join(out, "runs")).flatMap((run) =>
    journal(run).flatMap(({ kind }) => (kind === "run-start" ? [run] : [])),
  );
}

describe("the caps of a batch", () => {
  it("hold over all rows, and what they leave is not begun; with higher ones the rest is", async () => {
    const { batch, options, server, summary, row } = await setting();
    const capped = ["--max-steps", "20", "--parallel", "6", ...options];
    const first = await batch(ROWS, capped);
    expect(first.code).toBe(3);
    expect(server.stats().calls).toBeLessThanOrEqual(20);
    expect(summary().spent.steps).toBe(server.stats().calls);
    const { complete, capped: left } = summary().rows;
    expect(complete).toBeGreaterThanOrEqual(4);
    expect(complete + left).toBe(12);
    expect(row("r11")).toMatchObject({ class: "capped", run: null, evidence: expect.stringContaining("20 steps") });
    expect(first.stderr).toContain("not begun: the batch may spend 20 steps");
    const calls = server.stats().calls;
    expect((await batch(ROWS, capped)).code).toBe(3);
    expect(server.stats().calls).toBe(calls);
    expect((await batch(ROWS, ["--max-steps", "60", "--parallel", "6", ...options])).code).toBe(0);
    expect(server.stats().calls).toBe(CALLS * 12);
    expect(summary()).toMatchObject({ rows: { complete: 12 }, spent: { steps: CALLS * 12 } });
  });

  it("let a run that goes on take what the command now says of the endpoint, of its lanes, and of where its head is kept", async () => {
    const { batch, options, folder, out } = await setting();
    const settings = (): unknown => JSON.parse(readFileSync(join(out, "runs", "r0", "run.json"), "utf8"));
    await batch(ROWS.slice(0, 1), ["--max-steps", "2", "--concurrency", "9", ...options]);
    expect(settings()).toMatchObject({ concurrency: 9, run: { caps: { maxAgents: 300 } } });
    const heads = ["--heads", "heads.jsonl"];
    const second = await batch(ROWS.slice(0, 1), ["--max-steps", "60", "--max-agents", "2", ...heads, ...options]);
    expect(second).toMatchObject({ code: 0 });
    expect(settings()).toMatchObject({ concurrency: 9, run: { caps: { maxAgents: 2 } } });
    expect(existsSync(join(folder, "heads.jsonl"))).toBe(true);
  });

  it("hold in money and tokens", async () => {
    const { batch, options, summary } = await setting();
    await batch(ROWS.slice(0, 1), options);
    const { usd, tokens } = summary().spent;
    for (const [id, cap, most] of [
      ["usd", "--max-usd", usd * 40],
      ["tokens", "--max-tokens", Math.ceil(tokens * 40)],
    ] as const) {
      const more = await setting();
      const { code } = await more.batch(ROWS, [cap, String(most), "--parallel", "8", ...more.options]);
      expect([0, 3]).toContain(code);
      expect(more.summary().spent[id]).toBeLessThanOrEqual(most);
      expect(more.summary().rows.complete).toBeGreaterThan(0);
    }
  });

  it("hold over kills, and each row is run once", async () => {
    let kill: (() => void) | undefined;
    const at = new Set([3, 9, 16]);
    const folder = await setting(({ n }) => {
      if (!at.has(n)) return undefined;
      kill?.();
      return { hang: true };
    });
    const { server, options, args, summary, out } = folder;
    const words = args(ROWS, ["--max-steps", "44", "--parallel", "4", ...options]);
    for (let killed = 0; killed < at.size; killed += 1) {
      const { child, ended } = startCommand(words, { cwd: folder.folder });
      kill = () => void child.kill("SIGKILL");
      expect((await ended).signal).toBe("SIGKILL");
    }
    kill = undefined;
    const last = await commandHere(words, { cwd: folder.folder });
    expect(server.stats().calls).toBeLessThanOrEqual(44);
    expect(summary().spent.steps).toBeLessThanOrEqual(44);
    expect(summary().spent.steps).toBeGreaterThanOrEqual(server.stats().calls);
    expect([0, 3]).toContain(last.code);
    const runs = readdirSync(join(out, "runs"));
    expect(starts(folder).toSorted()).toEqual(runs.toSorted());
    expect(summary().usage.steps).toBe(summary().spent.steps);
  }, 180_000);
});

describe("a batch that is stopped", () => {
  it("drains at Ctrl-C, begins nothing more, and goes on with the same command", async () => {
    const at4 = { stop: (): undefined => undefined };
    const folder = await setting(({ n }) => (n === 4 ? at4.stop() : undefined));
    const { server, options, args, summary, batch } = folder;
    const { child, ended } = startCommand(args(ROWS, ["--parallel", "2", ...options]), { cwd: folder.folder });
    at4.stop = () => {
      child.kill("SIGINT");
    };
    const stopped = await ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("continue with: the same command");
    expect(server.stats().aborted).toBe(0);
    expect(summary()).toMatchObject({ exitCode: 130 });
    expect(summary().rows.paused).toBeGreaterThan(0);
    expect(summary().results.at(-1)).toMatchObject({ class: "paused", run: null, evidence: "not begun: interrupted" });
    expect((await batch(ROWS, options)).code).toBe(0);
    expect(server.stats().calls).toBe(CALLS * 12);
    expect(starts(folder)).toHaveLength(12);
  });

  it("is one process's: a second one in the same folder is refused", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { options, batch, args, folder } = await setting(({ n }) => {
      if (n === 1) asked.resolve();
      return { content: "Done.", when: promise };
    });
    const running = startCommand(args(ROWS.slice(0, 1), options), { cwd: folder });
    await asked.promise;
    const second = await batch(ROWS.slice(0, 1), options);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^glasshive: the batch in .* is being worked on by process \d+/),
    });
    resolve();
    expect((await running.ended).code).toBe(0);
  });
});

describe("a row that does not end well", () => {
  const isFor = (call: ModelCall, task: string): boolean =>
    call.messages.some((message) => textOf(message).includes(task));

  it("is told by its class, ends no other, and is run again by its class alone", async () => {
    let isMended = false;
    const { batch, options, row, server, summary } = await setting((call) => {
      if (isMended) return undefined;
      if (isFor(call, "Question 1?")) return { status: 400, body: { error: { message: "no such thing" } } };
      return undefined;
    });
    const { code } = await batch(ROWS.slice(0, 3), options);
    expect(code).not.toBe(0);
    expect(summary().rows.complete).toBe(2);
    const { class: kind, evidence } = row("r1");
    expect(["infra", "failed"]).toContain(kind);
    expect(evidence).toContain("no such thing");
    isMended = true;
    const calls = server.stats().calls;
    const other = kind === "infra" ? "failed" : "infra";
    expect((await batch(ROWS.slice(0, 3), ["--retry", other, ...options])).code).toBe(code);
    expect(server.stats().calls).toBe(calls);
    expect((await batch(ROWS.slice(0, 3), ["--retry", kind, ...options])).code).toBe(0);
    expect(row("r1").class).toBe("complete");
    expect(server.stats().calls).toBeGreaterThan(calls);
  });

  it("is taken as its run has ended since, where somebody has gone on with that, and asks nobody anew", async () => {
    let isMended = false;
    const { batch, options, row, server, out, summary } = await setting((call) =>
      isMended || !isFor(call, "Question 1?") ? undefined : { status: 400, body: { error: { message: "no" } } },
    );
    await batch(ROWS.slice(0, 2), options);
    const { class: kind } = row("r1");
    isMended = true;
    expect((await commandHere(["resume", "r1", "--home", out])).code).toBe(0);
    const calls = server.stats().calls;
    expect((await batch(ROWS.slice(0, 2), ["--retry", kind, ...options])).code).toBe(0);
    expect(row("r1")).toMatchObject({ class: "complete", run: "r1" });
    expect(server.stats().calls).toBe(calls);
    expect(summary().spent.steps).toBe(calls);
    expect((await commandHere(["audit", "verify", out])).code).toBe(0);
  });

  it("waits for its human, is answered by hand, and is taken as it is then", async () => {
    const { batch, options, row, out, server } = await setting();
    const words = ["--approve", "plan", ...options];
    expect((await batch(ROWS.slice(0, 2), words)).code).toBe(4);
    expect(row("r0")).toMatchObject({ class: "paused", evidence: "waits for an answer: plan" });
    expect(existsSync(join(out, "runs", "r0", "answer.md"))).toBe(false);
    const answered = await commandHere(["resume", "r0", "--answer", "approve", "--home", out]);
    expect(answered.code).toBe(0);
    const calls = server.stats().calls;
    expect((await batch(ROWS.slice(0, 2), words)).code).toBe(4);
    expect(row("r0")).toMatchObject({ class: "complete", run: "r0" });
    expect(row("r1").class).toBe("paused");
    expect(server.stats().calls).toBe(calls);
  });
});
