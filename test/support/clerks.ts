/**
 * A program that embeds the swarm, for tests that start it as processes: its agents may `note` (unasked) and `send` (a human has
 * to allow it); each writes a line into a file. Prints what the run waits for, and its state, as one JSON object.
 * Arguments: home, the model's URL, then nothing (begin), or an interrupt id and an answer as JSON.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tool } from "@langchain/core/tools";
import { Command } from "@langchain/langgraph";
import { z } from "zod";
import { pendingInterrupts } from "../../app/cli/answers.ts";
import { createSwarm } from "../../app/create-swarm.ts";

const [home = "", baseUrl = "", id, answer = "null"] = process.argv.slice(2);
const write = (name: string) =>
  tool(({ what }) => (appendFileSync(join(home, `${name}.log`), `${what}\n`), `${name}: ${what}`), {
    ...{ name, description: `${name}s something`, schema: z.object({ what: z.string() }) },
  });
const swarm = createSwarm({
  ...{ home, baseUrl, model: "m", tools: [write("note"), write("send")], approve: ["tool:send"] },
  agents: [{ name: "clerk", description: "notes and sends", tools: ["note", "send"] }],
});
const thread = { configurable: { thread_id: "r" } };
const plan = JSON.parse(readFileSync(join(home, "plan.json"), "utf8")) as { subtasks: [] };

try {
  const resume = { [String(id)]: JSON.parse(answer) as unknown };
  await swarm.invoke(id === undefined ? { task: "Notes and letters", plan } : new Command({ resume }), thread);
  const { values } = await swarm.getState(thread);
  const pending = await pendingInterrupts(swarm, "r");
  const { status, coverage } = values as { status: string; coverage: Record<string, number> };
  process.stdout.write(JSON.stringify({ pending, status, coverage }));
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stdout.write(JSON.stringify({ code, message }));
  process.exitCode = 1;
}
