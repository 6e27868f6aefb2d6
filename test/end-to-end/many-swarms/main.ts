/**
 * Opens, runs and closes swarms, and prints as JSON what this process has open and uses before and after. The last ones are left
 * open: the process has to end by itself all the same. Arguments: a folder to work in, and how many swarms.
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { MemorySaver } from "@langchain/langgraph";
import { createSwarm, type SwarmOptions } from "../../../app/index.ts";

const [folder = ".", count = "100"] = process.argv.slice(2);
const documents = join(folder, "documents");
mkdirSync(documents, { recursive: true });
writeFileSync(
  join(documents, "parts.md"),
  `# Parts\n\nPart 9 weighs 9 kilograms.\n\n${"Filler of this file. ".repeat(200)}\n`,
);

/** With a home, with a checkpointer, with neither; some pause for a human, some fail. */
async function live(number: number, options: SwarmOptions = {}): Promise<void> {
  const kept: SwarmOptions =
    number % 20 === 0
      ? { home: join(folder, "homes", String(number % 40)) }
      : number % 3 === 0
        ? { checkpointer: new MemorySaver() }
        : {};
  const isPaused = Object.keys(kept).length > 0 && number % 4 === 0;
  const swarm = createSwarm({
    documents: number % 4 === 0 ? [documents] : [],
    ...kept,
    ...(isPaused ? { approve: ["plan"] } : {}),
    ...options,
  });
  const thread = { configurable: { thread_id: `run-${number}` } };
  await swarm.invoke({ task: "What does part 9 weigh?" }, thread);
  if (number % 7 === 0) await swarm.invoke({ task: "x", plan: { subtasks: [] } }, thread).catch(() => undefined);
  if (options.cwd === undefined) await swarm.close();
}

async function sight() {
  for (let round = 0; round < 4; round += 1) {
    await setTimeout(20);
    globalThis.gc?.();
  }
  return {
    files: readdirSync("/proc/self/fd").length,
    threads: readdirSync("/proc/self/task").length,
    heap: process.memoryUsage().heapUsed,
  };
}

for (let number = 1; number <= 40; number += 1) await live(number);
const before = await sight();
for (let number = 41; number <= 40 + Number(count); number += 1) await live(number);
const after = await sight();
// Left open: with a home (a database, a thread), paused and finished; with nothing.
for (const number of [1000, 1020, 1001]) await live(number, { cwd: folder });
console.log(JSON.stringify({ before, after }));
