/** What a configuration names is laid over the settings that a run has, option by option: nothing else of them changes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { RunConfig } from "../../../../app/config/run-config.ts";
import { overlaid, settingsOf, type RunSettings } from "../../../../app/config/run-settings.ts";
import { Detection } from "../../../../state/recovery-policy.ts";

const cwd = mkdtempSync(join(tmpdir(), "glasshive-test-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const at = (name: string): string => join(cwd, name);
mkdirSync(at("skill"));
writeFileSync(at("skill/SKILL.md"), "---\nname: skill\ndescription: A skill.\n---\nDo it.\n");
writeFileSync(at("plan.json"), '{"subtasks":[{"id":"s1","instructions":"Look."}]}');
writeFileSync(at("agents.json"), '[{"name":"lone","description":"Works alone.","skills":["research"]}]');
writeFileSync(at("doc.md"), "A document.\n");

/** Every option of a configuration, and what becomes of it in the settings. */
const OPTIONS: { [Name in keyof Required<RunConfig>]: [RunConfig[Name], object] } = {
  docs: ["doc.md", { run: { documents: [at("doc.md")] } }],
  maxFileSize: ["2kB", { run: { documentLimits: { fileBytes: 2000 } } }],
  maxFiles: [7, { run: { documentLimits: { files: 7 } } }],
  plan: ["plan.json", { plan: { subtasks: [{ id: "s1" }] } }],
  agents: ["agents.json", { agents: [{ name: "lone" }] }],
  skills: ["skill", { skills: [{ name: "skill" }] }],
  model: ["m", { model: "m" }],
  baseUrl: ["http://127.0.0.1:9/v1", { baseUrl: "http://127.0.0.1:9/v1", endpoint: "http://127.0.0.1:9/v1" }],
  maxAgents: [3, { run: { caps: { maxAgents: 3 } } }],
  maxSteps: [30, { run: { caps: { maxSteps: 30 } } }],
  maxTokens: [3000, { run: { caps: { maxTokens: 3000 } } }],
  maxUsd: [3, { run: { caps: { maxUsd: 3 } } }],
  deadline: ["3s", { run: { caps: { deadlineMs: 3000 } } }],
  concurrency: [3, { concurrency: 3 }],
  limits: [{ concurrency: 4 }, { limits: { concurrency: 4 }, concurrency: 4 }],
  approve: ["plan,answer", { run: { approve: ["plan", "answer"] } }],
  redact: ["email", { redact: ["email"] }],
  otel: [true, { otel: true }],
  unattended: [true, { run: { unattended: true } }],
  single: [true, { run: { swarm: "single" } }],
  swarm: ["auto", { run: { swarm: "auto" } }],
  dryRun: [true, { run: { dryRun: true } }],
  recovery: [{ network: [{ do: "give-up" }] }, { recovery: { network: [{ do: "give-up" }] } }],
  detection: [Detection.parse({ callMs: 9000 }), { detection: { callMs: 9000 } }],
  modelLimits: [{ m: { contextWindow: 5000 } }, { modelLimits: { m: { contextWindow: 5000 } } }],
  cacheWarmupMs: [5, { run: { cacheWarmupMs: 5 } }],
  heads: ["heads.jsonl", { heads: [at("heads.jsonl")] }],
  signingKey: ["key.pem", { signingKey: at("key.pem") }],
  prices: [{ m: { input: 1, output: 2 } }, { prices: { m: { input: 1, cachedInput: 1, output: 2 } } }],
};
const NAMED = Object.entries(OPTIONS).map(([name, [value, settings]]) => ({
  name,
  config: { [name]: value },
  settings,
}));

const settingsBy = (config: RunConfig): RunSettings => settingsOf(config, "A task.", { cwd, runId: "r", now: 0 });

/** Other values of all options that may stand beside each other. */
const KEPT = settingsBy({
  ...{ docs: ["."], maxFileSize: 900, maxFiles: 9, model: "other", baseUrl: "http://127.0.0.1:8/v1", maxAgents: 9 },
  ...{ maxSteps: 90, maxTokens: 9000, maxUsd: 9, deadline: 90, concurrency: 9, limits: { requestsPerMinute: 9 } },
  ...{ approve: "budget", redact: "iban", otel: false, unattended: false, swarm: "auto", cacheWarmupMs: 9 },
  ...{
    recovery: { server: [{ do: "give-up" }] },
    detection: Detection.parse({ callMs: 1 }),
    modelLimits: {},
    heads: "9",
  },
  ...{ signingKey: "9", prices: { other: { input: 9, output: 9 } } },
});

function without(settings: object, others: object): object {
  const left = Object.entries(settings).flatMap(([name, value]: [string, unknown]) => {
    const other: unknown = Reflect.get(others, name);
    if (other === undefined) return [[name, value]];
    if (!["run", "caps", "documentLimits"].includes(name)) return [];
    const deeper = without(value as object, other as object);
    return Object.keys(deeper).length === 0 ? [] : [[name, deeper]];
  });
  return Object.fromEntries(left) as object;
}

describe("an option that is named", () => {
  it.each(NAMED)("$name makes a setting of a run that begins, in place of the default", ({ config, settings }) => {
    expect(settingsBy(config)).toMatchObject(settings);
    expect(without(settingsBy(config), settings)).toEqual(without(settingsBy({}), settings));
  });

  it.each(NAMED)("$name takes the place of what was kept, and of nothing else", ({ config, settings }) => {
    const laid = overlaid(KEPT, config, { cwd });
    expect(laid).toMatchObject(settings);
    expect(without(laid, settings)).toEqual(without(KEPT, settings));
  });

  it("none changes nothing", () => {
    expect(overlaid(KEPT, {}, { cwd })).toEqual(KEPT);
  });
});

describe("what says that there is none of it", () => {
  it.each([
    [{ approve: "none" }, { approve: [] }],
    [{ docs: [] }, { documents: [] }],
    [{ swarm: "always" }, { swarm: undefined }],
  ] as const)("%j is taken at its word", (config, run) => {
    expect(overlaid(KEPT, config as RunConfig, { cwd }).run).toMatchObject(run);
  });

  it("single: false ends that one agent works alone, and no other way of working", () => {
    const swarmOf = (kept: RunConfig): unknown => overlaid(settingsBy(kept), { single: false }, { cwd }).run.swarm;
    expect([swarmOf({ single: true }), swarmOf({ swarm: "auto" })]).toEqual([undefined, "auto"]);
  });
});

it("another model for a run that has worked stands in for those that were refused", () => {
  const view = { models: new Set(["fast"]), refusedModels: new Set(["fast"]) };
  const { model, replacedModels } = overlaid(KEPT, { model: "new" }, { cwd, view: () => view });
  expect({ model, replacedModels }).toEqual({ model: "new", replacedModels: { fast: "new" } });
});
