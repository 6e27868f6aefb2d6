/** More agents than the process may have connections. Through the real command. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { layeredPlan } from "../support/layered-plan.ts";
import { byRole, synthesizerAnswer, toolCallsThenAnswer } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { resultOf, runCommand } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SUBTASKS = 200;
const OPEN_FILES = 128;
const THAT_FIT = 64;
const REASON = `this process may open ${OPEN_FILES} files`;

describe.skipIf(process.platform === "win32")("a process that may open few files", () => {
  it("has as many calls in flight as leave it files for the rest, and says so", async () => {
    const agent = toolCallsThenAnswer({ toolCalls: 1, args: { subtask: "s1" } });
    const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }), {
      delay: { kind: "fixed", ms: 500 },
    });
    const folder = temporaryFolder();
    const plan = layeredPlan({ subtasks: SUBTASKS, layers: 1, fanIn: 1, seed: 1, steps: 2 });
    writeFileSync(join(folder, "plan.json"), JSON.stringify(plan));
    const home = join(folder, "home");
    const model = ["--model", "m", "--base-url", server.url, "--concurrency", String(SUBTASKS)];
    const flags = ["run", "many", "--plan", "plan.json", ...model, "--id", "r", "--home", home, "--json"];
    const outcome = await runCommand(flags, { cwd: folder, openFiles: OPEN_FILES });
    expect(resultOf(outcome).coverage).toMatchObject({ total: SUBTASKS, done: SUBTASKS });
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect(server.stats().maxInFlight).toBe(THAT_FIT);
    const changes = readJournalFile(home, "r").filter(({ kind }) => kind === "limit-change");
    expect(changes.map(({ data }) => data)).toEqual([expect.objectContaining({ limit: THAT_FIT, reason: REASON })]);
    const shown = await runCommand(["show", "r", "--home", home]);
    expect(shown.stdout).toContain(`at most ${THAT_FIT} model calls at once: ${REASON}`);
  });

  it("is told by doctor", async () => {
    const doctor = await runCommand(["doctor", "--concurrency", "100"], {
      cwd: temporaryFolder(),
      openFiles: OPEN_FILES,
    });
    expect(doctor.stdout).toContain(
      `100 model calls in flight (${THAT_FIT} at most: a process may open ${OPEN_FILES} files here)`,
    );
  });
});
