/** A caller's own saver and store that fail once, at any of their calls: the call of the swarm says so in one line, and going on loses nothing. */
import { InMemoryStore, MemorySaver } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import type { LaneRecords } from "../../state/lane-record.ts";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";

const PLAN = planOf({ a: {}, b: { dependsOn: ["a"] } });
const FAILURE = "the storage is away for a moment";

/** The same storage, of which the call with that number fails; and how many calls there were. */
function failingAt<Storage extends object>(storage: Storage, methods: readonly string[], number: number) {
  let calls = 0;
  const proxy = new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || !methods.includes(String(name))) return value;
      return (...args: unknown[]): unknown => {
        calls += 1;
        if (calls === number) return Promise.reject(new Error(FAILURE));
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { storage: proxy, calls: () => calls };
}

function disturbed(which: "saver" | "store", number: number) {
  const saver = failingAt(new MemorySaver(), ["put", "putWrites", "getTuple"], which === "saver" ? number : 0);
  const store = failingAt(new InMemoryStore(), ["batch"], which === "store" ? number : 0);
  const many = (text: string) => Array.from({ length: 9 }, () => text);
  const script = { a: many("A"), b: many("B of A"), synthesizer: many("All of it.") };
  const { swarm, model } = scriptedSwarm(script, { checkpointer: saver.storage, store: store.storage });
  return { swarm, model, calls: { saver, store }[which].calls };
}

/** Begins the run and goes on with it, as LangGraph has it, until it is over; what was said on the way. */
async function runToEnd({ swarm }: ReturnType<typeof disturbed>) {
  const said: string[] = [];
  const begin = { task: "Do all.", plan: PLAN };
  let input: typeof begin | null = begin;
  for (let tries = 0; tries < 5; tries += 1) {
    const note = (error: unknown): void => void said.push(error instanceof Error ? error.message : String(error));
    await swarm.invoke(input, thread("t")).catch(note);
    const state = await swarm.getState(thread("t")).catch(note);
    if (state === undefined) continue;
    const { next, values } = state;
    if (next.length === 0 && values.status === "complete") return { said, end: endOf(values) };
    input = next.length > 0 ? null : begin;
  }
  return { said, end: undefined };
}

function endOf({ answer, coverage, lanes }: Record<string, unknown> & { lanes: LaneRecords }) {
  return {
    answer,
    coverage,
    lanes: Object.entries(lanes).map(([id, { outcome, cause }]) => `${id} ${outcome} ${cause}`),
  };
}

describe.each(["saver", "store"] as const)("a %s that fails once", (which) => {
  test("at whichever of its calls: it is said in a line, and the run comes to the same end", async () => {
    const plain = disturbed(which, 0);
    const { end: expected } = await runToEnd(plain);
    const most = plain.calls();
    expect(most).toBeGreaterThan(10);
    const others: unknown[] = [];
    for (let number = 1; number <= most; number += 1) {
      const one = disturbed(which, number);
      const { said, end } = await runToEnd(one);
      const lines = said.every((line) => !line.includes("\n") && line.length < 500);
      const twice = ["a", "b"].filter((who) => one.model.callsOf(who).length > 2);
      if (JSON.stringify(end) !== JSON.stringify(expected) || !lines || twice.length > 0)
        others.push({ number, said, end, twice });
    }
    expect(others).toEqual([]);
  }, 120_000);
});
