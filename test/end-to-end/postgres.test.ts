/** A swarm on PostgreSQL, by LangGraph's saver and store for it. Skipped where no server is installed. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isInterrupted, type StateSnapshot } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSwarm } from "../../app/index.ts";
import { postgresPrograms, startPostgres, type Postgres } from "../support/postgres.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { swarmOn } from "./postgres/swarm.ts";

const PROGRAM = fileURLToPath(new URL("postgres/swarm.ts", import.meta.url));
const programs = postgresPrograms();
const towns = Array.from({ length: 8 }, (_, index) => `Town${index}`);
const INPUT = {
  task: "How many people live in each town?",
  plan: {
    subtasks: [
      { id: "town", forEach: towns, instructions: "How many people live in {{item}}?" },
      { id: "most", instructions: "How many people live in Town3?", dependsOn: ["town"] },
    ],
  },
};

function gazetteer(): string {
  const folder = temporaryFolder();
  for (const [index, town] of towns.entries())
    writeFileSync(join(folder, `${town}.md`), `# ${town}\n\n${1000 + index} people live in ${town}.\n`);
  return folder;
}

describe.skipIf(programs === undefined)("on PostgreSQL (skipped where it is not installed)", () => {
  let server: Postgres;
  beforeAll(async () => void (server = await startPostgres(programs!)));
  afterAll(() => server.stop());

  test("a run pauses, goes on in another process, is gone back in and forked, and nothing is paid twice", async () => {
    const documents = gazetteer();
    const thread = { configurable: { thread_id: "towns" } };
    {
      await using first = await swarmOn(server.url, { documents: [documents] });
      expect(isInterrupted(await first.swarm.invoke(INPUT, thread))).toBe(true);
    }

    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, server.url, documents, "towns"]);
    const ended = JSON.parse(stdout) as { status: string; coverage: object; answer: string; usage: { steps: number } };
    expect(ended).toMatchObject({ status: "complete", coverage: { total: 9, done: 9 } });
    expect(ended.answer).toContain("1007 people");

    await using second = await swarmOn(server.url, { documents: [documents], approve: [] });
    const { swarm } = second;
    expect((await swarm.getState(thread)).values).toMatchObject({ runId: "towns", answer: ended.answer });
    const history: StateSnapshot[] = [];
    for await (const snapshot of swarm.getStateHistory(thread)) history.push(snapshot);
    const before = history.find(({ next }) => next.includes("synthesizer"));
    const again = await swarm.invoke(null, before!.config);
    expect(again).toMatchObject({ runId: "towns~2", status: "complete", coverage: { done: 9 } });
    expect(again.usage["steps"]).toBeLessThan(3);

    const fork = await swarm.fork("towns", { at: ["most"], instructions: "How many people live in Town4?" });
    const forked = await swarm.invoke(fork.input, fork.config);
    expect(forked).toMatchObject({ status: "complete", coverage: { done: 9 } });
    expect(forked.usage["steps"]).toBeLessThan(ended.usage.steps / 2);
  });

  test("a saver without a store is refused before anything is asked of the database", () => {
    const checkpointer = PostgresSaver.fromConnString("postgresql://nobody@localhost:1/nowhere");
    expect(() => createSwarm({ checkpointer })).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", next: expect.stringContaining("store") as string }),
    );
  });
});
