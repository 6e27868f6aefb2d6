/** Several questions in one task, and tasks about a whole folder. */
import type { EvalCase } from "../eval-case.ts";

export const wholeTasks: readonly EvalCase[] = [
  {
    kind: "several",
    docs: ["node_modules"],
    task:
      "What is chardet for? Which Node version does commander need? Who is the author of yaml? " +
      "What is the purpose of the zod package?",
    facts: [
      /[Cc]haracter (encoding detector|detection module)/,
      /">=\d+.*" \[node_modules\/commander\/package\.json/,
      /Eemeli Aro/,
      /TypeScript-first/,
    ],
    mostCharacters: 2_000,
  },
  {
    kind: "several",
    docs: ["node_modules/smol-toml"],
    task: "Does smol-toml support TOML 1.1 and how are dates handled?",
    facts: [/spec-compliant with TOML v1\.1\.0/, /`Date` object by default/],
    noise: [/branch predictor/],
  },
  {
    kind: "several",
    docs: ["node_modules/commander"],
    task: "1. What is the licence?\n2. How do I make an option required?\n3. How do I show the help when an error occurs?",
    facts: [/"MIT"/, /\.requiredOption\(/, /showHelpAfterError/],
  },
  {
    kind: "summary",
    docs: ["docs/decisions"],
    task: "Summarise this folder",
    facts: [/0001-folder-direction\.md/, /0006-the-offline-engine\.md/, /chat model like any other/],
    mostCharacters: 25_000,
  },
  {
    kind: "summary",
    docs: ["node_modules/semver", "node_modules/p-retry"],
    task: "Give me an overview of these documents",
    facts: [/Retry a promise-returning or async function/, /semver\/README\.md/],
    noise: [/ops\/sec/],
  },
];
