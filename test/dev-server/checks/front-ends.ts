/** Chat front ends, by what drives `useStream` of @langchain/react: what a person sees of questions, approvals and new answers. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Client } from "@langchain/langgraph-sdk";
import { StreamController } from "@langchain/langgraph-sdk/stream";
import { clientOf, GRAPH, newThread, type Check, type SwarmValues } from "../check.ts";
import type { DevServer } from "../dev-server.ts";

const [LANES, STEPS] = ["Why are there lanes instead of waves?", "What is a step?"];

class FrontEnd {
  readonly threadId: string;
  readonly #client: Client<SwarmValues>;
  readonly #stream: StreamController<SwarmValues>;
  /** Each text that was shown of each message, by its id. */
  readonly #shown = new Map<string, string[]>();

  constructor(server: DevServer, threadId: string) {
    this.threadId = threadId;
    this.#client = clientOf(server);
    this.#stream = new StreamController({ assistantId: GRAPH, client: this.#client, threadId });
    this.#stream.activate();
    this.#stream.rootStore.subscribe(() => {
      for (const { id = "", text } of this.#stream.rootStore.getSnapshot().messages) {
        const texts = this.#shown.get(id) ?? [];
        if (texts.at(-1) !== text) texts.push(text);
        this.#shown.set(id, texts);
      }
    });
  }

  get bubbles(): string[] {
    return this.#stream.rootStore.getSnapshot().messages.map(({ type, text }) => `${type}: ${text}`);
  }

  get asked(): unknown {
    return this.#stream.rootStore.getSnapshot().interrupts[0]?.value;
  }

  /** Also of messages that are not there any more. */
  get everShown(): string {
    return JSON.stringify([...this.#shown.values()]);
  }

  /** The lanes that it has found, by what has become of them. */
  get lanes(): string[] {
    return [...this.#stream.subgraphStore.getSnapshot().values()].map(
      ({ nodeName, status }) => `${nodeName} ${status}`,
    );
  }

  async say(content: string, more: Record<string, unknown> = {}): Promise<void> {
    await this.#over(this.#stream.submit({ messages: [{ type: "human", content }], ...more }));
  }

  async answer(decision: Record<string, unknown>): Promise<void> {
    await this.#over(this.#stream.respond({ decisions: [decision] }));
  }

  async again(): Promise<void> {
    const { messages } = this.#stream.rootStore.getSnapshot();
    const forkFrom = this.#stream.messageMetadataStore.getSnapshot().get(messages.at(-1)?.id ?? "")?.parentCheckpointId;
    assert.equal(typeof forkFrom, "string");
    await this.#over(this.#stream.submit(null, { forkFrom: String(forkFrom) }));
  }

  async close(): Promise<void> {
    await this.#stream.dispose();
  }

  /** Until the server has nothing to do, and the page shows what the server has. */
  async #over(asking: Promise<void>): Promise<void> {
    await asking;
    for (;;) {
      const { status } = await this.#client.threads.get(this.threadId);
      const { isLoading, error } = this.#stream.rootStore.getSnapshot();
      if (error !== undefined) throw new Error("the stream failed", { cause: error });
      if (status !== "busy" && !isLoading && (await this.#isWhole())) return;
      await sleep(100);
    }
  }

  async #isWhole(): Promise<boolean> {
    const { values, tasks } = await this.#client.threads.getState<SwarmValues>(this.threadId);
    const whole = values.messages.map(({ type, content }) => `${type}: ${String(content)}`);
    const isAsking = tasks.some(({ interrupts }) => interrupts.length > 0);
    return isDeepStrictEqual(this.bubbles, whole) && isAsking === (this.asked !== undefined);
  }
}

async function open(server: DevServer): Promise<FrontEnd> {
  return new FrontEnd(server, await newThread(clientOf(server)));
}

export const frontEnds: Check[] = [
  {
    name: "useStream shows one message for each question and answer, nothing of the plan, and the lanes as subgraphs",
    async run(server) {
      const page = await open(server);
      await page.say(LANES, {
        documents: ["docs"],
        plan: { subtasks: ["a", "b"].map((id) => ({ id, instructions: LANES })) },
      });
      assert.deepEqual(page.lanes, ["lane complete", "lane complete"]);
      await page.say(STEPS);
      assert.equal(page.bubbles.length, 4);
      assert.doesNotMatch(page.everShown, /subtasks\\":/);
      await page.close();
    },
  },
  {
    name: "useStream goes through a plan that is rejected and approved, and a new answer",
    async run(server) {
      const page = await open(server);
      await page.say(LANES, { documents: ["docs"], approve: ["plan"] });
      assert.deepEqual(page.bubbles, [`human: ${LANES}`]);
      await page.answer({ type: "reject", message: "too many parts" });
      assert.match(JSON.stringify(page.asked), /"run_plan"/);
      await page.answer({ type: "approve" });
      const { bubbles } = page;
      assert.match(String(bubbles[1]), /^ai: [^]*\[docs\//);
      await page.again();
      assert.deepEqual(page.bubbles, bubbles);
      await page.close();
    },
  },
];
