/** Questions with one answer, in one place. */
import type { EvalCase } from "../eval-case.ts";

const lookUp = (docs: string, task: string, rest: Omit<EvalCase, "kind" | "task" | "docs">): EvalCase => ({
  kind: "look-up",
  docs: [docs],
  task,
  ...rest,
});

export const lookUps: readonly EvalCase[] = [
  lookUp("node_modules/commander", "What does the option .requiredOption() do?", {
    facts: [/required \(mandatory\) option/, /must have a value after parsing/],
    noise: [/See the README/],
    mostCharacters: 1_500,
  }),
  lookUp("node_modules/commander", "How do I set a default value for an option?", {
    facts: [/default value for an option/, /'blue'/],
    mostCharacters: 1_500,
  }),
  lookUp("node_modules/lru-cache", "What does the ttlAutopurge option do?", {
    facts: [/preemptively deleted/, /unless.*\n?.*`ttlAutopurge` is enabled/],
    mostCharacters: 2_000,
  }),
  lookUp("node_modules/p-queue", "What is the default concurrency?", {
    facts: [/Default: `?Infinity/],
    mostCharacters: 1_500,
  }),
  lookUp("node_modules/ajv", "Which JSON Schema drafts does Ajv support?", {
    facts: [/draft-04\/06\/07\/2019-09\/2020-12/],
    noise: [/recursive references/, /unicode pairs/],
    mostCharacters: 2_000,
  }),
  lookUp("node_modules/fast-check", "What is property based testing?", {
    facts: [/check the truthfulness of properties/],
    noise: [/see tutorial/],
    mostCharacters: 1_500,
  }),
  lookUp("node_modules/langsmith", "How do I configure a timeout?", {
    facts: [/`timeout` option/, /timeout: 20 \* 1000/],
    mostCharacters: 1_500,
  }),
  lookUp("node_modules/mustache", "How do I render a list with mustache?", {
    facts: [/rendered once for each item in the list/],
    noise: [/npm install -g/],
    mostCharacters: 2_500,
  }),
  lookUp("node_modules/htmlparser2", "What does the option `decodeEntities` do?", {
    facts: [/Decode HTML entities/],
    mostCharacters: 1_500,
  }),
  lookUp("node_modules", "What is the default value of the minTimeout option of p-retry?", {
    facts: [/1000/, /p-retry\/readme\.md/],
    noise: [/langsmith/],
    mostCharacters: 1_500,
  }),
  lookUp("node_modules", "Which licence does undici have?", {
    facts: [/"MIT" \[node_modules\/undici\/package\.json:\d+\]/],
    mostCharacters: 500,
  }),
  lookUp("docs/decisions", "Why is the offline engine a chat model?", {
    facts: [/chat model like any other/, /without a key and without a network/],
    mostCharacters: 2_000,
  }),
  lookUp("node_modules/chalk", "How do I disable colors?", {
    facts: [/FORCE_COLOR=0|All colors disabled/],
    mostCharacters: 2_000,
  }),
  lookUp("node_modules/p-retry", "How do I abort retrying?", {
    facts: [/You can abort retrying using .*AbortController/, /signal: controller\.signal/],
  }),
  lookUp("node_modules/get-tsconfig", "What does getTsconfig return if no tsconfig is found?", {
    facts: [/Returns `null` if a config file cannot be found/],
    mostCharacters: 2_000,
  }),
  lookUp("node_modules/highlight.js", "How do I use highlight.js in Node.js?", {
    facts: [/hljs\.highlightAuto\(/],
    mostCharacters: 2_000,
  }),
  lookUp("node_modules/semver", "Explain how prerelease tags are handled", {
    facts: [/only be allowed to satisfy comparator sets/],
  }),
  lookUp("node_modules/tinybench", "How do I add an async task to a benchmark?", {
    facts: [/bench\.add\('asyncTask', async/],
  }),
  lookUp("node_modules/regexp-tree", "What does the optimizer do?", {
    facts: [/transforms your regexp into an _optimized_ version/],
    mostCharacters: 2_000,
  }),
  {
    kind: "no answer",
    docs: ["node_modules/p-queue", "docs/decisions"],
    task: "How does quantum entanglement work?",
    facts: [/^NOT FOUND|do not answer/],
    isUncited: true,
    mostCharacters: 400,
  },
];
