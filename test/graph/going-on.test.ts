/** Going on with a run: in another process, after a partial end, after a call that was called off, after a human's time. */
import { tool } from "@langchain/core/tools";
import { Command, InMemoryStore, MemorySaver, RunControl } from "@langchain/langgraph";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { SYSTEM_CLOCK } from "../../adapters/clock/system-clock.ts";
import { journalInStore } from "../../adapters/storage/run-in-store.ts";
import { assembleSwarm } from "../../app/create-swarm.ts";
import { recordedLines, type RecordedLine } from "../support/read-journal.ts";
import { ScriptedChatModel, type ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";

const SEND = tool(({ to }) => `sent to ${to}`, {
  name: "send",
  description: "sends a letter",
  schema: z.object({ to: z.string() }),
});
const CLERK = { name: "clerk", description: "sends letters", tools: ["send", "read_result"] };
const approve = { decisions: [{ type: "approve" }] };

async function linesOf(store: InMemoryStore, run: string): Promise<RecordedLine[]> {
  const lines = await journalInStore(store, run).read();
  return recordedLines(lines.map((line) => `${line}\n`).join(""), run);
}

describe("a run that goes on", () => {
  test("in another process knows the lanes that had stepped back before", async () => {
    const store = new InMemoryStore();
    const checkpointer = new MemorySaver();
    const control = new RunControl();
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const script = {
      a: [{ calls: [{ name: "send", args: { to: "Ann" } }] }, "A"] as ScriptedStep[],
      b: "B",
      c: "C",
      d: [
        async () => {
          await slow;
          return { calls: [{ name: "read_result", args: { subtask: "a" } }] };
        },
        "D",
        "D",
      ] as ScriptedStep[],
      synthesizer: "S",
    };
    const plan = planOf({ a: {}, d: {}, b: { dependsOn: ["a"] }, c: { dependsOn: ["d", "b"] } });
    const options = { approve: ["tools" as const], tools: [SEND], agents: [CLERK], store, checkpointer };
    const model = new ScriptedChatModel(script);
    const first = assembleSwarm({ ...options, model });
    const running = first.graph.invoke({ task: "t", plan }, { ...thread("t3"), control }).catch((e: unknown) => e);
    const hasHappened = async (kind: string, subtask: string): Promise<void> =>
      vi.waitFor(async () => {
        const lines = await linesOf(store, "t3");
        expect(lines.some((line) => line.kind === kind && line.subtask === subtask)).toBe(true);
      }, 10_000);
    for (const [kind, subtask] of [
      ["interrupt", "a"],
      ["park", "b"],
      ["reserve", "d"],
    ] as const)
      await hasHappened(kind, subtask);
    control.requestDrain("interrupted");
    release();
    expect(String(await running)).toContain("GraphDrained");
    await first.close("gone");
    const second = assembleSwarm({ ...options, model });
    const state = await second.graph.getState(thread("t3"));
    const id = state.tasks.flatMap((t) => t.interrupts)[0]?.id;
    const end = await second.graph.invoke(new Command({ resume: { [id!]: approve } }), thread("t3"));
    expect(end).toMatchObject({ status: "complete", coverage: { total: 4, done: 4 } });
  });

  test("has what is done later in its answer, though the rest had been condensed", async () => {
    const subtasks = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`s${i}`, {}]));
    const big = "word ".repeat(800);
    const condense: ScriptedStep = ({ messages }) => {
      const text = messages.map((m) => m.text).join("\n");
      return `${text.includes("You are given one part") ? "condensed" : "final"} ${text.includes("FINDING-ONE") ? "FINDING-ONE" : "nothing"}`;
    };
    const bad = Object.assign(new Error("bad"), { status: 400, error: { code: "invalid_request", message: "bad" } });
    const { swarm } = scriptedSwarm({
      ...Object.fromEntries(Object.keys(subtasks).map((id) => [id, big])),
      s0: [bad, `FINDING-ONE ${big}`],
      synthesizer: Array.from({ length: 40 }, () => condense),
    });
    const first = await swarm.invoke({ task: "t", plan: planOf(subtasks) }, thread("t4"));
    expect(first.status).toBe("partial");
    await swarm.updateState(thread("t4"), { parked: ["s0"], assignments: [] }, "integrate");
    const second = await swarm.invoke(null, thread("t4"));
    expect(second.answer).toContain("final FINDING-ONE");
  });

  test("has on record to whom a lane that had stepped back went in the end", async () => {
    const store = new InMemoryStore();
    const agents = ["one", "two"].map((name) => ({ ...CLERK, name }));
    const { swarm } = scriptedSwarm(
      {
        a: [{ calls: [{ name: "send", args: { to: "Ann" } }] }, "A"],
        ...Object.fromEntries(["b", "c", "d", "e"].map((id) => [id, id])),
        synthesizer: "S",
      },
      { approve: ["tools"], tools: [SEND], agents, store },
    );
    await swarm.invoke(
      {
        task: "t",
        plan: planOf({ a: {}, b: { dependsOn: ["a"] }, c: { dependsOn: ["a"] }, d: { dependsOn: ["a"] }, e: {} }),
      },
      thread("t7"),
    );
    await swarm.invoke(new Command({ resume: approve }), thread("t7"));
    const lines = await linesOf(store, "t7");
    for (const id of ["b", "c", "d"]) {
      const ran = lines.find((l) => l.kind === "attempt-start" && l.subtask === id)?.data["agent"];
      const routed = lines.filter((l) => l.kind === "route" && l.subtask === id).map((l) => l.data["agent"]);
      expect(routed.at(-1)).toBe(ran);
    }
  });

  test("after its caller called off the synthesizer has not ended, and ends with an answer", async () => {
    const store = new InMemoryStore();
    const stop = new AbortController();
    const { swarm } = scriptedSwarm(
      {
        ...{ a: "A", b: "B" },
        synthesizer: [
          ({ signal }) =>
            new Promise((_, reject) => {
              signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
              setTimeout(() => stop.abort(new Error("enough")), 20);
            }),
          "S",
        ],
      },
      { store },
    );
    await expect(
      swarm.invoke({ task: "t", plan: planOf({ a: {}, b: {} }) }, { ...thread("t6"), signal: stop.signal }),
    ).rejects.toThrow();
    await new Promise((r) => setTimeout(r, 300));
    const lines = await linesOf(store, "t6");
    expect(lines.some((l) => l.kind === "run-end")).toBe(false);
    const state = await swarm.invoke(null, thread("t6"));
    expect(state.answer).toContain("S");
  });

  test("counts no time in which it waited for a human", async () => {
    let waitedMs = 0;
    const clock = { ...SYSTEM_CLOCK, now: () => SYSTEM_CLOCK.now() + waitedMs };
    const deadlineMs = 60_000;
    const { swarm } = scriptedSwarm({ a: "A" }, { approve: ["plan"], budget: { deadlineMs }, clock });
    await swarm.invoke({ task: "t", plan: planOf({ a: {} }) }, thread("t10"));
    waitedMs = 2 * deadlineMs;
    const end = await swarm.invoke(new Command({ resume: approve }), thread("t10"));
    expect(end).toMatchObject({ status: "complete" });
  });
});
