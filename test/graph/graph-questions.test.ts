/** What a graph that is an agent asks with `interrupt`: asked and answered through the swarm, in any process, and on record. */
import { AIMessage } from "@langchain/core/messages";
import { Command, END, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { graphOf, pending, swarmWith, TASK } from "../support/graph-agents.ts";
import { checkInvariants } from "../support/invariants.ts";
import { planOf, thread } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("what a graph asks", () => {
  /** Publishes once somebody has said so, twice over. */
  const publisher = (did: string[] = []) =>
    new StateGraph(MessagesAnnotation)
      .addNode("draft", () => (did.push("draft"), { messages: [new AIMessage("a draft")] }))
      .addNode("publish", () => {
        const where: unknown = interrupt({ question: "Publish where?" });
        const sure: unknown = interrupt("Sure?");
        return { messages: [new AIMessage(`published: ${JSON.stringify([where, sure])}`)] };
      })
      .addEdge(START, "draft")
      .addEdge("draft", "publish")
      .addEdge("publish", END);

  test.each([
    ["with checkpoints in the swarm's saver", undefined],
    ["with a saver of its own", new MemorySaver()],
  ])("is asked through the swarm, one after the other, %s", async (_, checkpointer) => {
    const did: string[] = [];
    const { swarm, model } = swarmWith({ graph: publisher(did).compile({ checkpointer }) });
    const plan = planOf({ a: { agent: "other" }, b: { agent: "worker", dependsOn: ["a"] }, c: { agent: "worker" } });
    const [first, ...others] = pending(await swarm.invoke({ task: "T", plan }, thread("t")));
    expect(others).toEqual([]);
    expect(first?.value).toMatchObject({
      ...{ kind: "task", subtask: "a", value: { question: "Publish where?" } },
      action_requests: [{ description: expect.stringContaining("Publish where?") }],
    });
    const [second] = pending(await swarm.invoke(new Command({ resume: { on: "the web" } }), thread("t")));
    expect(second?.value).toMatchObject({ value: "Sure?" });
    const state = await swarm.invoke(new Command({ resume: { [String(second?.id)]: "very" } }), thread("t"));
    expect(state).toMatchObject({ status: "complete", coverage: { done: 3 } });
    expect(model.callsOf("b")[0]!.messages[1]!.text).toContain('published: [{"on":"the web"},"very"]');
    expect(did).toEqual(["draft"]);
  });

  test.each([
    ["an approval is true", { type: "approve" }, "true"],
    ["an edit is its answer", { type: "edit", edited_action: { args: { answer: "there" } } }, '"there"'],
  ])("may be answered by decisions: %s", async (_, decision, where) => {
    const { swarm, model } = swarmWith({ graph: publisher().compile() });
    await swarm.invoke(TASK, thread("t"));
    await swarm.invoke(new Command({ resume: { decisions: [decision] } }), thread("t"));
    await swarm.invoke(new Command({ resume: 1 }), thread("t"));
    expect(model.callsOf("b")[0]!.messages[1]!.text).toContain(`published: [${where},1]`);
  });

  test("ends the subtask where it is rejected, and where nobody is there", async () => {
    const reject = { decisions: [{ type: "reject", message: "not today" }] };
    const { swarm } = swarmWith({ graph: publisher().compile() });
    await swarm.invoke(TASK, thread("t"));
    const state = await swarm.invoke(new Command({ resume: reject }), thread("t"));
    expect(state.lanes["a"]).toMatchObject({ outcome: "rejected", cause: expect.stringContaining("not today") });
    const alone = swarmWith({ graph: publisher().compile() }, { unattended: true });
    const { lanes } = await alone.swarm.invoke(TASK, thread("t"));
    expect(lanes["a"]).toMatchObject({ outcome: "rejected", cause: expect.stringContaining("nobody") });
  });

  test("is asked as it stands where it is a review, and gets the decisions", async () => {
    const review = {
      action_requests: [{ name: "send", args: { to: "all" }, description: "Send?" }],
      review_configs: [{ action_name: "send", allowed_decisions: ["approve", "reject"] }],
    };
    const graph = graphOf(() => JSON.stringify(interrupt(review))).compile();
    const { swarm, model } = swarmWith({ graph });
    const [asked] = pending(await swarm.invoke(TASK, thread("t")));
    expect(asked?.value).toMatchObject({ kind: "tool", subtask: "a", ...review });
    await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
    expect(model.callsOf("b")[0]!.messages[1]!.text).toContain('{"decisions":[{"type":"approve"}]}');
  });

  test("several at once, of nodes side by side, are asked each and answered each", async () => {
    const node = (name: string) => () => ({ messages: [new AIMessage(`${name}: ${interrupt(`${name}?`)}`)] });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("one", node("one"))
      .addNode("two", node("two"))
      .addNode("end", ({ messages }) => ({
        messages: [
          new AIMessage(
            messages
              .slice(1)
              .map(({ text }) => text)
              .join(";"),
          ),
        ],
      }))
      .addEdge(START, "one")
      .addEdge(START, "two")
      .addEdge(["one", "two"], "end")
      .addEdge("end", END)
      .compile();
    const { swarm, model } = swarmWith({ graph });
    for (let state: unknown = await swarm.invoke(TASK, thread("t")); pending(state).length > 0;) {
      const [asked] = pending(state);
      state = await swarm.invoke(new Command({ resume: `yes, ${String(asked?.value?.value)}` }), thread("t"));
    }
    expect(model.callsOf("b")[0]!.messages[1]!.text).toMatch(/one: yes, one\?;two: yes, two\?/);
  });

  test("is answered in another process, and all of it runs again from the record without the graph", async () => {
    const home = temporaryFolder();
    const did: string[] = [];
    const asking = swarmWith({ graph: publisher(did).compile() }, { home, checkpointer: undefined });
    expect(pending(await asking.swarm.invoke(TASK, thread("t")))).toHaveLength(1);
    await asking.swarm.close();
    const going = swarmWith({ graph: publisher(did).compile() }, { home, checkpointer: undefined });
    await going.swarm.invoke(new Command({ resume: "there" }), thread("t"));
    const state = await going.swarm.invoke(new Command({ resume: "fine" }), thread("t"));
    expect(state).toMatchObject({ status: "complete" });
    await going.swarm.close();
    expect(did).toEqual(["draft"]);
    const { result } = await checkInvariants(home, "t");
    expect(result.subtasks.find(({ id }) => id === "a")?.output).toBe('published: ["there","fine"]');
  });
});
