/**
 * What leaves the machine: with LANGSMITH_TRACING the trace, whole and readable, to the endpoint that was configured; without
 * it nothing (G9). The real command, as a child process that cannot connect to anywhere else without ending.
 */
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import type { RunResult } from "../../state/run-result.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resultOf, runCommand, type CommandOutcome } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { startTraceServer, type TracedRun, type TraceServer } from "../support/trace-server.ts";

const GUARD = fileURLToPath(new URL("../support/only-loopback.mjs", import.meta.url));
const KEY = "lsv2_secret_of_the_test";
const PLAN = {
  subtasks: [
    { id: "look-up", instructions: "Which animal is the fastest?" },
    { id: "compare", instructions: "Is the cheetah or the falcon faster?", dependsOn: ["look-up"] },
  ],
};
/** None of the machine's own settings. */
const UNTRACED = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(LANGSMITH|LANGCHAIN|OTEL)_/.test(name))
    .map((name) => [name, undefined]),
);

let server: TraceServer;
beforeEach(async () => {
  server = await startTraceServer();
});
afterEach(() => server.close());

/** Runs the plan on a document or two; `env` says whether it is traced. */
function runTraced(env: Record<string, string>): Promise<CommandOutcome> {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "plan.json"), JSON.stringify(PLAN));
  writeFileSync(join(cwd, "animals.md"), "# Animals\n\nThe falcon is the fastest animal.\nThe cheetah runs fast.\n");
  const args = ["run", "About animals.", "--plan", "plan.json", "--docs", "animals.md", "--id", "traced", "--json"];
  return runCommand(args, { cwd, env: { ...UNTRACED, NODE_OPTIONS: `--import ${GUARD}`, ...env } });
}

function tracingTo(endpoint: string): Record<string, string> {
  return { LANGSMITH_TRACING: "true", LANGSMITH_ENDPOINT: endpoint, LANGSMITH_API_KEY: KEY };
}

/** The names from the root to a run. */
function pathOf(run: TracedRun | undefined): string[] {
  if (run === undefined) return [];
  const parent = run.parent_run_id === undefined ? undefined : server.runs.get(run.parent_run_id);
  return [...pathOf(parent), run.name];
}

/** Each model turn stands under its lane, readable, with run, subtask, attempt and agent. */
function expectTurns(result: RunResult): void {
  const turns = [...server.runs.values()].filter(({ run_type }) => run_type === "llm");
  for (const { id, agent, steps } of result.subtasks) {
    const own = turns.filter(({ extra }) => extra?.metadata?.["subtask"] === id);
    expect(own).toHaveLength(steps);
    expect(own.map((run) => pathOf(run).join(" > ")).toSorted()).toEqual(
      Array.from(
        { length: steps },
        (_, index) => `swarm > lane > lane · ${id} > think > ${agent} · ${id} · turn ${index + 1}`,
      ).toSorted(),
    );
    for (const { extra } of own)
      expect(extra?.metadata).toMatchObject({ run_id: "traced", subtask: id, attempt: 1, agent });
  }
  const others = turns.filter(({ extra }) => extra?.metadata?.["subtask"] === undefined);
  expect(others.map(pathOf)).toEqual([["swarm", "synthesizer", "synthesizer · turn"]]);
  expect(others[0]?.extra?.metadata).toMatchObject({ run_id: "traced", agent: "synthesizer" });
}

/** Tool calls stand beside the turn that made them, with the same facts. */
function expectTools(): void {
  const tools = [...server.runs.values()].filter(({ run_type }) => run_type === "tool");
  expect(tools.map(({ name }) => name)).toContain("search_documents");
  for (const tool of tools) {
    const { subtask } = tool.extra?.metadata ?? {};
    expect(pathOf(tool).slice(0, 4)).toEqual(["swarm", "lane", `lane · ${String(subtask)}`, "think"]);
    expect(tool.extra?.metadata).toMatchObject({ run_id: "traced", attempt: 1, agent: expect.any(String) });
  }
}

describe("with LANGSMITH_TRACING", () => {
  test("by another of its names, and at an endpoint that refuses the key: the answer, and at most two lines of it", async () => {
    const refusing = createHttpServer((_, response) => response.writeHead(401).end("\u001b[31mInvalid token"));
    await new Promise<void>((done) => refusing.listen(0, "127.0.0.1", done));
    const endpoint = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    const outcome = await runTraced({
      LANGCHAIN_TRACING_V2: "true",
      LANGSMITH_ENDPOINT: endpoint,
      LANGSMITH_API_KEY: KEY,
    });
    refusing.closeAllConnections();
    refusing.close();
    expect(resultOf(outcome).status).toBe("complete");
    const said = outcome.stderr
      .split("\n")
      .filter((line) => /trace|langsmith|401/i.test(line.replace("run traced", "")));
    expect(said[0]).toMatch(/^glasshive: traces are not well: .*401/);
    expect(said.length).toBeLessThanOrEqual(2);
    expect(outcome.stderr).not.toMatch(/lsv2_|^ +at /m);
    expect(outcome.stderr).not.toContain("\u001b");
  });

  test("the trace is whole before the process ends: turns and tool calls under their lanes, and the key in none of it", async () => {
    const outcome = await runTraced(tracingTo(server.url));
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).not.toMatch(/langsmith/i);
    const open = [...server.runs.values()].filter(({ end_time }) => end_time === undefined);
    expect(open.map(({ name }) => name)).toEqual([]);
    expect([...server.runs.values()].filter((run) => run.parent_run_id === undefined)).toHaveLength(1);
    expect(server.bodies.filter((body) => body.includes(KEY))).toEqual([]);
    expectTurns(resultOf(outcome));
    expectTools();
  });

  test("an endpoint that never answers takes neither the result nor the command's end", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const outcome = await runTraced(tracingTo(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`));
    silent.close();
    expect(outcome).toMatchObject({ code: 0, signal: null });
    expect(resultOf(outcome)).toMatchObject({ status: "complete" });
    expect(outcome.stderr).toMatch(/^glasshive: traces were not delivered/m);
  });
});

describe("without LANGSMITH_TRACING", () => {
  test("nothing is sent to LangSmith's endpoint, whatever else is set, and no other host is contacted", async () => {
    const outcome = await runTraced({ LANGSMITH_ENDPOINT: server.url, LANGSMITH_API_KEY: KEY });
    expect(outcome.code).toBe(0);
    expect(resultOf(outcome)).toMatchObject({ status: "complete" });
    expect(server.requests).toEqual([]);
    expect(server.infoRequests).toBe(0);
  });

  test.each([
    ["fetch", 'await fetch("http://192.0.2.1/")'],
    ["https", '(await import("node:https")).get("https://example.invalid/")'],
    ["a bare socket", '(await import("node:net")).connect(80, "192.0.2.1")'],
  ])("the guard of these tests notices %s", (_, program) => {
    const child = spawnSync(process.execPath, ["--import", GUARD, "--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    expect(child.status).toBe(97);
    expect(child.stderr).toMatch(/^connects to (192\.0\.2\.1|example\.invalid):\d+/);
  });
});
