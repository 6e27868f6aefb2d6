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
    docs: ["node_modules/commander", "node_modules/htmlparser2", "node_modules/canonicalize"],
    task: "Compare commander, htmlparser2 and canonicalize by purpose, licence, Node version and dependencies",
    facts: [/complete solution for node\.js command-line/, /JSON canonicalize function/, /"domelementtype"/, /">=\d/],
    items: ["commander", "htmlparser2", "canonicalize"],
  },
  {
    kind: "comparison",
    docs: ["node_modules"],
    task: "Compare chardet and htmlparser2: what is it for, which licence, which Node version does it need",
    facts: [/Character encoding detector/, /forgiving HTML\/XML parser/, /Licence \| "MIT".*\| "MIT"/, /">=20/],
    noise: [/Packed size/],
    items: ["chardet", "htmlparser2"],
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
