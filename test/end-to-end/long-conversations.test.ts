/** Lanes whose conversation is longer than their model's window, against a server that refuses prompts above its own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JournalLine } from "../../engine/journal/events.ts";
import type { ModelCall } from "../support/model-server/call.ts";
import { textOf } from "../support/model-server/call.ts";
import { byRole, limitedWindow, synthesizerAnswer, type Behaviour, type Reply } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Tokens; the server takes four bytes for one. */
const WINDOW = 8000;
const LIMITS = { modelLimits: { m: { contextWindow: WINDOW, maxOutputTokens: 1000 } } };
const PAGES = 24;
const PLAN = {
  task: "Read all pages.",
  subtasks: [{ id: "read", title: "Read", instructions: "Read every page, then say what is on the last." }],
};

interface Played {
  pageLines?: number;
  /** Of the server, in tokens. */
  window?: number;
  /** That the lane may take. */
  turns?: number;
}

async function play(agent: Behaviour, config: object, { pageLines = 45, window = WINDOW, turns = 60 }: Played = {}) {
  const within = byRole({ agent, synthesizer: synthesizerAnswer() });
  const server = await serve(limitedWindow(4 * (window - 1000), within), { keepBodies: true });
  const home = temporaryFolder();
  mkdirSync(join(home, "docs"));
  for (let page = 0; page < PAGES; page += 1) {
    const lines = Array.from(
      { length: pageLines },
      (_, line) => `page ${page} line ${line}: the bridge was built by masons of the valley, and held.`,
    );
    writeFileSync(join(home, "docs", `page-${page}.md`), `${lines.join("\n")}\n`);
  }
  const plan = { ...PLAN, subtasks: PLAN.subtasks.map((subtask) => ({ ...subtask, steps: turns })) };
  writeFileSync(join(home, "plan.json"), JSON.stringify(plan));
  writeFileSync(join(home, "config.json"), JSON.stringify(config));
  const given = ["--plan", "plan.json", "--config", "config.json", "--docs", "docs", "--home", home, "--json"];
  const outcome = await commandHere(["run", ...given, "--model", "m", "--base-url", server.url], { cwd: home });
  const result = resultOf(outcome);
  const journal = readJournalFile(home, result.runId);
  return { home, result, server, journal, compactions: journal.filter(({ kind }) => kind === "compact") };
}

const isSummary = (call: ModelCall): boolean =>
  call.messages.some((message) => textOf(message).includes("\n<conversation>"));

/** Reads one page after the other, whatever the conversation still shows of it; `summary`: what it says when it is asked for one. */
function reader(summary: Reply): { behaviour: Behaviour; prompts: ModelCall[] } {
  let page = 0;
  const prompts: ModelCall[] = [];
  const behaviour: Behaviour = (call) => {
    prompts.push(call);
    if (isSummary(call)) return summary;
    if (page === PAGES) return { content: "All pages are read [docs/page-0.md:1]." };
    page += 1;
    return { toolCalls: [{ name: "read_document", args: { path: `docs/page-${page - 1}.md` }, id: `read:${page}` }] };
  };
  return { behaviour, prompts };
}

const steps = (journal: readonly JournalLine[]): number => journal.filter(({ kind }) => kind === "model-call").length;

describe("a lane of more turns than its window holds", () => {
  it("is compacted before it overflows, seldom, and finishes", async () => {
    const { behaviour, prompts } = reader({ content: "SUMMARY: the pages read so far speak of bridges." });
    const { result, server, compactions } = await play(behaviour, LIMITS);
    expect(result.subtasks[0]).toMatchObject({
      outcome: "done",
      attempts: 1,
      output: "All pages are read [docs/page-0.md:1].",
    });
    expect(server.records().map(({ status }) => status)).not.toContain(400);
    expect(server.stats().unexpected).toEqual([]);
    expect(compactions.length).toBeGreaterThanOrEqual(2);
    expect(compactions.length).toBeLessThan(PAGES / 2);
    for (const { data } of compactions) {
      expect(data).toMatchObject({ reason: "near the limit" });
      expect(Number(data["afterTokens"])).toBeLessThan(0.75 * Number(data["beforeTokens"]));
    }
    const last = prompts.findLast((call) => call.role === "agent" && !isSummary(call));
    expect(textOf(last!.messages[1]!)).toContain("Read every page");
    // Turns go out as they came but for the bites: every other request begins with the one before.
    const bodies = server
      .bodies()
      .filter((_, index) => server.records()[index]?.subtask === "read" && !isSummary(prompts[index]!));
    const broken = bodies.slice(1).filter((body, index) => {
      const before = bodies[index]!;
      return !body.startsWith(before.slice(0, before.lastIndexOf("}]")));
    });
    expect(broken).toHaveLength(compactions.length);
  }, 60_000);

  it("gets a summary of its older turns from the model, counted as a step", async () => {
    const { behaviour, prompts } = reader({ content: "SUMMARY: bridges." });
    // References alone do not do where each turn says much itself.
    const wordy: Behaviour = (call) => {
      const reply = behaviour(call);
      return reply.toolCalls === undefined ? reply : { ...reply, content: "I think about bridges. ".repeat(60) };
    };
    const { result, compactions, journal } = await play(wordy, LIMITS, { pageLines: 4 });
    expect(result.subtasks[0]?.outcome).toBe("done");
    const summaries = compactions.filter(({ data }) => data["by"] === "summary");
    expect(summaries.length).toBeGreaterThanOrEqual(1);
    expect(prompts.filter(isSummary)).toHaveLength(summaries.length);
    expect(
      prompts.some(
        (call) =>
          !isSummary(call) &&
          call.messages.some((message) => /<earlier turns="\d+">[^]*SUMMARY: bridges/.test(textOf(message))),
      ),
    ).toBe(true);
    expect(result.subtasks[0]?.steps).toBe(PAGES + 1 + summaries.length);
    expect(result.usage.modelCalls).toBe(steps(journal));
  }, 60_000);

  it("goes on with an outline where the model gives no summary", async () => {
    const { behaviour, prompts } = reader({ status: 500 });
    const wordy: Behaviour = (call) => {
      const reply = behaviour(call);
      return reply.toolCalls === undefined ? reply : { ...reply, content: "I think about bridges. ".repeat(60) };
    };
    const { result, compactions } = await play(wordy, LIMITS, { pageLines: 4 });
    expect(result.subtasks[0]?.outcome).toBe("done");
    expect(compactions.map(({ data }) => data["by"])).toContain("outline");
    expect(
      prompts.some((call) => call.messages.some((message) => textOf(message).includes("You called read_document"))),
    ).toBe(true);
  }, 60_000);

  it("is compacted when the provider says that it overflows, where nobody knew the window", async () => {
    const { behaviour } = reader({ content: "SUMMARY: bridges." });
    const { result, server, journal, compactions } = await play(behaviour, {});
    expect(result.subtasks[0]).toMatchObject({ outcome: "done", attempts: 1 });
    const refused = server.records().filter(({ status }) => status === 400).length;
    expect(refused).toBeGreaterThanOrEqual(2);
    expect(compactions.map(({ data }) => data["reason"])).toEqual(Array.from({ length: refused }, () => "overflow"));
    const actions = journal.filter(({ kind }) => kind === "recovery").map(({ data }) => data["action"]);
    expect(new Set(actions)).toEqual(new Set(["compact"]));
  }, 60_000);

  it("is not compacted where nothing can be taken out of it: the policy's next action follows at once", async () => {
    const body = { error: { message: "maximum context length is 10 tokens", code: "context_length_exceeded" } };
    let turn = 0;
    const behaviour: Behaviour = () => {
      turn += 1;
      if (turn > 4) return { status: 400, body };
      return { toolCalls: [{ name: "search_documents", args: { query: `nowhere${turn}` } }] };
    };
    const { result, journal } = await play(behaviour, { recovery: { "context-overflow": [{ do: "compact" }] } });
    expect(result.subtasks[0]).toMatchObject({ outcome: "failed", attempts: 1 });
    const actions = journal.filter(({ kind }) => kind === "recovery").map(({ data }) => data["action"]);
    expect(actions).toEqual(["give-up"]);
  }, 60_000);
});

describe("a lane whose window would hold all of a long conversation", () => {
  const WIDE = { modelLimits: { m: { contextWindow: 200_000, maxOutputTokens: 1000 } } };
  const LONG = { pageLines: 190, window: 40 * WINDOW };
  const NOTICE = /write down beside your next call/;
  const isTold = (call: ModelCall): boolean => call.messages.some((message) => NOTICE.test(textOf(message)));

  /** Notes what it is told to note, and answers from its notes. */
  function noting(): { behaviour: Behaviour; prompts: ModelCall[] } {
    const { behaviour: read, prompts } = reader({ status: 500 });
    const behaviour: Behaviour = (call) => {
      const reply = read(call);
      if (!isTold(call)) return reply;
      const found = /page 0 line 0: the bridge was built/.exec(call.messages.map(textOf).join("\n"))?.[0] ?? "nothing";
      return { ...reply, content: `Noted: "${found}" [docs/page-0.md:1].` };
    };
    return { behaviour, prompts };
  }

  it("writes down what it needs of old answers before they are cleared, seldom, and without a further step", async () => {
    const { behaviour, prompts } = noting();
    const { home, result, compactions, journal } = await play(behaviour, WIDE, LONG);
    expect(result.subtasks[0]).toMatchObject({ outcome: "done", attempts: 1, steps: PAGES + 1 });
    expect(steps(journal)).toBe(result.usage.modelCalls);
    expect(compactions.map(({ data }) => data["reason"])).toEqual(["old answers", "old answers"]);
    expect(prompts.filter(isTold)).toHaveLength(2);
    const last = prompts.findLast((call) => call.role === "agent")!;
    const texts = last.messages.map(textOf);
    expect(texts.join("\n")).toContain('Noted: "page 0 line 0: the bridge was built" [docs/page-0.md:1].');
    expect(
      texts.filter((text) => /\[cut: \d+ more characters; go on with read_result /.test(text)).length,
    ).toBeGreaterThan(10);
    for (const words of [["replay"], ["audit", "verify"]])
      expect((await commandHere([...words, result.runId, "--home", home], { cwd: home })).code).toBe(0);
    // The newest pages are there to the last line.
    expect(texts.join("\n")).toContain(`page ${PAGES - 1} line 189:`);
    for (const { data } of compactions)
      expect(Number(data["afterTokens"])).toBeLessThan(0.6 * Number(data["beforeTokens"]));
  }, 60_000);

  it("is told nothing of it where few turns are left to it", async () => {
    const { behaviour, prompts } = noting();
    const { result, compactions } = await play(behaviour, WIDE, { ...LONG, turns: 14 });
    expect(result.subtasks[0]?.outcome).not.toBe("done");
    expect(compactions).toEqual([]);
    expect(prompts.some(isTold)).toBe(false);
  }, 60_000);
});

it("a tool answer that is longer than the window allows can be read on, to its end", async () => {
  const seen: string[] = [];
  const agent: Behaviour = (call) => {
    const last = textOf(call.messages.at(-1)!);
    if (call.turn === 0) return { toolCalls: [{ name: "read_document", args: { path: "docs/page-0.md" } }] };
    seen.push(last);
    const next = /\[cut: \d+ more characters; go on with read_result (\{.*\})\]$/.exec(last)?.[1];
    if (next === undefined) return { content: "read to the end" };
    return { toolCalls: [{ name: "read_result", args: JSON.parse(next) as Record<string, unknown> }] };
  };
  const { result, server } = await play(agent, LIMITS, { pageLines: 170 });
  expect(result.subtasks[0]).toMatchObject({ outcome: "done", output: "read to the end" });
  expect(server.records().map(({ status }) => status)).not.toContain(400);
  expect(seen.length).toBeGreaterThanOrEqual(2);
  const whole = seen.map((part) => part.replace(/\n\[cut: [^\n]*\]$/, "")).join("");
  for (let line = 0; line < 170; line += 1)
    expect(whole).toContain(`page 0 line ${line}: the bridge was built by masons`);
}, 60_000);
