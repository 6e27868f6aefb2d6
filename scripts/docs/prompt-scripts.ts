/** What is asked in the runs behind `docs/generated/prompts.md`, and what their models answer. */
import type { Reply } from "../../test/support/model-server/index.ts";
import type { PromptRun } from "./prompt-runs.ts";

const say = (content: string): Reply => ({ content });
const call = (name: string, args: Record<string, unknown>): Reply => ({ toolCalls: [{ name, args }] });
const planned = (subtasks: readonly object[]): Reply => say(JSON.stringify({ subtasks }));

const NORTH = `# North Parcels

Parcels are collected on weekdays.

## Prices

Up to 2 kg a parcel costs 4.90 EUR.
Up to 5 kg it costs 7.20 EUR, and an island adds 3 EUR.
`;
const SOUTH = `# South Post

## What it costs

A parcel of up to 10 kg costs 6.80 EUR.
`;

/** Research over documents: two look-ups, and a comparison as JSON that builds on them. */
export const DOCUMENTS_RUN: PromptRun = {
  args: ["Which of the two carriers is cheaper for a parcel of 3 kg?", "--docs", "carriers", "--concurrency", "1"],
  files: { "carriers/north.md": NORTH, "carriers/south.md": SOUTH },
  coordinator: {
    planner: [
      planned([
        { id: "north", title: "North's price", instructions: "What does North charge for 3 kg?", skills: ["research"] },
        { id: "south", title: "South's price", instructions: "What does South charge for 3 kg?", skills: ["research"] },
        {
          ...{ id: "compare", title: "The cheaper one", skills: ["comparison"], dependsOn: ["north", "south"] },
          instructions: "Which carrier is cheaper for 3 kg, and by how much?",
          expects: {
            type: "object",
            properties: { cheaper: { type: "string" }, by: { type: "string" } },
            required: ["cheaper"],
          },
        },
      ]),
    ],
    synthesizer: [
      say(
        'South Post is cheaper: "A parcel of up to 10 kg costs 6.80 EUR." [carriers/south.md:5], North "Up to 5 kg it costs 7.20 EUR" [carriers/north.md:8].',
      ),
    ],
  },
  lanes: {
    north: [
      call("search_documents", { query: "price parcel kg" }),
      call("search_documents", { query: "parcel kg costs EUR", limits: 3 }),
      call("search_documents", { query: "parcel costs EUR" }),
      call("read_document", { path: "carriers/north.md" }),
      say('North charges 7.20 EUR: "Up to 5 kg it costs 7.20 EUR" [carriers/north.md:8]'),
    ],
    south: [
      call("read_document", { path: "carriers/south.md" }),
      say('South charges 6.80 EUR: "A parcel of up to 10 kg costs 6.80 EUR." [carriers/south.md:5]'),
    ],
    compare: [say('{ "cheaper": "South", "by": "0.40 EUR" }')],
  },
};

/** A question about a run that has answered one. */
export const FOLLOW_UP_RUN: PromptRun = {
  asksAbout: ["How much does a parcel of up to 2 kg cost at North Parcels?", "--docs", "carriers"],
  args: ["And what about South?", "--concurrency", "1"],
  files: { "carriers/north.md": NORTH, "carriers/south.md": SOUTH },
  coordinator: {
    planner: [planned([{ id: "south", instructions: "What does South charge for up to 2 kg?", skills: ["research"] }])],
    synthesizer: [say('"A parcel of up to 10 kg costs 6.80 EUR." [carriers/south.md:5]')],
  },
  lanes: { south: [say('"A parcel of up to 10 kg costs 6.80 EUR." [carriers/south.md:5]')] },
};

/** A text to be written from what the model knows. */
export const LETTER_RUN: PromptRun = {
  args: [
    "Write a short letter that welcomes new members of a chess club, and a subject line for it.",
    "--concurrency",
    "1",
  ],
  coordinator: {
    planner: [
      planned([
        { id: "letter", title: "The letter", instructions: "Write the letter.", skills: ["writing"] },
        {
          id: "subject",
          title: "The subject",
          instructions: "Write a subject line.",
          skills: ["writing"],
          dependsOn: ["letter"],
        },
      ]),
    ],
    synthesizer: [say("Welcome to the club!")],
  },
  lanes: { letter: [say("Dear member, welcome.")], subject: [say("Welcome")] },
};

const GUIDE = "# Guide\n\nPosting a parcel.\n\n## Prices\n\nTo be written.\n\n## Hours\n\nTo be written.\n";

/** Two writers on the same artifacts, who clash once, and a reader. */
export const ARTIFACTS_RUN: PromptRun = {
  args: ["--plan", "plan.json", "--concurrency", "2"],
  files: {
    "plan.json": {
      task: "Write a guide to posting parcels.",
      artifacts: [
        { name: "guide.md", content: GUIDE, policy: "arbiter" },
        { name: "prices.json", content: '{"currency":"EUR"}' },
        { name: "sources.jsonl", key: "url" },
      ],
      subtasks: [
        {
          id: "prices",
          instructions: "Write the section Prices.",
          writes: ["guide.md", "prices.json", "sources.jsonl"],
        },
        { id: "hours", instructions: "Write the section Hours.", writes: ["guide.md"] },
        { id: "proof", instructions: "Find what is wrong.", reads: ["guide.md"], dependsOn: ["prices", "hours"] },
      ],
      checks: [
        { id: "prices", artifact: "prices.json", schema: { type: "object", required: ["currency", "north"] } },
        { id: "tone", artifacts: ["guide.md"], predicate: "The guide has no open places." },
      ],
    },
  },
  coordinator: {
    arbiter: [say(JSON.stringify({ take: "incoming", reason: "it says more" }))],
    judge: [say("HOLDS: each section says something.")],
    synthesizer: [say("The guide is written.")],
  },
  lanes: {
    prices: [
      { ...call("read_artifact", { name: "guide.md" }), after: "hours/0" },
      {
        ...call("append_artifact", { name: "sources.jsonl", content: [{ url: "a", title: "North" }] }),
        after: "hours/2",
      },
      call("patch_artifact", {
        name: "guide.md",
        edits: [{ find: "Posting a parcel.", replace: "How to post a parcel." }],
      }),
      call("patch_artifact", { name: "prices.json", merge: { north: 7.2 } }),
      say("The section on prices is written."),
    ],
    hours: [
      call("read_artifact", { name: "guide.md" }),
      {
        ...call("patch_artifact", {
          name: "guide.md",
          edits: [{ find: "Posting a parcel.", replace: "Posting parcels." }],
        }),
        after: "prices/1",
      },
      say("The section on hours is written."),
    ],
    proof: [say("Nothing is wrong.")],
  },
};
