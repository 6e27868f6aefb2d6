import { describe, expect, it } from "vitest";
import { offlineReply } from "../../../../../adapters/models/offline/offline-chat-model.ts";
import type { DocumentOverview } from "../../../../../engine/ports/documents.ts";
import { BUILT_IN_AGENTS } from "../../../../../engine/policy/route/built-in-agents.ts";
import { parsePlanFile } from "../../../../../engine/policy/plan/plan-shape.ts";
import type { PlanFile } from "../../../../../state/plan.ts";

/** What the planner is shown of documents at these paths. */
function overviewOf(paths: readonly string[], collections: DocumentOverview["collections"] = []): DocumentOverview {
  const sample = paths.slice(0, 40).map((path) => ({ path, lines: 10, bytes: 1_000, heading: null }));
  return {
    files: paths.length,
    bytes: paths.length * 1_000,
    leftOut: [],
    ignored: 0,
    emptyRoots: [],
    collections,
    sample,
  };
}

/** The plan that the engine writes; it has passed the plan's own schema. */
async function planOf(task: string, documents?: DocumentOverview, ...objections: string[]): Promise<PlanFile> {
  const facts = { task, agents: BUILT_IN_AGENTS, documents, maxSubtasks: 4000, objections };
  const { text } = await offlineReply({ brief: { role: "planner", ...facts }, messages: [], tools: new Set() });
  return parsePlanFile(JSON.parse(text));
}

const PACKAGES = overviewOf(
  ["node_modules/a/package.json", "node_modules/b/package.json"],
  [{ glob: "**/package.json", manifest: "package.json", folders: 190, examples: ["a", "b", "c"] }],
);
const pagesIn = (folder: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${folder}/page-${at + 1}.md`);

describe("a task about each of many things", () => {
  it("becomes one lane for each folder that holds the manifest, with a column for each aspect", async () => {
    const task = "For each installed package: what is it for, which licence, which Node version does it need";
    const { subtasks } = await planOf(task, PACKAGES);
    expect(subtasks).toHaveLength(1);
    expect(subtasks[0]).toMatchObject({
      id: "each-package",
      forEach: { documents: "**/package.json", as: "folder" },
      tools: ["search_documents", "read_document"],
    });
    expect(subtasks[0]?.instructions).toContain("Work within {{item}}");
    expect(subtasks[0]?.expects).toMatchObject({
      required: ["item", "what_is_it_for", "licence", "node_version"],
      properties: { licence: { title: "Licence" }, node_version: { title: "Node version" } },
    });
  });

  it.each([
    "What is the licence of every package?",
    "Make a table of all packages with their licence",
    "The licence per package",
    "List for all packages the licence",
  ])("is recognised in other words: %s", async (task) => {
    const { subtasks } = await planOf(task, PACKAGES);
    expect(subtasks[0]?.forEach).toEqual({ documents: "**/package.json", as: "folder" });
    expect(subtasks[0]?.expects).toMatchObject({ required: ["item", "licence"] });
  });

  it("takes the items that the task lists", async () => {
    const { subtasks } = await planOf("What is the licence of each of zod, hono and vitest?", PACKAGES);
    expect(subtasks.map(({ forEach }) => forEach)).toEqual([["zod", "hono", "vitest"]]);
  });

  it("takes the folders themselves where they are too few for a collection", async () => {
    const documents = overviewOf(["lib/mri/package.json", "lib/sade/package.json", "lib/sade/deep/package.json"]);
    const { subtasks } = await planOf("For each package: the licence", documents);
    expect(subtasks[0]?.forEach).toEqual(["lib/mri", "lib/sade"]);
  });

  it("takes the outermost folders, also where a deeper name is more frequent", async () => {
    const inside = ["package.json", "dist/index.js", "lib/index.js"];
    const paths = ["a", "b"].flatMap((folder) => inside.map((file) => `node_modules/${folder}/${file}`));
    const { subtasks } = await planOf("For each package: which licence", overviewOf(paths));
    expect(subtasks[0]?.forEach).toEqual(["node_modules/a", "node_modules/b"]);
  });

  it("goes over files where the things are documents", async () => {
    const documents = overviewOf(["docs/decisions/0001.md", "docs/decisions/0002.md"]);
    const decisions = (await planOf("For each decision: what was decided and why?", documents)).subtasks[0];
    expect(decisions?.forEach).toEqual({ documents: "**/decisions/**", as: "file" });
    expect(decisions?.expects).toMatchObject({ required: ["item", "what_was_decided", "why"] });
    const pages = (await planOf("For each page: its title", documents)).subtasks[0];
    expect(pages?.forEach).toEqual({ documents: "**/*.md", as: "file" });
  });

  it("stays below the folder that the task names, and drops it where that matched nothing", async () => {
    const task = "For each package in the @types folder: the licence";
    const [first, second] = [await planOf(task, PACKAGES), await planOf(task, PACKAGES, "no document matches")];
    expect(first.subtasks[0]?.forEach).toMatchObject({ documents: "**/@types/**/package.json" });
    expect(second.subtasks[0]?.forEach).toMatchObject({ documents: "**/package.json" });
  });

  it("is not seen in a question for a way", async () => {
    const { subtasks } = await planOf("How do I validate each package?", PACKAGES);
    expect(subtasks.map(({ forEach }) => forEach)).toEqual([undefined]);
  });
});

describe("a comparison", () => {
  it.each([
    [
      "Compare A1, B2 and C3: licence, purpose, Node version",
      ["A1", "B2", "C3"],
      ["licence", "purpose", "node_version"],
    ],
    ["Compare A1, B2 and C3 by licence and size", ["A1", "B2", "C3"], ["licence", "size"]],
  ])("by aspects has a lane for each thing: %s", async (task, things, aspects) => {
    const { subtasks } = await planOf(task, overviewOf(pagesIn("docs", 3)));
    expect(subtasks.map(({ id }) => id)).toEqual(["thing"]);
    expect(subtasks[0]?.forEach).toEqual(things);
    expect(subtasks[0]?.expects).toMatchObject({ required: ["item", ...aspects] });
  });
});

describe("how two things differ", () => {
  it.each(["What is the difference between A1 and B2?", "How does A1 relate to B2?"])(
    "is a question: %s",
    async (task) => {
      const { subtasks } = await planOf(task, overviewOf(pagesIn("docs", 3)));
      expect(subtasks.map(({ title, forEach }) => [title, forEach])).toEqual([[task, undefined]]);
    },
  );
});

describe("several questions", () => {
  it("get a lane each", async () => {
    const task = "What does picomatch do? How do I call it? Which licence does hono have?";
    const titles = (await planOf(task)).subtasks.map(({ title }) => title);
    expect(titles).toEqual([
      "What does picomatch do?",
      "How do I call it? (What does picomatch do)",
      "Which licence does hono have?",
    ]);
  });

  it("are parted at an `and`, and keep the name that the sentence is about", async () => {
    const titles = (await planOf("Does smol-toml support TOML 1.1 and how are dates handled?")).subtasks.map(
      ({ title }) => title,
    );
    expect(titles).toEqual(["Does smol-toml support TOML 1.1?", "How are dates handled (smol-toml)?"]);
  });

  it("may stand in a list, with ids that are unique", async () => {
    const { subtasks } = await planOf("1. What is the limit?\n2. What is the limit?\n3. Explain the cache.");
    expect(subtasks).toHaveLength(3);
    expect(new Set(subtasks.map(({ id }) => id)).size).toBe(3);
  });
});

describe("a whole folder", () => {
  it("is summarised document by document, without licences and change logs", async () => {
    const documents = overviewOf(["docs/a.md", "docs/b.md", "docs/CHANGELOG.md", "docs/LICENSE.md"]);
    const { subtasks } = await planOf("Summarise this folder", documents);
    expect(subtasks[0]?.forEach).toEqual(["docs/a.md", "docs/b.md"]);
    expect(subtasks[0]?.instructions).toMatch(/in at most 4 sentences/);
  });

  it("of many documents is asked folder by folder where the question is about all of it", async () => {
    const documents = overviewOf([...pagesIn("docs/a", 15), ...pagesIn("docs/b", 15), ...pagesIn("docs/c", 15)]);
    const { subtasks } = await planOf("Which of the pages mention a deadline anywhere?", documents);
    expect(subtasks).toHaveLength(2);
    expect(subtasks[1]?.forEach).toEqual(["docs/a", "docs/b", "docs/c"]);
    expect(subtasks[1]?.instructions).toContain("Work within {{item}}");
  });
});

describe("anything else", () => {
  it("is one subtask with the task as it is", async () => {
    const { subtasks } = await planOf("the deadline of a run", PACKAGES);
    expect(subtasks).toMatchObject([{ instructions: "the deadline of a run", dependsOn: [] }]);
    expect(subtasks[0]?.forEach).toBeUndefined();
  });

  it("asks for no tools where there are no documents", async () => {
    expect((await planOf("What is the limit?")).subtasks[0]?.tools).toEqual([]);
  });

  it("grows plainer with each objection", async () => {
    const task = "For each package: the licence. What is the limit?";
    const [first, second, third] = [
      await planOf(task, PACKAGES),
      await planOf(task, PACKAGES, "no"),
      await planOf(task, PACKAGES, "no", "no"),
    ];
    expect(first.subtasks[0]?.forEach).toBeDefined();
    expect(second.subtasks.map(({ forEach }) => forEach)).toEqual(second.subtasks.map(() => undefined));
    expect(third.subtasks).toMatchObject([{ instructions: task }]);
  });
});
