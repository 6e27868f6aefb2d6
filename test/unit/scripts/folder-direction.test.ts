import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from "dependency-cruiser";
import { afterEach, describe, expect, it } from "vitest";
import { ROOT } from "../../../scripts/launch/resolve-program.mjs";

type Config = IFlattenedRuleSet & { options: ICruiseOptions };
const config = createRequire(import.meta.url)(join(ROOT, ".dependency-cruiser.cjs")) as Config;

let folder: string | undefined;
afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
});

/** The names of the rules that a small tree of files breaks, but for orphans, which small trees are full of. */
async function brokenRules(files: Record<string, string>): Promise<string[]> {
  folder = mkdtempSync(join(tmpdir(), "glasshive-direction-"));
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), source);
  }
  const { options, ...ruleSet } = config;
  const { tsConfig: _ours, ...rest } = options;
  const { output } = await cruise(["."], { ...rest, ruleSet, validate: true, baseDir: folder });
  const names = (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
  return [...new Set(names)].filter((name) => name !== "no-orphans").toSorted();
}

const imports = (...paths: string[]): string =>
  paths.map((path, index) => `import { thing as t${index} } from "${path}";`).join("\n") +
  "\nexport const thing = 1;\n";

describe("the folder direction", () => {
  it("lets the right import the left", async () => {
    const files = {
      "state/a.ts": imports(),
      "engine/b.ts": imports("../state/a.ts", "node:crypto"),
      "tools/c.ts": imports("../engine/b.ts"),
      "nodes/d.ts": imports("../tools/c.ts", "../engine/b.ts"),
      "graphs/e.ts": imports("../nodes/d.ts"),
      "adapters/f.ts": imports("../engine/b.ts", "node:fs"),
      "app/g.ts": imports("../graphs/e.ts", "../adapters/f.ts", "node:process"),
      "test/h.ts": imports("../nodes/d.ts", "../adapters/f.ts", "../app/g.ts"),
    };
    expect(await brokenRules(files)).toEqual([]);
  });

  it.for([
    ["state/a.ts", "engine/x.ts", "direction-state"],
    ["engine/a.ts", "nodes/x.ts", "direction-engine"],
    ["tools/a.ts", "graphs/x.ts", "direction-tools"],
    ["nodes/a.ts", "app/x.ts", "direction-nodes"],
    ["nodes/a.ts", "adapters/x.ts", "direction-nodes"],
    ["graphs/a.ts", "adapters/x.ts", "direction-graphs"],
    ["adapters/a.ts", "app/x.ts", "direction-adapters"],
    ["app/a.ts", "test/x.ts", "direction-app"],
    ["nodes/a.ts", "nodes/x.ts", "nodes-apart"],
    ["engine/policy/a.ts", "engine/runtime/x.ts", "engine-policy"],
    ["engine/policy/a.ts", "engine/ports/clock.ts", "policy-decides"],
    ["engine/journal/a.ts", "engine/policy/x.ts", "engine-journal"],
    ["engine/ports/a.ts", "engine/journal/x.ts", "engine-ports"],
  ] as const)("catches %s importing %s", async ([from, to, rule]) => {
    const path = relative(dirname(from), to);
    const files = { [from]: imports(path.startsWith(".") ? path : `./${path}`), [to]: imports() };
    expect(await brokenRules(files)).toEqual([rule]);
  });

  it("catches an import of a type alone", async () => {
    const files = {
      "state/a.ts": 'import type { T } from "../engine/b.ts";\nexport type A = T;\n',
      "engine/b.ts": "export type T = string;\n",
    };
    expect(await brokenRules(files)).toEqual(["direction-state"]);
  });

  it.for(["node:fs", "node:child_process", "fs", "node:timers/promises", "node:http"])(
    "catches a pure folder that imports %s",
    async (module) => {
      expect(await brokenRules({ "engine/a.ts": imports(module) })).toEqual(["pure-of-the-machine"]);
    },
  );

  it("catches a cycle", async () => {
    const files = { "engine/a.ts": imports("./b.ts"), "engine/b.ts": imports("./a.ts") };
    expect(await brokenRules(files)).toEqual(["no-cycles"]);
  });
});
