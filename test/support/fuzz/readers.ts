/** The readers of what strangers send, and good inputs for each. */
import { AIMessage } from "@langchain/core/messages";
import { BrokenStreamError } from "../../../adapters/models/openai/error-facts.ts";
import { classifyError } from "../../../adapters/models/openai/classify-error.ts";
import { EventReader } from "../../../adapters/models/openai/completion-stream.ts";
import { inspectReply } from "../../../adapters/models/openai/inspect-reply.ts";
import { StreamedReply } from "../../../adapters/models/openai/streamed-reply.ts";
import { readSkill } from "../../../adapters/skills/read-skills.ts";
import { readAgents } from "../../../app/config/read-agents.ts";
import { parseData } from "../../../app/config/read-file.ts";
import { EMPTY_CHAIN, link } from "../../../engine/journal/chain.ts";
import { entryOf, SAMPLES } from "../journal-lines.ts";
import { foldRun } from "../../../engine/journal/run-view.ts";
import { readLines } from "../read-journal.ts";
import { planIn } from "../../../engine/policy/plan/meant-plan.ts";
import { replyMessage } from "../../../engine/policy/reply/reply-message.ts";
import { expandPlan } from "../../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../../engine/policy/plan/plan-shape.ts";
import { SwarmError } from "../../../state/errors.ts";
import type { JournalEntry, JournalKind, JournalLine } from "../../../engine/journal/events.ts";
import { understoodCalls } from "../../../tools/understand-calls.ts";
import type { Fuzzed } from "./mutate.ts";

function refusing(read: (input: string) => void): (input: string) => boolean {
  return (input) => {
    try {
      read(input);
      return true;
    } catch (error) {
      if (error instanceof SwarmError) return false;
      throw error;
    }
  };
}

const chunk = (delta: object, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const call = (args: string): object => ({
  tool_calls: [{ index: 0, id: "a", function: { name: "read", arguments: args } }],
});

const STREAM: Fuzzed = {
  name: "stream parser",
  samples: [
    `${chunk({ content: "<think>hm</think>Bees make " })}${chunk({ content: "honey." })}${chunk({}, "stop")}data: [DONE]\n\n`,
    `${chunk(call('{"path":'))}${chunk(call(' "a.md"}'))}${chunk({}, "tool_calls")}data: [DONE]\n\n`,
    chunk({ content: '<tool_call>{"name": "read", "arguments": {"path": "a.md"}}</tool_call>' }) + chunk({}, "stop"),
    chunk({ content: "<function=read><parameter=path>a.md</parameter></function>" }) + chunk({}, "stop"),
    chunk({ content: [{ type: "text", text: "Bees" }], reasoning_details: [{ text: "hm" }] }) + chunk({}, "length"),
    '{"choices":[{"message":{"content":"Bees."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}',
    'event: error\r\ndata: {"error":{"message":"no","code":429,"type":"rate_limit"}}\r\n\r\n',
    "<!doctype html><html><title>Gateway</title></html>",
  ],
  words: [
    ...[
      "data: ",
      "event: error\n",
      "[DONE]",
      "<think>",
      "</think>",
      "<tool_call>",
      "<invoke name=",
      "[TOOL_CALLS]",
      "```",
    ],
    ...[
      '"choices":',
      '"delta":',
      '"tool_calls":',
      '"error":',
      '"finish_reason":"error"',
      "<|tool_call_begin|>",
      "\\ud83d",
    ],
  ],
  read(input) {
    const events = new EventReader({});
    const reply = new StreamedReply({ keepsReasoning: true });
    let text = "";
    for (let from = 0; from < input.length; from += 97)
      for (const event of events.read(input.slice(from, from + 97))) text += reply.take(event);
    for (const event of events.end()) text += reply.take(event);
    if (events.failure !== undefined) {
      const signal = classifyError(new BrokenStreamError("the stream broke off", { cause: events.failure }));
      if (signal === undefined) throw new Error("a failure of a stream without a signal", { cause: events.failure });
      return false;
    }
    const message = understoodCalls(replyMessage(reply.last(text)), { granted: [], before: [], isResult: () => false });
    if (!AIMessage.isInstance(message) || !JSON.stringify(message.toDict()).isWellFormed())
      throw new Error("no message");
    for (const { args } of message.tool_calls ?? []) JSON.stringify(args);
    return inspectReply(message) === undefined;
  },
};

const PLAN = {
  task: "t",
  subtasks: [
    { id: "a", title: "A", instructions: "Look {{item}}", forEach: ["x", "y"], skills: ["research"], steps: 3 },
    {
      id: "b",
      instructions: "Sum",
      dependsOn: ["a"],
      expects: { type: "object", properties: { n: { type: "number" } } },
    },
    {
      id: "c",
      instructions: "Write",
      writes: ["report.md"],
      check: { matches: "^a+$", least: 3 },
      recovery: { server: [] },
    },
  ],
  artifacts: [{ name: "report.md", content: "# R" }],
  checks: [{ id: "k", artifact: "facts.json", schema: { type: "object" } }],
};

const PLANS: Fuzzed = {
  name: "plan reader",
  samples: [
    JSON.stringify(PLAN),
    `Here it is:\n\`\`\`json\n${JSON.stringify(PLAN, null, 1)}\n\`\`\`\nDone.`,
    JSON.stringify(PLAN.subtasks),
    '{"subtasks": [{"id": 1, "instructions": "look", "dependsOn": null}, {"id": 2, "depends_on": 1, "instructions": "x",}]}',
  ],
  words: [
    '"forEach":',
    '"dependsOn":',
    '"id":"a"',
    '"subtasks":',
    "{{item}}",
    '"expects":{"$ref":"#"}',
    '"documents"',
    "// x\n",
  ],
  read: refusing((input) => {
    const extracted = planIn(input);
    if (!extracted.ok) throw new SwarmError("PLAN_INVALID", extracted.problem);
    expandPlan(parsePlanFile(extracted.value), { task: "t", version: 1, expandDocuments: undefined });
  }),
};

const PROFILES: Fuzzed = {
  name: "profile reader",
  samples: [
    "agents:\n  - name: researcher\n    description: finds facts\n    skills: [research]\n    tools: [read_document]\n    maxSteps: 20\n",
    '{"agents": [{"name": "a", "description": "d", "kind": "human"}, {"name": "b", "description": "e", "model": "m"}]}',
    "- &x {name: one, description: d}\n- {<<: *x, name: two}\n",
  ],
  words: [
    "name: ",
    "agents:",
    "&a ",
    "*a",
    "<<: ",
    "!!js/function ",
    "? ",
    "|\n",
    "%YAML 1.1\n",
    "---\n",
    "kind: graph",
  ],
  read: refusing((input) => {
    const about = { what: "the agents", code: "AGENTS_INVALID" } as const;
    readAgents(parseData(input, { ...about, path: input.startsWith("{") ? "agents.json" : "agents.yaml" }));
  }),
};

const SKILLS: Fuzzed = {
  name: "skill reader",
  samples: [
    "---\nname: bee-keeping\ndescription: keeps bees\n---\n# Bees\n\nKeep them.\n",
    "---\r\nname: a\r\ndescription: >-\r\n  long\r\n  words\r\nmetadata: {x: 1}\r\n---\r\nBody\r\n",
  ],
  words: ["---\n", "name: ", "description: ", "&a ", "*a", "!!binary ", "|\n"],
  read: refusing((input) => void readSkill(input, "SKILL.md")),
};

function journalOf(count: number): string {
  const lines: JournalLine[] = [];
  const amounts = { steps: 1, inputTokens: 5, cachedInputTokens: 0, outputTokens: 2, usd: 0, modelCalls: 1 };
  const kinds = ["run-start", "reserve", "settle", "publish", "run-end"] as const;
  for (let index = 0; index < count; index += 1) {
    const kind = kinds[index % kinds.length] as JournalKind;
    const data = { id: `r${index}`, ...amounts, usage: amounts, accounts: ["a"], outcome: "done", key: `k${index}` };
    const facts = { run: "r", at: "2026-01-01T00:00:00.000Z" };
    lines.push(link(entryOf(kind, data, { subtask: "a", attempt: 1 }), lines.at(-1) ?? EMPTY_CHAIN, facts));
  }
  return lines.map((line) => JSON.stringify(line)).join("\n");
}

const JOURNALS: Fuzzed = {
  name: "journal reader",
  samples: [journalOf(1), journalOf(5), journalOf(12)],
  words: ['"seq":', '"hash":', '"prev":', '"data":null', "null\n", "[]\n", '"kind":"settle"', '"usage":'],
  read: refusing((input) => {
    const lines = readLines(input.split("\n"), "r");
    foldRun(lines);
  }),
};

/** Lines whose chain holds, with contents that nobody wrote: what a program of another release, or a forger, would leave. */
const CONTENTS: Fuzzed = {
  name: "journal contents",
  samples: journalOf(12)
    .split("\n")
    .map((line) => JSON.stringify((JSON.parse(line) as JournalLine).data)),
  words: ['"id":', '"usage":', '"steps":', '"outcome":', "null", "-1", "1e308", '"key":'],
  read: refusing((input) => {
    const data = parseData(input, { what: "data", path: "x.json", code: "JOURNAL_BROKEN" });
    const kinds = ["reserve", "settle", "publish", "run-end", "attempt-end", "resume", "interrupt", "write"] as const;
    const lines: JournalLine[] = [];
    for (const kind of kinds) {
      const said = typeof data === "object" ? { ...SAMPLES[kind], ...data } : data;
      const entry = { kind, subtask: "a", attempt: 1, data: said } as unknown as JournalEntry;
      lines.push(link(entry, lines.at(-1) ?? EMPTY_CHAIN, { run: "r", at: "2026-01-01T00:00:00.000Z" }));
    }
    foldRun(
      readLines(
        lines.map((line) => JSON.stringify(line)),
        "r",
      ),
    );
  }),
};

export const READERS: readonly Fuzzed[] = [STREAM, PLANS, PROFILES, SKILLS, JOURNALS, CONTENTS];
