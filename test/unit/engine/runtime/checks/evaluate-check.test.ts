import { describe, expect, it } from "vitest";
import { bySchema, evaluateCheck, type Evaluating } from "../../../../../engine/runtime/checks/evaluate-check.ts";
import type { CommandRunner } from "../../../../../engine/ports/commands.ts";
import { Ended } from "../../../../../engine/runtime/turns/ending.ts";
import type { ArtifactType } from "../../../../../state/artifact.ts";

const look = (type: ArtifactType, content: string | undefined, schema: Record<string, unknown>) =>
  bySchema({ id: "k", artifact: "it", schema }, new Map(content === undefined ? [] : [["it", content]]), {
    type,
    key: "id",
    policy: "reject-and-retry",
  }).verdict;

describe("what a schema is held against", () => {
  it.each<[ArtifactType, string | undefined, unknown]>([
    ["text", undefined, ""],
    ["text", "", ""],
    ["text", "one\n\ntwo", "one\n\ntwo"],
    ["lines", undefined, []],
    ["lines", "a\nb", ["a", "b"]],
    ["table", undefined, []],
    ["table", '{"id":1}\n{"id":2}\n', [{ id: 1 }, { id: 2 }]],
    ["json", undefined, null],
    ["json", '{"a":[1]}', { a: [1] }],
    ["json", "null", null],
    ["binary", undefined, null],
    ["binary", '{"uri":"s3://b/n"}', { uri: "s3://b/n" }],
  ])("%s %j is %j", (type, content, value) => {
    expect(look(type, content, { const: value })).toBe("holds");
    expect(look(type, content, { not: { const: value } })).toBe("violated");
  });

  it("is unknown where the schema takes too long", () => {
    const evil = { pattern: "^(a+)+$" };
    expect(look("text", `${"a".repeat(40)}!`, evil)).toBe("unknown");
  });

  it("is told in one line, however long the problem", () => {
    const schema = { type: "object", required: ["a\nb".repeat(1000)] };
    const { evidence } = bySchema({ id: "k", artifact: "it", schema }, new Map([["it", "{}"]]), {
      ...{ type: "json", key: "id", policy: "reject-and-retry" },
    });
    expect(evidence.length).toBeLessThanOrEqual(500);
    expect(evidence).not.toMatch(/[\n\r]/);
  });
});

describe("the command of a check", () => {
  const CHECK = { id: "k", artifacts: ["it"], command: ["sleep", "9"], timeoutMs: 60_000 };
  /** A run that is stopped while the command of its check goes on until it is told to end. */
  const stoppedBy = (which: "draining" | "deadline" | "caller", reason: Error) => {
    const stops = { draining: new AbortController(), deadline: new AbortController(), caller: new AbortController() };
    const { draining, deadline, caller } = stops;
    const run = { life: { stop: { draining: draining.signal, deadline: deadline.signal } } };
    const commands: CommandRunner = {
      run: (_, { signal }) =>
        new Promise((__, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error))),
    };
    const config = { signal: caller.signal };
    const verdict = evaluateCheck(CHECK, new Map([["it", ""]]), { run, commands, config } as unknown as Evaluating);
    stops[which].abort(reason);
    return verdict;
  };

  it("ends with the run's deadline: nobody can say whether it holds", async () => {
    const evidence = "the run's deadline passed";
    const verdict = await stoppedBy("deadline", new Ended({ kind: "deadline", evidence }));
    expect(verdict).toEqual({ verdict: "unknown", evidence });
  });

  it("ends with a drain, to be looked at again, and with the caller", async () => {
    await expect(stoppedBy("draining", new Error("Ctrl-C"))).rejects.toThrow("drained while a check's command ran");
    await expect(stoppedBy("caller", new Error("called off"))).rejects.toThrow("called off");
  });
});
