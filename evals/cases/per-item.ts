/** One row for each of many. */
import type { EvalCase } from "../eval-case.ts";

export const perItem: readonly EvalCase[] = [
  {
    kind: "per item",
    docs: ["node_modules/chardet", "node_modules/htmlparser2", "node_modules/yaml"],
    task: "For each package, give: purpose, author, number of dependencies, how it is used",
    facts: [/Character encoding detector/, /"Eemeli Aro/, /\| 4: "domelementtype"/, /chardet\.analyse\(/],
    items: ["chardet", "htmlparser2", "yaml"],
    rowForEach: "package.json",
  },
  {
    kind: "per item",
    docs: ["docs/decisions"],
    task: "For each decision: what was decided and why?",
    facts: [/What was decided \| Why/, /chat model like any other/],
    noise: [/not stated/],
    rowForEach: "*.md",
    mostCharacters: 40_000,
  },
  {
    kind: "per item",
    docs: ["node_modules"],
    task: "For each installed package: what is it for, which licence, which Node version does it need",
    facts: [
      /\*\*\d+ packages\.\*\*/,
      /Licence: MIT \(\d+\)/,
      /\| zod \| "TypeScript-first.*\| "MIT" \[.*\] \| not stated \|/,
      /\| lightningcss \|.*"MPL-2\.0"/,
      /\| commander \|.*">=\d+/,
    ],
    noise: [/See also:/],
    rowForEach: "package.json",
    mostCharacters: 200_000,
  },
];
