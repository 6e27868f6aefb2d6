/** What LangGraph says under keys of its own, as `host-config.ts` reads it. A release that says it otherwise fails here first. */
import { Annotation, MemorySaver, START, StateGraph, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { expect, it } from "vitest";
import {
  checkpointerIn,
  isPartOfParent,
  isReplay,
  isWatched,
  keptBy,
  outerSignal,
  taskIn,
  underSignal,
} from "../../engine/runtime/langgraph/host-config.ts";

const State = Annotation.Root({ told: Annotation<string> });
const THREAD = { configurable: { thread_id: "t" } };

type Node = (config: LangGraphRunnableConfig) => unknown;

function graphOf(node: Node) {
  return new StateGraph(State)
    .addNode("first", async (_, config: LangGraphRunnableConfig) => {
      await node(config);
      return { told: "once" };
    })
    .addEdge(START, "first");
}

/** What each call of the node was told. */
function told<Told>(read: (config: LangGraphRunnableConfig) => Told) {
  const each: Told[] = [];
  return { each, graph: graphOf((config) => each.push(read(config))) };
}

it("hands a node the checkpointer of its graph, and a graph keeps its checkpoints where it is told", async () => {
  const { each, graph } = told(({ configurable }) => checkpointerIn(configurable));
  const saver = new MemorySaver();
  await graph.compile({ checkpointer: saver }).invoke({ told: "" }, THREAD);
  await graph.compile().invoke({ told: "" });
  await graph.compile().invoke({ told: "" }, { configurable: { thread_id: "u", ...keptBy(saver) } });
  expect(each).toEqual([saver, undefined, saver]);
  expect(await saver.getTuple({ configurable: { thread_id: "u" } })).toBeDefined();
});

it("says whether a node of a graph around it makes the call, and which task", async () => {
  const inner = told(({ configurable }) => [isPartOfParent(configurable), taskIn(configurable)]);
  const graph = inner.graph.compile();
  const tasks: unknown[] = [];
  const outer = graphOf(async (config) => {
    tasks.push(taskIn(config.configurable), taskIn(config.configurable));
    expect(isPartOfParent(config.configurable)).toBe(true);
    await graph.invoke({ told: "" }, config);
  });
  expect(isPartOfParent(THREAD.configurable)).toBe(false);
  await outer.compile().invoke({ told: "" });
  expect(tasks[0]).toBeTypeOf("object");
  expect(tasks[1]).toBe(tasks[0]);
  expect(inner.each).toMatchObject([[true, expect.any(Object)]]);
});

it("says that an older checkpoint was asked for by its id", async () => {
  const { each, graph } = told(({ configurable }) => isReplay(configurable));
  const compiled = graph.compile({ checkpointer: new MemorySaver() });
  await compiled.invoke({ told: "" }, THREAD);
  for await (const { next, config } of compiled.getStateHistory(THREAD))
    if (next.includes("first")) await compiled.invoke(null, config);
  expect(each).toEqual([false, true]);
});

it("says whether somebody streams what happens inside of a subgraph", async () => {
  const inner = told(({ configurable }) => isWatched(configurable));
  const subgraph = inner.graph.compile();
  const outer = graphOf((config) => subgraph.invoke({ told: "" }, config)).compile();
  await outer.invoke({ told: "" });
  for await (const _ of await outer.stream({ told: "" }, { subgraphs: true })) continue;
  expect(inner.each).toEqual([false, true]);
});

it("hands a subgraph the signals of the graph around it, and goes by the one that is put there", async () => {
  const [caller, own] = [new AbortController(), new AbortController()];
  const inner = graphOf((config) => {
    own.abort(new Error("its own"));
    expect(config.signal?.aborted).toBe(true);
  }).compile();
  const outer = graphOf(async (config) => {
    expect(outerSignal(config.configurable)).toBeInstanceOf(AbortSignal);
    const configurable = underSignal(config.configurable, own.signal);
    await expect(inner.invoke({ told: "" }, { ...config, configurable })).rejects.toThrow();
  });
  await outer.compile().invoke({ told: "" }, { signal: caller.signal });
  expect(caller.signal.aborted).toBe(false);
});
