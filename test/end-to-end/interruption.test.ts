/** Ctrl-C: one press drains, two stop at once; either way the run is continued. Through the real command. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { layeredPlan } from "../support/layered-plan.ts";
import {
  byRole,
  synthesizerAnswer,
  toolCallsThenAnswer,
  type ModelServer,
  type Reply,
} from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { resultOf, runCommand, startCommand } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function start(delayMs: number) {
  const agent = toolCallsThenAnswer({ toolCalls: 3, args: { subtask: "s1" } });
  const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }), {
    delay: { kind: "fixed", ms: delayMs },
  });
  const home = temporaryFolder();
  writeFileSync(
    join(home, "plan.json"),
    JSON.stringify(layeredPlan({ subtasks: 20, layers: 2, fanIn: 2, seed: 2, steps: 4 })),
  );
  const running = startCommand(
    [
      "run",
      "--plan",
      "plan.json",
      "--model",
      "m",
      "--base-url",
      server.url,
      "--home",
      home,
      "--id",
      "r",
      "--concurrency",
      "6",
    ],
    { cwd: home },
  );
  return { server, home, running };
}

/** Resolves once the server has seen so many calls. */
async function calls(server: ModelServer, count: number): Promise<void> {
  while (server.stats().calls < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("Ctrl-C", () => {
  it("lets the calls in flight end, begins none, exits 130, and resume repeats nothing", async () => {
    const { server, home, running } = await start(100);
    await calls(server, 10);
    running.child.kill("SIGINT");
    const stopped = await running.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("glasshive resume r");
    expect(server.stats().aborted).toBe(0);
    expect(server.stats().inFlight).toBe(0);
    const listed = await runCommand(["runs", "--home", home]);
    expect(listed.stdout).toContain("interrupted");
    const resumed = await runCommand(["resume", "r", "--home", home, "--json"]);
    expect(resumed.code).toBe(0);
    expect(resultOf(resumed).coverage.done).toBe(20);
    expect(server.stats().repeated).toEqual([]);
    expect(server.stats().callsByRole.agent).toBe(80);
  }, 60_000);

  it.each(["SIGHUP", "SIGTERM"] as const)(
    "%s drains as Ctrl-C does",
    async (signal) => {
      const { server, running } = await start(100);
      await calls(server, 3);
      running.child.kill(signal);
      const stopped = await running.ended;
      expect(stopped).toMatchObject({ code: 130, stderr: expect.stringContaining("glasshive resume r") });
      expect(server.stats().aborted).toBe(0);
    },
    60_000,
  );

  it("pressed twice stops at once", async () => {
    const { server, home, running } = await start(20_000);
    await calls(server, 3);
    running.child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(running.child.exitCode).toBeNull();
    running.child.kill("SIGINT");
    const stopped = await running.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr.trim().split("\n").at(-1)).toMatch(/stopped at once; continue with: glasshive resume r$/);
    const listed = await runCommand(["runs", "--home", home]);
    expect(listed.stdout).toContain("interrupted");
  }, 60_000);
});

const REFUSED: Record<string, Reply> = {
  "Ctrl-C": { toolCalls: [{ name: "read_result", args: { id: "none" } }] },
  "a used-up quota": { status: 429, body: { error: { code: "insufficient_quota", message: "no more" } } },
  "a refused key": { status: 401, body: { error: { code: "invalid_api_key", message: "who are you" } } },
};

it.each([
  ["Ctrl-C", 130, []],
  ["a used-up quota", 4, ["paused-quota"]],
  ["a refused key", 4, ["paused-auth"]],
])(
  "%s while a lane waits for a person lets the calls of the others end: none is made again",
  async (stop, code, paused) => {
    const [isAsked, isLeft] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const agent = ({ subtaskId, turn }: { subtaskId: string | null; turn: number }): Reply => {
      const isFirst = turn === 0 && server.records().filter(({ subtask }) => subtask === subtaskId).length === 1;
      if (subtaskId === "ask" && isFirst) return { content: "" };
      if (subtaskId === "stop" && isFirst) return { ...REFUSED[stop], when: isAsked.promise };
      return { content: `The result of ${subtaskId}.`, ...(subtaskId === "slow" ? { when: isLeft.promise } : {}) };
    };
    const server: ModelServer = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }));
    const home = temporaryFolder();
    const subtasks = ["ask", "stop", "slow"].map((id) => ({ id, instructions: "Do it." }));
    writeFileSync(join(home, "plan.json"), JSON.stringify({ task: "All.", subtasks }));
    const config = { recovery: { "empty-answer": [{ do: "ask-human", max: 1 }] } };
    writeFileSync(join(home, "config.json"), JSON.stringify(config));
    const model = ["--model", "m", "--base-url", server.url, "--config", "config.json"];
    const running = startCommand(["run", "--plan", "plan.json", ...model, "--home", home, "--id", "r", "--json"], {
      cwd: home,
    });
    await calls(server, 3);
    await expect.poll(() => readJournalFile(home, "r").some(({ kind }) => kind === "interrupt")).toBe(true);
    if (stop === "Ctrl-C") running.child.kill("SIGINT");
    // Long enough for a stop to be heard, and then for whatever the other lanes make of it.
    setTimeout(isAsked.resolve, 300);
    setTimeout(isLeft.resolve, 900);
    const stopped = await running.ended;
    expect(stopped.code).toBe(code);
    expect(resultOf(stopped)).toMatchObject({ status: "paused", interrupts: paused.map((id) => ({ id })) });
    const resumed = await runCommand(["resume", "r", "--home", home, "--json", "--answer", "approve"], { cwd: home });
    expect(resumed.code).toBe(0);
    expect(server.records().filter(({ subtask }) => subtask === "slow")).toHaveLength(1);
    const lost = readJournalFile(home, "r").filter((line) => line.kind === "settle" && line.data.lost === true);
    expect(lost).toEqual([]);
  },
  60_000,
);
