/** In a file of its own: from the first call on, the process shares the root, also after another file has had it shared. */
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import { getContextVariable, setContextVariable } from "@langchain/core/context";
import { RunnableLambda } from "@langchain/core/runnables";
import { LangChainTracer } from "@langchain/core/tracers/tracer_langchain";
import { interrupt, MemorySaver, START, StateGraph, Command, Annotation } from "@langchain/langgraph";
import { RunTree } from "langsmith/run_trees";
import { getCurrentRunTree } from "langsmith/singletons/traceable";
import { expect, test, vi } from "vitest";

// As in a process in which nobody has called it.
Reflect.deleteProperty(AsyncLocalStorageProviderSingleton, "runWithConfig");
vi.resetModules();
const { shareUntracedRoot } = await import("../../../../app/cli/untraced-root.ts");

/** Makes LangChain set up its storage. */
const warm = (): Promise<number> => RunnableLambda.from((value: number) => value).invoke(1);
const within = <Result>(config: object, read: () => Result): Result =>
  AsyncLocalStorageProviderSingleton.runWithConfig(config, read);
const scopeOf = (config: object): unknown => within(config, () => getCurrentRunTree());

test("a process that traces keeps LangChain's own run trees", async () => {
  await warm();
  for (const name of ["LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"]) shareUntracedRoot({ [name]: "true" });
  const [one, other] = [scopeOf({}), scopeOf({})] as RunTree[];
  expect(one?.id).not.toBe(other?.id);
});

test("another makes one run tree for all scopes, each with a configuration and children of its own", async () => {
  shareUntracedRoot({});
  const made = vi.spyOn(RunTree, "getDefaultConfig");
  const [one, other] = [scopeOf({ runName: "one" }), scopeOf({ runName: "other" })] as RunTree[];
  expect(made).not.toHaveBeenCalled();
  expect(one?.id).toBe(other?.id);
  expect(one?.tracingEnabled).toBe(false);
  expect(one).toBeInstanceOf(RunTree);
  expect(one?.child_runs).not.toBe(other?.child_runs);
  const read = (): unknown => AsyncLocalStorageProviderSingleton.getRunnableConfig();
  expect(within({ runName: "one" }, read)).toEqual({ runName: "one" });
  made.mockRestore();
});

test("a scope with a tracer goes LangChain's way", async () => {
  shareUntracedRoot({});
  const tracer = new LangChainTracer({ projectName: "p" });
  const traced = new RunTree({ name: "traced" });
  vi.spyOn(tracer, "getRunTreeWithTracingConfig").mockReturnValue(traced);
  const manager = { handlers: [tracer], inheritableHandlers: [], getParentRunId: () => "run", copy: () => manager };
  expect(scopeOf({ callbacks: manager })).toBe(traced);
});

test("variables of a scope around it are handed on", async () => {
  shareUntracedRoot({});
  const inner = RunnableLambda.from(() => getContextVariable("word") as string);
  const outer = RunnableLambda.from(async () => {
    setContextVariable("word", "hive");
    return inner.invoke({});
  });
  expect(await outer.invoke({})).toBe("hive");
});

test("a graph still finds its configuration where nobody hands it on: an interrupt and its answer", async () => {
  shareUntracedRoot({});
  const State = Annotation.Root({ answer: Annotation<string> });
  const graph = new StateGraph(State)
    .addNode("ask", () => ({ answer: interrupt("which?") }))
    .addEdge(START, "ask")
    .compile({ checkpointer: new MemorySaver() });
  const config = { configurable: { thread_id: "t" } };
  await graph.invoke({}, config);
  expect(await graph.invoke(new Command({ resume: "this" }), config)).toEqual({ answer: "this" });
});
