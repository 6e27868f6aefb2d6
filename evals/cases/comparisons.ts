/** Several things, side by side. */
import type { EvalCase } from "../eval-case.ts";

export const comparisons: readonly EvalCase[] = [
  {
    kind: "comparison",
    docs: ["node_modules"],
    task: "Compare zod, ajv and @cfworker/json-schema: licence, purpose, Node version",
    facts: [
      /Licence \| "MIT" \[node_modules\/zod\/package\.json:\d+\] \| "MIT" \[node_modules\/ajv\/package\.json:\d+\] \| "MIT"/,
      /TypeScript-first schema/,
      /Another JSON Schema Validator/,
      /Cloudflare workers/,
      /Node version \| not stated/,
    ],
    items: ["zod", "ajv", "@cfworker/json-schema"],
  },
  {
    kind: "comparison",
    docs: ["node_modules/commander", "node_modules/yargs", "node_modules/mri"],
    task: "Compare commander, yargs and mri by purpose, licence, Node version and dependencies",
    facts: [/complete solution for node\.js command-line/, /CLI flags and arguments/, /"yargs-parser"/, /">=\d/],
    items: ["commander", "yargs", "mri"],
  },
  {
    kind: "comparison",
    docs: ["node_modules"],
    task: "Compare picomatch and tinyglobby: what is it for, which licence, which Node version does it need",
    facts: [/accurate glob matcher/, /alternative to globby and fast-glob/, /Licence \| "MIT".*\| "MIT"/, /">=12/],
    noise: [/TypeScript definitions/],
    items: ["picomatch", "tinyglobby"],
  },
  {
    kind: "comparison",
    docs: ["node_modules/semver"],
    task: "What is the difference between a tilde range and a caret range?",
    facts: [/patch-level changes if a minor version is specified/, /left-most non-zero element/],
    noise: [/range\.replace/, /range-set ::=/],
    items: ["tilde range", "caret range"],
  },
  {
    kind: "comparison",
    docs: ["node_modules/publint", "node_modules/knip"],
    task: "What is the difference between publint and knip?",
    facts: [/Lint packaging errors/, /Find and fix unused dependencies/],
    noise: [/index-node\.js/, /pronounced/],
    items: ["publint", "knip"],
  },
  {
    kind: "comparison",
    docs: ["node_modules/fast-uri", "node_modules/semver"],
    task: "Compare fast-uri and semver by licence, author and number of dependencies",
    facts: [/"BSD-3-Clause"/, /"ISC"/, /"GitHub Inc\."/, /Number of dependencies \| not stated \| not stated/],
    noise: [/benchmark\/package\.json/],
    items: ["fast-uri", "semver"],
  },
];
