/** What the provider or the network does wrong, each kind through the real command: detected, handled, on record, explained. */
import { beforeAll, describe, expect, it } from "vitest";
import type { SignalKind } from "../../state/signal.ts";
import type { Behaviour, Reply } from "../support/model-server/index.ts";
import { bySubtask, decisionsOf, evidenceOf, failing, laneIn, runToEnd, type Planned } from "./fault-run.ts";

const OVERFLOW: Reply = {
  status: 400,
  body: { error: { message: "maximum context length is 10 tokens", code: "context_length_exceeded", type: "x" } },
};
const EVENTS = { "content-type": "text/event-stream" };
const LONG = "A long sentence of a slow model. ".repeat(10);

/** Ids of subtasks that the text of a prompt holds as inputs. */
const inputsIn = (text: string): number => [...text.matchAll(/<input /g)].length;
const promptOf: (call: Parameters<Behaviour>[0]) => string = (call) =>
  JSON.stringify(call.messages).replaceAll('\\"', '"');

const SCRIPTS: Record<string, Behaviour> = {
  "rate-limit": failing({ status: 429, headers: { "retry-after": "1" } }),
  server: failing({ status: 500 }),
  "server-forever": () => ({ status: 503 }),
  network: failing({ resetSocket: true }),
  timeout: failing({ status: 504 }),
  "too-slow": failing({ content: LONG.repeat(24), chunks: 24, dripMs: 220 }),
  "truncated-stream": failing({ content: "half a result", truncateAfterChunks: 3 }),
  "truncated-by-reset": failing({ content: "half a result", truncateAfterChunks: 3, resetSocket: true }),
  idle: failing({ hang: true }),
  "idle-in-the-middle": failing({ content: LONG, truncateAfterChunks: 3, hang: true }),
  "content-filter": () => ({ content: "half a", finishReason: "content_filter" }),
  "bad-request": () => ({ status: 400 }),
  "output-limit": () => ({ content: "half a result", finishReason: "length" }),
  refusal: () => ({ refusal: "I will not\nhelp with that." }),
  "empty-answer": (call) => (call.agent === "researcher" ? { content: "" } : { content: "something" }),
  "malformed-answer": failing({ rawBody: "data: {oops\n\n", headers: EVENTS }),
  // The second input is too much for one call.
  "split-by-inputs": (call) => {
    const prompt = promptOf(call);
    if (prompt.includes('<input subtask="split-by-inputs.1"')) return { content: "from both parts" };
    return inputsIn(prompt) > 1 ? OVERFLOW : { content: "from all at once" };
  },
  "split-by-inputs.1": () => ({ content: "of the first input" }),
  "split-by-planner": (call) =>
    promptOf(call).includes('<input subtask="split-by-planner.') ? { content: "from planned parts" } : OVERFLOW,
};
const plain = (id: string, more: Partial<Planned> = {}): Planned => ({ id, instructions: `Do ${id}.`, ...more });
const SUBTASKS: Planned[] = [
  ...["one", "two"].map((id) => plain(id)),
  ...Object.keys(SCRIPTS)
    .filter((id) => !id.includes("."))
    .map((id) =>
      plain(id, {
        agent: ["empty-answer"].includes(id) ? undefined : "researcher",
        ...(id === "empty-answer" ? { instructions: "Search and find facts in documents." } : {}),
        ...(id === "split-by-inputs" ? { dependsOn: ["one", "two"] } : {}),
      }),
    ),
];
const quick = { do: "retry", max: 2, backoffMs: 20, maxBackoffMs: 40, jitter: 0 } as const;

describe("a provider that fails", () => {
  let run: Awaited<ReturnType<typeof runToEnd>>;
  beforeAll(async () => {
    run = await runToEnd({
      subtasks: SUBTASKS,
      agent: bySubtask(SCRIPTS),
      planner: () => ({
        content: JSON.stringify({ subtasks: ["a", "b"].map((id) => ({ id, instructions: `Do part ${id}.` })) }),
      }),
      recovery: {
        "rate-limit": [quick],
        server: [quick],
        network: [quick],
        timeout: [quick],
        "truncated-stream": [quick],
        // No second attempt beside a slow call: that is another test's.
        straggler: [],
      },
      detection: { idleMs: 1500, callMs: 4000 },
    });
  });

  const outcomeOf = (id: string) => run.result.subtasks.find((subtask) => subtask.id === id);

  it.each<[string, SignalKind, RegExp]>([
    ["server", "server", /500/],
    ["network", "network", /ECONNRESET|other side closed|socket/],
    ["timeout", "timeout", /504/],
    ["too-slow", "timeout", /the call took more than 4\.0 s/],
    ["truncated-stream", "truncated-stream", /finish reason|cut off|broke off/],
    ["truncated-by-reset", "truncated-stream", /the stream broke off/],
    ["idle", "idle", /no token and no event for 1\.5 s/],
    ["idle-in-the-middle", "idle", /no token and no event for 1\.5 s/],
    ["malformed-answer", "malformed-answer", /JSON/i],
  ])("%s: a signal %s, after which the same step is taken again", (id, kind, evidence) => {
    expect(evidenceOf(run.lines, id, kind)).toMatch(evidence);
    expect(decisionsOf(run.lines, id)).toEqual([
      expect.stringMatching(new RegExp(`^${kind}\\[0\\] retry 1/\\d → retry$`)),
    ]);
    expect(outcomeOf(id)).toMatchObject({ outcome: "done", attempts: 1, output: `Result of ${id}.` });
    expect(laneIn(run.shown, id)).toMatch(new RegExp(`signal ${kind}: .+\\n.*policy: ${kind}\\[0\\] retry 1/\\d`));
  });

  it("rate-limit: waits as long as the provider asks, which is longer than the policy's own wait", () => {
    const line = run.lines.find(({ kind, subtask }) => kind === "recovery" && subtask === "rate-limit");
    expect(line?.data).toMatchObject({
      signal: "rate-limit",
      rule: "rate-limit[0] retry 1/2",
      action: "retry",
      delayMs: 1000,
    });
    expect(evidenceOf(run.lines, "rate-limit", "rate-limit")).toMatch(/429 rate_limit_exceeded: Rate limit reached/);
    const [refused, again] = run.records.filter(({ subtask }) => subtask === "rate-limit");
    expect(again!.startMs - refused!.endMs!).toBeGreaterThanOrEqual(990);
    expect(outcomeOf("rate-limit")).toMatchObject({ outcome: "done" });
    expect(laneIn(run.shown, "rate-limit")).toContain("policy: rate-limit[0] retry 1/2 after 1.0 s");
  });

  it("refusal: the agent's model says no in the field for it; nobody else is left, so it fails with the model's words", () => {
    expect(evidenceOf(run.lines, "refusal", "refusal")).toBe("the model refuses: I will not help with that.");
    expect(outcomeOf("refusal")).toMatchObject({ outcome: "failed", output: "" });
    expect(laneIn(run.shown, "refusal")).toMatch(/signal refusal: .+\n.*policy: given up \(refusal: no rule is left\)/);
  });

  it("gives up where the limit of retries is reached: infra, never the agent's fault", () => {
    expect(decisionsOf(run.lines, "server-forever")).toEqual([
      "server[0] retry 1/2 → retry",
      "server[0] retry 2/2 → retry",
      "server give-up → give-up",
    ]);
    expect(outcomeOf("server-forever")).toMatchObject({ outcome: "infra", steps: 0, output: "" });
    expect(outcomeOf("server-forever")?.cause).toMatch(/^server: 503/);
    expect(laneIn(run.shown, "server-forever")).toContain("policy: given up (server: no rule is left)");
  });

  it.each<[string, SignalKind, string, RegExp]>([
    ["content-filter", "content-filter", "failed", /content filter stopped the reply/],
    ["bad-request", "bad-request", "failed", /^400/],
  ])("%s: ends the lane at once, with the reason", (id, kind, outcome, evidence) => {
    expect(evidenceOf(run.lines, id, kind)).toMatch(evidence);
    expect(decisionsOf(run.lines, id)).toEqual([`${kind} give-up → give-up`]);
    expect(outcomeOf(id)).toMatchObject({ outcome, output: "" });
    expect(laneIn(run.shown, id)).toMatch(
      new RegExp(`signal ${kind}: .+\\n.*policy: given up \\(${kind}: no rule is left\\)`),
    );
  });

  it("output-limit: told once that it was cut off, then failed", () => {
    expect(evidenceOf(run.lines, "output-limit", "output-limit")).toMatch(/finish reason length/);
    expect(decisionsOf(run.lines, "output-limit")).toEqual([
      "output-limit[0] repair 1/1 → repair",
      "output-limit give-up → give-up",
    ]);
    expect(outcomeOf("output-limit")).toMatchObject({ outcome: "failed", output: "" });
  });

  it("empty-answer: once more, then told, then another agent", () => {
    expect(decisionsOf(run.lines, "empty-answer")).toEqual([
      "empty-answer[0] retry 1/1 → retry",
      "empty-answer[1] repair 1/1 → repair",
      "empty-answer[2] reassign 1/1 → reassign",
    ]);
    expect(outcomeOf("empty-answer")).toMatchObject({ outcome: "done", attempts: 2, output: "something" });
    expect(outcomeOf("empty-answer")?.agent).not.toBe("researcher");
    expect(laneIn(run.shown, "empty-answer")).toMatch(
      /neither text nor tool calls[^]*reassigned: .*[^]*attempt 2 begins/,
    );
  });

  it("context-overflow: split by its inputs, each part in the lane, then done from the parts' results", () => {
    expect(decisionsOf(run.lines, "split-by-inputs")).toEqual(["context-overflow[1] split 1/1 → split"]);
    expect(outcomeOf("split-by-inputs")).toMatchObject({ outcome: "done", output: "from both parts" });
    const plan = run.lines.find(({ kind, subtask }) => kind === "plan" && subtask === "split-by-inputs");
    expect(plan?.data).toMatchObject({ origin: "split of split-by-inputs", subtasks: 2 });
    for (const part of ["split-by-inputs.1", "split-by-inputs.2"])
      expect(run.lines.some(({ kind, subtask }) => kind === "publish" && subtask === part)).toBe(true);
    // Parts are no subtasks of their own to whoever reads the result.
    expect(run.result.coverage.total).toBe(SUBTASKS.length);
    expect(laneIn(run.shown, "split-by-inputs")).toContain("policy: context-overflow[1] split 1/1");
  });

  it("context-overflow: split by the planner where there are no inputs to share", () => {
    expect(decisionsOf(run.lines, "split-by-planner")).toEqual(["context-overflow[1] split 1/1 → split"]);
    expect(outcomeOf("split-by-planner")).toMatchObject({ outcome: "done", output: "from planned parts" });
    const published = run.lines.filter(({ kind }) => kind === "publish").map(({ subtask }) => subtask);
    expect(published).toEqual(expect.arrayContaining(["split-by-planner.a", "split-by-planner.b"]));
    expect(run.stats.callsByRole.planner).toBe(1);
  });

  it("leaves every other lane alone, and no request unexpected", () => {
    expect(outcomeOf("one")).toMatchObject({ outcome: "done" });
    expect(run.stats.unexpected).toEqual([]);
    expect(run.outcome.code).toBe(3);
    expect(run.result.coverage).toMatchObject({
      total: SUBTASKS.length,
      done: SUBTASKS.length - 5,
      infra: 1,
      failed: 4,
    });
  });
});
