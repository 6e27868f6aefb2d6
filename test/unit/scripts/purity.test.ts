import { describe, expect, it } from "vitest";
import { impuritiesOf } from "../../../scripts/check/purity.ts";

const found = (source: string): string[] => impuritiesOf(source).map(({ what }) => what);

describe("the purity check", () => {
  it.for([
    ["const at = Date.now();", "Date.now"],
    ["const at = new Date();", "new Date()"],
    ["const at = Date();", "Date()"],
    ["const n = Math.random();", "Math.random"],
    ["const key = process.env.KEY;", "process"],
    ["const { env } = process;", "process"],
    ["setTimeout(() => {}, 1);", "setTimeout"],
    ["const later = { setTimeout };", "setTimeout"],
    ["console.log(1);", "console"],
    ["const signal = AbortSignal.timeout(5);", "AbortSignal.timeout"],
    ['import { randomUUID as id } from "node:crypto";', "randomUUID"],
    ["const id = crypto.randomUUID();", "crypto.randomUUID"],
    ['const reply = await fetch("http://x");', "fetch"],
    ["const t = performance.now();", "performance"],
  ] as const)("finds %s", ([source, what]) => {
    expect(found(source)).toEqual([what]);
  });

  it.for([
    "const at = new Date(now).toISOString();",
    "const ms = Date.parse(text);",
    "const top = Math.max(1, 2);",
    "clock.setTimeout(1);",
    "const { process: one } = options;",
    "interface Port { fetch(url: string): void; console: string }",
    "function process(item: string): string { return item; }",
    "// Date.now() in a comment\nconst text = 'Math.random()';",
    "type Timer = typeof clock.sleep;",
  ])("leaves alone: %s", (source) => {
    expect(found(source)).toEqual([]);
  });

  it("finds a wait in what decides, and leaves the others theirs", () => {
    const source = "export const decide = async () => await facts();";
    expect(impuritiesOf(source, "engine/policy/plan/a.ts").map(({ what }) => what)).toEqual(["async", "await"]);
    expect(impuritiesOf(source, "engine/runtime/lanes/a.ts")).toEqual([]);
  });

  it("names the line", () => {
    expect(impuritiesOf("\n\nconst n = Math.random();")).toEqual([{ line: 3, what: "Math.random" }]);
  });
});
