/** Agents that are graphs at a LangGraph server, by a `RemoteGraph` of the program's or by a profile with an address. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { AIMessage } from "@langchain/core/messages";
import { Command, END, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { RemoteGraph } from "@langchain/langgraph/remote";
import { expect, onTestFinished, test, vi } from "vitest";
import type { AgentProfileInput } from "../../state/agent-profile.ts";
import type { GraphAgentInput } from "../../app/config/graph-agents.ts";
import { serveGraph } from "../support/graph-server.ts";
import { checkInvariants } from "../support/invariants.ts";
import { commandHere } from "../support/run-command.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const usage_metadata = { input_tokens: 20, output_tokens: 4, total_tokens: 24 };

/** Drafts by two model turns, and publishes once it is told where. */
function publisher() {
  const drafts: string[] = [];
  const graph = new StateGraph(MessagesAnnotation)
    .addNode("draft", ({ messages }) => {
      drafts.push(messages[0]?.text ?? "");
      return { messages: ["one", "two"].map((content) => new AIMessage({ content, usage_metadata })) };
    })
    .addNode("publish", () => ({ messages: [new AIMessage(`published in ${interrupt("Where?")}`)] }))
    .addEdge(START, "draft")
    .addEdge("draft", "publish")
    .addEdge("publish", END)
    .compile({ checkpointer: new MemorySaver() });
  return { graph, drafts };
}

const FAR = { name: "far", description: "publishes" };
const PLAN = planOf({ a: { agent: "far" }, b: { agent: "worker", dependsOn: ["a"] }, c: { agent: "worker" } });

test.each([
  [
    "a RemoteGraph",
    (url: string): GraphAgentInput => ({ ...FAR, kind: "graph", graph: new RemoteGraph({ url, graphId: "pub" }) }),
  ],
  ["a profile of kind remote", (url: string): AgentProfileInput => ({ ...FAR, kind: "remote", url, graphId: "pub" })],
  ["a profile of kind graph", (url: string): AgentProfileInput => ({ ...FAR, kind: "graph", url, graphId: "pub" })],
])(
  "%s works beside model agents, asks through the swarm, is counted, and runs again from the record",
  async (_, agent) => {
    const { graph, drafts } = publisher();
    const { url, runs } = await serveGraph("pub", graph);
    const home = temporaryFolder();
    const { swarm, model } = scriptedSwarm(
      { b: ({ messages }) => messages[1]!.text, c: "C", synthesizer: "S" },
      { agents: [WORKER, agent(url)], home, checkpointer: undefined },
    );
    const asking = await swarm.invoke({ task: "T", plan: PLAN }, thread("t"));
    expect(asking).toMatchObject({ __interrupt__: [{ value: { kind: "task", subtask: "a", value: "Where?" } }] });
    const state = await swarm.invoke(new Command({ resume: "the garden" }), thread("t"));
    expect(state).toMatchObject({ status: "complete", coverage: { done: 3 } });
    expect(model.callsOf("b")[0]!.messages[1]!.text).toContain("published in the garden");
    expect(drafts).toEqual([expect.stringContaining("Do part a.")]);
    expect(runs).toHaveLength(2);
    await swarm.close();
    const { lines } = await checkInvariants(home, "t");
    const costs = lines
      .filter(({ kind, subtask }) => kind === "settle" && subtask === "a")
      .map(({ data }) => data["usage"]);
    expect(costs).toMatchObject([{ steps: 2, inputTokens: 40, outputTokens: 8 }, { steps: 1 }]);
  },
);

test("a server that fails is the infrastructure: asked again by the policy, and never an answer", async () => {
  const { graph } = publisher();
  const server = await serveGraph("pub", graph);
  const agents = [WORKER, { ...FAR, kind: "remote" as const, url: server.url, graphId: "pub" }];
  const plan = planOf({ a: { agent: "far" }, c: { agent: "worker" } });
  const retry = { do: "retry" as const, max: 3, backoffMs: 0, maxBackoffMs: 0, jitter: 0 };
  const swarmOf = () => scriptedSwarm({ c: "C", synthesizer: "S" }, { agents, recovery: { server: [retry] } }).swarm;
  server.refusals.push(503, 503);
  expect(await swarmOf().invoke({ task: "T", plan }, thread("t"))).toMatchObject({ __interrupt__: [{}] });
  server.refusals.push(503, 503, 503, 503);
  const state = await swarmOf().invoke({ task: "T", plan }, thread("t"));
  expect(state.lanes).toMatchObject({ a: { outcome: "infra" }, c: { outcome: "done" } });
});

test("the command line works with a profile file that has an address, and answers by it", async () => {
  const { graph } = publisher();
  const { url } = await serveGraph("pub", graph);
  const home = temporaryFolder();
  const file = (name: string, data: object): string => {
    writeFileSync(join(home, name), JSON.stringify(data));
    return join(home, name);
  };
  const agents = file("agents.json", { agents: [WORKER, { ...FAR, kind: "remote", url, graphId: "pub" }] });
  const plan = file("plan.json", planOf({ a: { agent: "far" } }));
  const flags = ["--home", home, "--json"];
  const asked = await commandHere(["run", "T", "--plan", plan, "--agents", agents, "--id", "r", ...flags]);
  expect([asked.code, JSON.parse(asked.stdout)]).toMatchObject([4, { interrupts: [{ request: { value: "Where?" } }] }]);
  const ended = await commandHere(["resume", "r", "--answer", '"the attic"', ...flags]);
  expect([ended.code, JSON.parse(ended.stdout)]).toMatchObject([
    0,
    { subtasks: [{ output: "published in the attic" }] },
  ]);
  await checkInvariants(home, "r");
});

test("a server is sent a key where its owner names it for that server, and no other key of theirs", async () => {
  const { graph } = publisher();
  const served = await serveGraph("pub", graph);
  const elsewhere = await serveGraph("pub", graph);
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("LANGSMITH_API_KEY", "ls-key-of-the-owner-123");
  vi.stubEnv("LANGGRAPH_API_KEY", "lg-key-of-the-owner-456");
  const asked = async (url: string): Promise<void> => {
    const agent: AgentProfileInput = { ...FAR, kind: "remote", url, graphId: "pub" };
    const { swarm } = scriptedSwarm({ synthesizer: "S" }, { agents: [agent] });
    await swarm.invoke({ task: "T", plan: planOf({ a: {} }) }, thread("t"));
  };
  vi.stubEnv("LANGGRAPH_API_URL", served.url);
  await asked(elsewhere.url);
  await asked(served.url);
  expect(elsewhere.keys).toEqual([]);
  expect(new Set(served.keys)).toEqual(new Set(["lg-key-of-the-owner-456"]));
  vi.stubEnv("LANGGRAPH_API_URL", "");
  const before = served.keys.length;
  await asked(served.url);
  expect(served.keys).toHaveLength(before);
});

test("a redirect is followed to no other server", async () => {
  const other = await serveGraph("pub", publisher().graph);
  const redirecting = createServer((request, response) => {
    response.writeHead(307, { location: `${other.url}${request.url ?? ""}` }).end();
  });
  await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void redirecting.close());
  const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
  const agent: AgentProfileInput = { ...FAR, kind: "remote", url, graphId: "pub" };
  const { swarm } = scriptedSwarm({ synthesizer: "S" }, { agents: [agent], recovery: { network: [], server: [] } });
  const state = await swarm.invoke({ task: "T", plan: planOf({ a: {} }) }, thread("t"));
  expect(state.coverage["done"]).toBe(0);
  expect(other.runs).toEqual([]);
});
