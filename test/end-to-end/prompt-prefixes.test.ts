/** What requests have in common at their beginning, on the bodies that go over the wire, and what a prompt cache makes of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../state/run-result.ts";
import type { CallRecord } from "../support/model-server/recorder.ts";
import {
  byRole,
  startModelServer,
  synthesizerAnswer,
  toolCallsThenAnswer,
  type Behaviour,
} from "../support/model-server/index.ts";
import { commandHere, resultOf } from "../support/run-command.ts";

const LONG = "State the fact, the year it holds for, and the place where it is written; one line for each fact. ";
const PRICE = { input: 2, cachedInput: 0.5, output: 8 };
const TURNS = 4;

const PLAN = {
  task: `Compare the towns of the valley. ${LONG.repeat(3)}`,
  subtasks: [
    {
      id: "town",
      forEach: Array.from({ length: 12 }, (_, index) => `Town ${index + 1}`),
      title: "Look at {{item}}",
      instructions: `Look up {{item}}. ${LONG.repeat(12)}Say how {{item}} differs from its neighbours.`,
      agent: "scout",
      steps: TURNS,
      expects: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
    },
    { id: "report", title: "Report", instructions: "Write about the valley as a whole.", agent: "scribe" },
  ],
};

const AGENTS = {
  agents: [
    {
      ...{ name: "scout", description: "looks things up", skills: ["facts", "style"] },
      ...{ tools: ["read_result", "read_document"], instructions: LONG.repeat(10) },
    },
    { name: "scribe", description: "writes", skills: ["style", "facts"], tools: ["read_document", "read_result"] },
  ],
};

interface Seen {
  body: string;
  record: CallRecord;
}

async function play(behaviour: Behaviour, config: object = {}): Promise<{ result: RunResult; calls: Seen[] }> {
  const delay = { kind: "fixed", ms: 30 } as const;
  const server = await startModelServer({ behaviour, prefixCache: true, keepBodies: true, delay });
  const home = mkdtempSync(join(tmpdir(), "glasshive-prefixes-"));
  const files = { "plan.json": PLAN, "agents.json": AGENTS, "config.json": { prices: { m: PRICE }, ...config } };
  for (const [name, data] of Object.entries(files)) writeFileSync(join(home, name), JSON.stringify(data));
  writeFileSync(join(home, "notes.md"), "# Notes\n\nThe valley has twelve towns.\n");
  const given = ["--plan", "plan.json", "--agents", "agents.json", "--config", "config.json", "--docs", "notes.md"];
  const model = ["--model", "m", "--base-url", server.url, "--home", home, "--json"];
  try {
    const outcome = await commandHere(["run", ...given, ...model], { cwd: home });
    const bodies = server.bodies();
    const calls = server.records().map((record, at) => ({ record, body: bodies[at] ?? "" }));
    return { result: resultOf(outcome), calls };
  } finally {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  }
}

function commonBytes(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  return Buffer.byteLength(one.slice(0, at));
}

/** Of the shorter one. */
function sharedShare(one: string, other: string): number {
  return commonBytes(one, other) / Math.min(Buffer.byteLength(one), Buffer.byteLength(other));
}

/** A request without what closes it: the list of messages is open, as in the next one. */
function openBody(body: string): string {
  return body.slice(0, body.lastIndexOf("}]"));
}

/** The first output of each lane lacks what is asked for, in its last step. */
function sloppy(): Behaviour {
  const usual = toolCallsThenAnswer({
    toolCalls: TURNS - 1,
    args: { subtask: "town-{{turn}}" },
    answer: '{"town":"{{subtask}}"}',
  });
  return byRole({
    agent: (call) => (call.turn === TURNS - 1 && call.subtaskId?.startsWith("town") ? { content: "{}" } : usual(call)),
    synthesizer: synthesizerAnswer(),
  });
}

describe("requests of one run", () => {
  let result: RunResult;
  let calls: Seen[];
  const lanes = (): Map<string, Seen[]> =>
    Map.groupBy(
      calls.filter(({ record }) => record.subtask !== null),
      ({ record }) => record.subtask as string,
    );

  beforeAll(async () => {
    ({ result, calls } = await play(sloppy()));
  }, 60_000);

  it("begin, in each lane, with all bytes of the request before: through the last step and a repair after it", () => {
    expect(result.coverage.done).toBe(13);
    let compared = 0;
    for (const [id, turns] of lanes()) {
      expect(turns).toHaveLength(id === "report" ? TURNS : TURNS + 1);
      for (const [at, { body }] of turns.slice(1).entries()) {
        expect(body.startsWith(openBody(turns[at]!.body))).toBe(true);
        expect(sharedShare(turns[at]!.body, body)).toBeGreaterThan(0.99);
        compared += 1;
      }
    }
    expect(compared).toBe(12 * TURNS + TURNS - 1);
    const last = lanes().get("town-01")!.at(-1)!.body;
    expect(last.match(/This is your last step/g)).toHaveLength(2);
  });

  it("are the same for siblings up to what is the subtask's own", () => {
    const firsts = [...lanes()].filter(([id]) => id.startsWith("town")).map(([, [first]]) => first!.body);
    for (const other of firsts.slice(1)) {
      expect(sharedShare(firsts[0]!, other)).toBeGreaterThan(0.95);
      expect(firsts[0]!.slice(0, commonBytes(firsts[0]!, other))).not.toContain("Town ");
    }
  });

  it("are the same for different agents up to their profiles: tools, rules, task and skills", () => {
    const [scout, scribe] = ["town-01", "report"].map((id) => lanes().get(id)![0]!.body);
    const common = Buffer.from(scout!).subarray(0, commonBytes(scout!, scribe!)).toString();
    expect(common).toContain('"tools":[');
    expect(common).toContain("Compare the towns");
    expect(common.endsWith('<agent name=\\"sc')).toBe(true);
  });

  it("are paid at the price of cached tokens where the provider says that they were", () => {
    const sum = (field: "inputTokens" | "cachedTokens" | "outputTokens"): number =>
      calls.reduce((total, { record }) => total + record[field], 0);
    const [input, cached, output] = [sum("inputTokens"), sum("cachedTokens"), sum("outputTokens")];
    expect(result.usage).toMatchObject({ inputTokens: input, cachedInputTokens: cached, outputTokens: output });
    const usd = ((input - cached) * PRICE.input + cached * PRICE.cachedInput + output * PRICE.output) / 1e6;
    expect(result.usage.usd).toBeCloseTo(usd, 9);
    expect(cached / input).toBeGreaterThan(0.75);
  });

  it("go out for the first sibling alone, so that all others are served from its cache", () => {
    const firsts = [...lanes()].filter(([id]) => id.startsWith("town")).map(([, [first]]) => first!.record);
    const [ahead, ...others] = firsts.toSorted((one, other) => one.startMs - other.startMs);
    expect(ahead?.cachedTokens).toBe(0);
    for (const { startMs, cachedTokens } of others) {
      expect(startMs).toBeGreaterThanOrEqual(ahead!.startMs + 25);
      expect(cachedTokens).toBeGreaterThan(1024);
    }
  });
});

it("all go out at once where the warm-up is switched off", async () => {
  const { calls } = await play(sloppy(), { cacheWarmupMs: 0 });
  const firsts = calls.filter(({ record }) => record.subtask?.startsWith("town") === true && record.turn === 0);
  expect(firsts).toHaveLength(12);
  expect(firsts.filter(({ record }) => record.cachedTokens === 0).length).toBeGreaterThan(1);
}, 60_000);
