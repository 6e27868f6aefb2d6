/**
 * What a run sends to a collector of OpenTelemetry when it is switched on: a tree of spans that says what the journal says; and when it
 * is not, nothing. The real command, as a child process that cannot connect to anywhere else without ending.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { JournalLine } from "../../engine/journal/events.ts";
import type { RunResult } from "../../state/run-result.ts";
import { startCollector, type CollectedSpan, type Collector } from "../support/collector.ts";
import { runCommand, type CommandOutcome } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const GUARD = fileURLToPath(new URL("../support/only-loopback.mjs", import.meta.url));
const COMMAND = fileURLToPath(new URL("../../bin/glasshive.mjs", import.meta.url));
const PLAN = {
  subtasks: [
    { id: "look-up", instructions: "Which animal is the fastest?" },
    { id: "compare", instructions: "Is the cheetah or the falcon faster?", dependsOn: ["look-up"] },
  ],
};
const UNTRACED = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(LANGSMITH|LANGCHAIN|OTEL|GLASSHIVE)_/.test(name))
    .map((name) => [name, undefined]),
);

function placeOfRun(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "plan.json"), JSON.stringify(PLAN));
  writeFileSync(join(cwd, "animals.md"), "# Animals\n\nThe falcon is the fastest animal.\nThe cheetah runs fast.\n");
  return cwd;
}

const RUN = [
  "run",
  "About animals.",
  "--plan",
  "plan.json",
  "--docs",
  "animals.md",
  "--id",
  "traced",
  "--json",
  "--home",
  "home",
];

function runIn(cwd: string, args: readonly string[], env: Record<string, string>): Promise<CommandOutcome> {
  return runCommand(args, { cwd, env: { ...UNTRACED, NODE_OPTIONS: `--import ${GUARD}`, ...env } });
}

function journalOf(cwd: string): JournalLine[] {
  const text = readFileSync(join(cwd, "home", "runs", "traced", "journal.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as JournalLine);
}

/** The names from the root to a span. */
function pathOf({ spans }: Collector, span: CollectedSpan): string[] {
  const parent = spans.find(({ spanId, traceId }) => spanId === span.parentSpanId && traceId === span.traceId);
  return [...(parent === undefined ? [] : pathOf({ spans } as Collector, parent)), span.name];
}

test("the run is a workflow of agents, their chats and their tools: parents, times, tokens and outcomes are the journal's", async () => {
  const collector = await startCollector();
  const cwd = placeOfRun();
  const { stdout, code } = await runIn(cwd, RUN, {
    ...{ GLASSHIVE_OTEL: "true", OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: "zoo" },
    OTEL_EXPORTER_OTLP_HEADERS: "x-team=blue%20team",
  });
  const result = JSON.parse(stdout) as RunResult;
  const lines = journalOf(cwd);
  const start = lines[0];
  if (start?.kind !== "run-start") throw new Error("the journal has no beginning");

  expect(code).toBe(0);
  expect(collector.headers[0]).toMatchObject({ path: "/v1/traces", "x-team": "blue team" });
  expect(collector.resource).toEqual({ "service.name": "zoo" });
  expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([start.data.traces?.opentelemetry]));
  expect(new Set(collector.spans.map(({ spanId }) => spanId)).size).toBe(collector.spans.length);
  const count = (kind: JournalLine["kind"]): number => lines.filter((line) => line.kind === kind).length;
  const named = (name: string): CollectedSpan[] =>
    collector.spans.filter((span) => span.attributes["gen_ai.operation.name"] === name);
  expect(named("invoke_workflow")).toHaveLength(1);
  expect(named("invoke_agent")).toHaveLength(count("attempt-start"));
  expect(named("chat")).toHaveLength(count("model-call"));
  expect(named("execute_tool")).toHaveLength(count("tool-call"));
  const agents = new Map(result.subtasks.map(({ id, agent }) => [id, `invoke_agent ${agent}`]));
  const laneOf = ({ attributes }: CollectedSpan): string[] => [
    "invoke_workflow glasshive",
    agents.get(String(attributes["glasshive.subtask"])) ?? "",
  ];
  for (const span of named("execute_tool")) {
    expect(pathOf(collector, span).slice(0, 2)).toEqual(laneOf(span));
    expect(named("chat").some(({ spanId }) => spanId === span.links[0]?.spanId)).toBe(true);
  }
  const inLanes = named("chat").filter(({ attributes }) => attributes["glasshive.subtask"] !== undefined);
  expect(inLanes).toHaveLength(result.subtasks.reduce((sum, { steps }) => sum + steps, 0));
  for (const span of inLanes) expect(pathOf(collector, span)).toEqual([...laneOf(span), "chat offline"]);
  const root = named("invoke_workflow")[0];
  expect(root?.attributes).toMatchObject({
    ...{ "glasshive.run.id": "traced", "glasshive.status": "complete", "glasshive.coverage.done": 2 },
    ...{
      "gen_ai.usage.input_tokens": result.usage.inputTokens,
      "gen_ai.usage.output_tokens": result.usage.outputTokens,
    },
  });
  const sum = named("chat").reduce(
    (total, { attributes }) => total + Number(attributes["gen_ai.usage.input_tokens"]),
    0,
  );
  expect(sum).toBe(result.usage.inputTokens);
  for (const span of collector.spans) {
    expect(BigInt(span.startTimeUnixNano)).toBeLessThanOrEqual(BigInt(span.endTimeUnixNano));
    expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root?.endTimeUnixNano ?? 0));
  }
  expect(collector.bodies.join("")).not.toContain("About animals.");
});

test("a run that goes on has a trace of its own, linked to the one before; contents are told where they are asked for", async () => {
  const collector = await startCollector();
  const cwd = placeOfRun();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "true",
  };
  const first = await runIn(cwd, [...RUN, "--otel", "--approve", "plan"], env);
  const second = await runIn(cwd, ["resume", "traced", "--answer", "approve", "--home", "home"], env);

  expect([first.code, second.code]).toEqual([4, 0]);
  const roots = collector.spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  expect(roots).toHaveLength(2);
  expect(roots[1]?.links).toEqual([{ traceId: roots[0]?.traceId, spanId: roots[0]?.spanId }]);
  expect(roots[1]?.traceId).not.toBe(roots[0]?.traceId);
  const traces = journalOf(cwd).flatMap((line) =>
    line.kind === "run-start" || line.kind === "process-start" ? [line.data.traces?.opentelemetry] : [],
  );
  expect(traces).toEqual(roots.map(({ traceId }) => traceId));
  expect(String(roots[0]?.attributes["gen_ai.input.messages"])).toContain("About animals.");
  expect(collector.spans.some(({ attributes }) => "gen_ai.tool.call.arguments" in attributes)).toBe(true);
});

test.each([
  ["refuses", { status: 401 }],
  ["never answers", { hangs: true }],
])("a collector that %s takes neither the result nor the command's end", async (_, how) => {
  const collector = await startCollector(how);
  const { code, stdout, stderr } = await runIn(placeOfRun(), RUN, {
    GLASSHIVE_OTEL: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as RunResult).status).toBe("complete");
  expect(stderr.match(/traces are not well/g)).toHaveLength(1);
});

test("without the switch nothing is sent, whatever else is set; with it and no address the command says so", async () => {
  const collector = await startCollector();
  const { code } = await runIn(placeOfRun(), RUN, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  expect([code, collector.bodies]).toEqual([0, []]);
  const refused = await runIn(placeOfRun(), [...RUN, "--otel"], {});
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/^glasshive: traces are asked for, and no endpoint is named/),
  ]);
});

/** In a network of its own that has the loopback alone: what came of the program, and how many packets it has tried to send anywhere. */
const COUNTED = `ip link set lo up; "$@" >&2; echo "$?"; awk '/^Ip: [0-9]/ { print $11 + $12 + $13 }' /proc/net/snmp`;
const OWN_NETWORK = ["--user", "--map-root-user", "--net", "sh", "-c"];
const isIsolated = spawnSync("unshare", [...OWN_NETWORK, "ip link set lo up"]).status === 0;

function countedIn(cwd: string, program: readonly string[]): string[] {
  const env = { ...process.env, ...UNTRACED, OPENAI_API_KEY: undefined, OPENAI_BASE_URL: undefined };
  const words = [...OWN_NETWORK, COUNTED, "sh", process.execPath, ...program];
  return spawnSync("unshare", words, { cwd, env, encoding: "utf8" }).stdout.trim().split("\n");
}

// Skipped where the system gives nobody a network of their own: there `only-loopback.mjs` alone stands for it.
test.skipIf(!isIsolated)("without a switch a run sends no packet to anywhere, counted by the system", () => {
  expect(countedIn(placeOfRun(), [COMMAND, ...RUN])).toEqual(["0", "0"]);
  const [, sent] = countedIn(placeOfRun(), ["-e", "fetch('http://192.0.2.1').catch(() => 0)"]);
  expect(Number(sent)).toBeGreaterThan(0);
});
