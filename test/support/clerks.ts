/**
 * A program that embeds the swarm, for tests that start it as processes: its agents may `note` (unasked) and `send` (a human has
 * to allow it); each writes a line into a file. Says what the run waits for, and its state.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tool } from "@langchain/core/tools";
import { Command } from "@langchain/langgraph";
import { z } from "zod";
import { pendingInterrupts } from "../../app/cli/answers.ts";
import { createSwarm } from "../../app/create-swarm.ts";
import type { PendingInterrupt } from "../../state/run-result.ts";

export interface ClerksSaid {
  pending: PendingInterrupt[];
  status: string;
  coverage: Record<string, number>;
}

/** Begins the run of the home's plan.json, or goes on with it by the answer to an interrupt; all that it knows is on the disk. */
export async function clerks(home: string, baseUrl: string, id?: string, answer?: string): Promise<ClerksSaid> {
  const write = (name: string) =>
    tool(({ what }) => (appendFileSync(join(home, `${name}.log`), `${what}\n`), `${name}: ${what}`), {
      ...{ name, description: `${name}s something`, schema: z.object({ what: z.string() }) },
    });
  await using swarm = createSwarm({
    ...{ home, baseUrl, model: "m", tools: [write("note"), write("send")], approve: ["tool:send"] },
    agents: [{ name: "clerk", description: "notes and sends", tools: ["note", "send"] }],
  });
  const thread = { configurable: { thread_id: "r" } };
  const plan = JSON.parse(readFileSync(join(home, "plan.json"), "utf8")) as { subtasks: [] };
  const resume = { [String(id)]: JSON.parse(answer ?? "null") as unknown };
  await swarm.invoke(id === undefined ? { task: "Notes and letters", plan } : new Command({ resume }), thread);
  const { values } = await swarm.getState(thread);
  const pending = await pendingInterrupts(swarm, "r");
  const { status, coverage } = values as Omit<ClerksSaid, "pending">;
  return { pending, status, coverage };
}
