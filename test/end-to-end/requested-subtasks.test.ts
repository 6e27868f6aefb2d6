/** A lane asks for more subtasks, through the command: on record, verified, run again, killed and resumed. */
import { describe, expect, it } from "vitest";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PRELOAD } from "../support/crash-run.ts";
import { byRole, type Behaviour } from "../support/model-server/index.ts";
import { lookAtEachWrite } from "../support/moments.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf, startCommand } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ASKS = {
  toolCalls: [
    {
      name: "request_subtasks",
      args: { subtasks: [{ title: "Further", instructions: "Look further on.", after: ["find"] }] },
    },
  ],
};

async function lab(agent?: Behaviour) {
  const cwd = temporaryFolder();
  const usual: Behaviour = (call) =>
    call.subtaskId === "find" && call.turn === 0 ? ASKS : { content: `${call.subtaskId} is done.` };
  const server = await serve(byRole({ agent: agent ?? usual, synthesizer: () => ({ content: "All of it." }) }));
  const subtasks = [
    { id: "find", instructions: "Find it.", skills: ["research"] },
    { id: "tell", instructions: "Tell it.", dependsOn: ["find"] },
  ];
  writeFileSync(join(cwd, "p.json"), JSON.stringify({ task: "Find and tell.", subtasks }));
  const args = ["run", "--plan", "p.json", "--base-url", server.url, "--model", "m", "--id", "r", "--json"];
  const glasshive = (...words: string[]) => commandHere(words, { cwd });
  return { cwd, args, server, glasshive, lines: () => readJournalFile(join(cwd, ".glasshive"), "r") };
}

describe("subtasks that a lane has asked for", () => {
  it("are a new version of the plan, on record and verified, and the run can be run again and shown", async () => {
    const { args, glasshive, lines, server } = await lab();
    const outcome = await glasshive(...args);
    expect(outcome.code).toBe(0);
    const result = resultOf(outcome);
    expect(result).toMatchObject({ status: "complete", coverage: { total: 3, done: 3 } });
    expect(result.subtasks.map(({ id }) => id)).toEqual(["find", "tell", "find.more-1"]);
    const plans = lines().filter(({ kind }) => kind === "plan");
    expect(plans.map(({ data }) => data["origin"])).toEqual(["given", "request of find"]);
    expect(plans[1]?.data["added"]).toEqual(["find.more-1"]);
    expect((await glasshive("audit", "verify", "r")).code).toBe(0);
    const { calls } = server.stats();
    expect((await glasshive("replay", "r")).code).toBe(0);
    expect(server.stats().calls).toBe(calls);
    const shown = (await glasshive("show", "r")).stdout;
    expect(shown).toContain("plan version 2 from request of find");
    expect(shown).toMatch(/find\.more-1 "Further" — done/);
  });

  it("are not there for a plan that a person has approved", async () => {
    const { args, glasshive, lines } = await lab();
    expect((await glasshive(...args, "--approve", "plan")).code).toBe(4);
    const done = await glasshive("resume", "r", "--answer", "approve", "--json");
    expect(resultOf(done).subtasks.map(({ id }) => id)).toEqual(["find", "tell"]);
    expect(lines().filter(({ kind }) => kind === "plan")).toHaveLength(1);
    expect((await glasshive("replay", "r")).code).toBe(0);
  });

  it("that failed are tried again by resume, and what is done is not", async () => {
    let isBroken = true;
    const { args, glasshive, server } = await lab((call) => {
      if (call.subtaskId === "find" && call.turn === 0) return ASKS;
      const isFurther = call.subtaskId === "find.more-1";
      return { content: isFurther && isBroken ? "CANNOT: it is closed." : `${call.subtaskId} is done.` };
    });
    expect((await glasshive(...args)).code).toBe(3);
    isBroken = false;
    const asked = (id: string): number => server.records().filter(({ subtask }) => subtask === id).length;
    const before = asked("find");
    const again = await glasshive("resume", "r", "--json");
    expect([again.code, resultOf(again).coverage]).toMatchObject([0, { total: 3, done: 3 }]);
    expect(asked("find")).toBe(before);
  });

  it("are done once each where the process dies at a write of its journal after they were asked for", async () => {
    const { cwd, args } = await lab();
    // Some writes come before; so many more than these are made in all.
    const moments = [5, 6, 7, 8, 9].map((nth) => `after:journal:${nth}`);
    const env = { NODE_OPTIONS: PRELOAD, GLASSHIVE_TEST_FAULT: "each" };
    const { sights } = await lookAtEachWrite(startCommand(args, { cwd, env, channels: true }), {
      ...{ home: join(cwd, ".glasshive"), into: temporaryFolder(), facts: () => undefined },
      isWanted: (moment) => moments.includes(moment),
    });
    expect(sights.map(({ moment }) => moment)).toEqual(moments);
    for (const { moment, home } of sights) {
      const done = await commandHere(["resume", "r", "--json", "--home", home]);
      expect([moment, done.code, resultOf(done).coverage]).toMatchObject([moment, 0, { total: 3, done: 3 }]);
      const lines = readJournalFile(home, "r");
      const ends = lines.filter(({ kind, data }) => kind === "publish" && data["accepted"]);
      expect(ends.map(({ subtask = "" }) => subtask).toSorted((one, other) => one.localeCompare(other))).toEqual([
        "find",
        "find.more-1",
        "tell",
      ]);
      expect((await commandHere(["audit", "verify", "r", "--home", home])).code).toBe(0);
    }
  }, 60_000);
});
