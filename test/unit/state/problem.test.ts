/** What a person reads of an input that does not fit: in our words, whatever is wrong with it. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readAgents, readDetection, readRecovery } from "../../../app/config/read-agents.ts";
import { mergeConfig, RunConfig } from "../../../app/config/run-config.ts";
import { createSwarm } from "../../../app/create-swarm.ts";
import { parsePlanFile } from "../../../engine/policy/plan/plan-shape.ts";
import { SwarmError } from "../../../state/errors.ts";
import { firstProblem } from "../../../state/problem.ts";

/** Of everything something, right. */
const RIGHT = {
  plan: {
    subtasks: [
      {
        ...{
          id: "a",
          title: "A",
          instructions: "do",
          skills: ["s"],
          dependsOn: ["b"],
          agent: "x",
          steps: 3,
          priority: 1,
        },
        ...{ expects: { type: "object" }, writes: ["a.md"], forEach: { documents: "*", as: "file" }, deadlineMs: 5 },
        ...{ check: { matches: "x", least: 3 }, budget: { maxSteps: 3 }, allowMissingInputs: true },
        recovery: { server: [{ do: "retry", max: 2 }] },
      },
      { id: "b", instructions: "do", forEach: ["x", "y"] },
    ],
    artifacts: [{ name: "a.md", policy: "arbiter" }],
    checks: [{ id: "c", artifact: "a.md", schema: {} }],
  },
  agents: [
    {
      name: "a-b",
      description: "d",
      skills: ["s"],
      tools: ["read_document"],
      kind: "model",
      maxSteps: 3,
      modalities: ["text"],
    },
  ],
  recovery: {
    server: [
      { do: "wait", max: 2, ms: 5 },
      { do: "switch-model", models: ["m"] },
    ],
  },
  detection: { idleMs: 5, loop: { repeats: 2 }, straggler: { factor: 2 } },
  config: {
    ...{ docs: ["d"], maxSteps: 5, maxUsd: 0.5, deadline: "5m", approve: ["plan"], unattended: true, cacheWarmupMs: 0 },
    limits: { requestsPerMinute: 5 },
    prices: { m: { input: 1, output: 2 } },
    modelLimits: { m: { contextWindow: 4000 } },
  },
  options: { budget: { maxSteps: 5, maxUsd: 1 }, approve: ["plan"], documents: ["d"], cacheWarmupMs: 5, dryRun: true },
};

const READERS: Record<keyof typeof RIGHT, (input: never) => unknown> = {
  plan: parsePlanFile,
  agents: readAgents,
  recovery: readRecovery,
  detection: readDetection,
  config: (input) => mergeConfig({}, input),
  options: createSwarm,
};

const WRONG = [null, 5, -1, 1.5, 1e12, Number.NaN, "", "x y", "a".repeat(400), [], [5], {}, { odd: 1 }, true];
const LIBRARYS =
  /\b(?:Invalid|invalid input|Unrecognized|received|Too (?:small|big))\b|[<>]=|expected (?:string|array|object|record|int|number)\b|undefined|\[object/i;

/** Every input that differs from a right one in one place. */
function* spoilt(value: unknown): Generator {
  yield* WRONG;
  if (Array.isArray(value)) {
    for (const [at, entry] of value.entries()) for (const bad of spoilt(entry)) yield value.with(at, bad);
  } else if (typeof value === "object" && value !== null) {
    yield { ...value, odd: 1 };
    for (const [key, entry] of Object.entries(value)) {
      const { [key]: _, ...without } = value as Record<string, unknown>;
      yield without;
      for (const bad of spoilt(entry)) yield { ...value, [key]: bad };
    }
  }
}

describe.each(Object.keys(RIGHT) as (keyof typeof RIGHT)[])("%s", (kind) => {
  it("is refused in one line of our own words", () => {
    const read = READERS[kind] as (input: unknown) => unknown;
    expect(() => read(RIGHT[kind])).not.toThrow();
    const errors: Error[] = [];
    for (const input of spoilt(RIGHT[kind])) {
      // Flags and options are objects before anybody asks.
      if (["config", "options"].includes(kind) && Object.getPrototypeOf(input ?? 0) !== Object.prototype) continue;
      try {
        read(input);
      } catch (error) {
        errors.push(error as Error);
      }
    }
    expect(errors.filter((error) => !(error instanceof SwarmError && error.exitCode === 2))).toEqual([]);
    const said = new Set(errors.map(({ message }) => message));
    expect(said.size).toBeGreaterThan(10);
    expect([...said].filter((line) => LIBRARYS.test(line) || line.includes("\n") || line.length > 400)).toEqual([]);
  });
});

it.each([
  [{ maxSteps: 0 }, "maxSteps: expected at least 1, got 0"],
  [{ maxSteps: 4001 }, "maxSteps: expected at most 4000, got 4001"],
  [{ maxSteps: 9e99 }, "maxSteps: expected at most 4000, got 9e+99"],
  [{ maxSteps: -9e99 }, "maxSteps: expected at least 1, got -9e+99"],
  [{ maxTokens: 9e99 }, "maxTokens: expected at most 9007199254740991, got 9e+99"],
  [{ maxSteps: "many" }, 'maxSteps: expected a number, got "many"'],
  [{ maxSteps: 1.5 }, "maxSteps: expected a whole number, got 1.5"],
  [{ docs: [] }, undefined],
  [{ docs: 5 }, "docs: expected a text, or a list, got 5"],
  [{ docs: [""] }, 'docs 1: expected a text that is not empty, got ""'],
  [{ maxstep: 5 }, 'unknown key "maxstep", did you mean "maxSteps"?'],
  [{ recovery: { sever: [] } }, 'recovery: unknown key "sever", did you mean "server"?'],
  [{ recovery: { idel: [] } }, 'recovery: unknown key "idel", did you mean "idle"?'],
  [{ recovery: { idle: [{ do: "wait", max: 1, mss: 5 }] } }, 'recovery idle 1: unknown key "mss", did you mean "ms"?'],
  [{ detection: { loop: { repeat: 2 } } }, 'detection loop: unknown key "repeat", did you mean "repeats"?'],
  [{ limits: { speed: 5 } }, 'limits: unknown key "speed" (there are requestsPerMinute, tokensPerMinute, concurrency)'],
  [{ prices: { m: { input: 1, outptu: 2 } } }, 'prices m: unknown key "outptu", did you mean "output"?'],
  [{ prices: { m: { input: 1 } } }, "prices m output: it is missing: expected a number"],
  [{ unattended: "yes" }, 'unattended: expected true or false, got "yes"'],
  [{ limits: [] }, "limits: expected an object, got an empty list"],
])("names what was expected and what was given: %j", (input, said) => {
  const { error } = RunConfig.safeParse(input);
  const text = error === undefined ? undefined : firstProblem(error, input);
  expect(text).toBe(said);
});

it.each([
  [{ recovery: { server: [{}] } }, /^recovery server 1 do: it is missing: expected one of "retry"/],
  [
    { recovery: { server: [{ do: "wiat" }] } },
    /^recovery server 1 do: expected one of "retry", "wait", .* got "wiat"$/,
  ],
])("names what there is to choose from: %j", (input, said) => {
  expect(firstProblem(RunConfig.safeParse(input).error!, input)).toMatch(said);
});

it.each([
  [{ agents: [{ name: "a", description: "d", tol: [] }] }, 'agents "a": unknown key "tol", did you mean "tools"?'],
  [{ agent: [] }, 'unknown key "agent", did you mean "agents"?'],
])("names the key that was meant in profiles: %j", (input, said) => {
  expect(() => readAgents(input)).toThrow(`the agent profiles are not valid: ${said}`);
});

it("a message of a schema's own stays as it is, and an entry is called by its name", () => {
  const schema = z.object({
    agents: z.array(z.object({ name: z.string(), kind: z.string().regex(/a/, "must be kind") })),
  });
  const input = { agents: [{ name: "writer", kind: "b" }] };
  expect(firstProblem(schema.safeParse(input).error!, input)).toBe('agents "writer" kind: must be kind');
});
