/** A chat front end as people have it: `useStream` of @langchain/react, unmodified, on a page in headless Chromium. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { SAID_INSIDE } from "../browser/chat-model.ts";
import { Chromium, findChromium, type Page } from "../browser/chromium.ts";
import { clientOf, GRAPH, type Check, type SwarmValues } from "../check.ts";
import type { DevServer } from "../dev-server.ts";

/** In the page: each text that a bubble ever had, and when the first lane and the first words of an answer were there. */
const WATCH = `
  window.shown = new Set();
  window.firstAt = {};
  new MutationObserver(() => {
    const texts = [...document.querySelectorAll(".bubble")].map((bubble) => bubble.textContent);
    for (const text of texts) window.shown.add(text);
    if (document.querySelector(".lane")) window.firstAt.lane ??= Date.now();
    if (texts.some((text) => text.startsWith("Answer 1"))) window.firstAt.answer ??= Date.now();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
`;

class Chat {
  readonly page: Page;
  readonly #server: DevServer;

  private constructor(page: Page, server: DevServer) {
    this.page = page;
    this.#server = server;
  }

  static async open(chromium: Chromium, server: DevServer, context: Record<string, unknown>): Promise<Chat> {
    const { assistant_id } = await clientOf(server).assistants.create({ graphId: GRAPH, context });
    const page = await chromium.open({ api: server.url, assistant: assistant_id });
    await page.evaluate(WATCH);
    return new Chat(page, server);
  }

  async ask(text: string): Promise<void> {
    await this.page.locator("textarea").fill(text);
    await this.click("Send");
  }

  async click(button: string): Promise<void> {
    await this.page.locator("button", { hasText: button }).last().click();
  }

  /** Waits for the question about that, of this version of the plan. */
  async asked(name: string, version: number): Promise<void> {
    await this.page.locator(".question b", { hasText: name }).waitFor();
    while ((await this.#values())["planVersion"] !== version) await sleep(50);
    await this.page.locator(".question b", { hasText: name }).waitFor();
  }

  /** What the page shows once nobody works on it any more and it has what the server has. */
  async settled(answer: RegExp): Promise<string[]> {
    await this.page.locator(".ai .bubble", { hasText: answer }).waitFor();
    for (;;) {
      await this.page.locator("main[data-state=idle]").waitFor();
      const { messages } = await this.#values();
      const bubbles = await this.page.evaluate<string[]>(
        "[...document.querySelectorAll('.bubble')].map((bubble) => bubble.textContent)",
      );
      const isKnown = (await this.page.locator("div[data-known=false]").count()) === 0;
      if (
        isKnown &&
        isDeepStrictEqual(
          bubbles,
          messages.map(({ content }) => content),
        )
      )
        return bubbles;
      await sleep(50);
    }
  }

  everShown(): Promise<string[]> {
    return this.page.evaluate("[...window.shown]");
  }

  async #values(): Promise<SwarmValues> {
    const thread = await this.page.evaluate<string>("document.querySelector('main').dataset.thread");
    return (await clientOf(this.#server).threads.getState(thread)).values;
  }
}

async function conversation(chromium: Chromium, server: DevServer): Promise<void> {
  const { model } = server;
  const chat = await Chat.open(chromium, server, { model: "chat" });
  const held = Promise.withResolvers<void>();
  model.lanesSeen = held.promise;
  await chat.ask("What is a lane?");
  // All four are seen while not one of them has been answered.
  await chat.page
    .locator(".lane", { hasText: /lane (north|east|south|west) \w+ (?!complete)/ })
    .nth(3)
    .waitFor();
  held.resolve();
  const [question, answer] = await chat.settled(/^Answer 1 /);
  assert.equal(question, "What is a lane?");
  assert.match(answer ?? "", /word29\.[^]*4 of 4/);
  const begun = (await chat.everShown()).filter((text) => /^Answer 1 .* word\d+$/.test(text));
  assert.ok(begun.length > 0, "the answer came whole");
  await tellFigures(chat.page, server);

  await chat.ask("And what is a step?");
  assert.equal((await chat.settled(/^Answer 2 /)).length, 4);
  await chat.page.locator(".human button").last().click();
  await chat.ask("And what is a fork?");
  const edited = await chat.settled(/^Answer 3 /);
  assert.deepEqual(edited.slice(0, 3), [question, answer, "And what is a fork?"]);
  await chat.ask("And a run?");
  const later = await chat.settled(/^Answer 4 /);
  assert.deepEqual(later.slice(0, 5), [...edited, "And a run?"]);
  await chat.click("Again");
  const again = await chat.settled(/^Answer 5 /);
  assert.deepEqual([again.length, again.slice(0, 5)], [6, later.slice(0, 5)]);
  assert.deepEqual(
    (await chat.everShown()).filter((text) => SAID_INSIDE.test(text)),
    [],
  );
}

async function approvals(chromium: Chromium, server: DevServer): Promise<void> {
  const chat = await Chat.open(chromium, server, { model: "chat", approve: ["plan", "tool:search_documents"] });
  await chat.ask("What is a lane, in one part?");
  await chat.asked("run_plan", 1);
  await chat.click("Reject");
  await chat.asked("run_plan", 2);
  await chat.click("Approve");
  await chat.asked("search_documents", 2);
  await chat.click("Approve");
  const bubbles = await chat.settled(/^Answer /);
  assert.equal(bubbles.length, 2);
  assert.match(bubbles[1] ?? "", /^Answer \d+ of the whole/);
}

/** Not asserted: how long things take is a matter of the machine. */
async function tellFigures(page: Page, { model }: DevServer): Promise<void> {
  const { lane, answer } = await page.evaluate<{ lane: number; answer: number }>("window.firstAt");
  const after = (at: number, since: number): string => `${Math.round(at - since)} ms`;
  console.log(`        lanes are seen ${after(lane, model.fannedOutAt)} after the first agent was asked,`);
  console.log(`        first words of the answer ${after(answer, model.answeringAt)} after the model's first token`);
}

function inChromium(name: string, talk: (chromium: Chromium, server: DevServer) => Promise<void>): Check {
  return {
    name: `in Chromium a page with useStream shows ${name}`,
    skipped: () => (findChromium() === undefined ? "there is none; CHROMIUM=/path/to/it names one" : undefined),
    async run(server) {
      const chromium = await Chromium.start(findChromium() ?? "");
      try {
        await talk(chromium, server);
      } finally {
        await chromium.close();
      }
    },
  };
}

export const browser: Check[] = [
  inChromium(
    "one bubble for each message: lanes at work, an answer as it is written, an edited message and what is asked after it, a new answer",
    conversation,
  ),
  inChromium("a plan that is rejected and approved, a tool that is, and one answer", approvals),
];
