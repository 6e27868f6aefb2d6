/** The README and the guides hold what they say: links lead somewhere, commands parse, files are valid, programs run. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { commandLine } from "../../../app/cli/program.ts";
import { RunConfig } from "../../../app/config/run-config.ts";
import { parsePlanFile } from "../../../engine/policy/plan/plan-shape.ts";
import { ROOT } from "../../../scripts/launch/resolve-program.mjs";
import { AgentsFile } from "../../../state/agent-profile.ts";
import { readDecisions } from "../../../state/review.ts";

const PAGES = ["README.md", ...readdirSync(join(ROOT, "docs/guide")).map((name) => `docs/guide/${name}`)];
const RECORDS = readdirSync(join(ROOT, "docs/decisions")).map((name) => `docs/decisions/${name}`);

const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

interface Block {
  page: string;
  language: string;
  text: string;
}

function blocks(...languages: string[]): Block[] {
  return PAGES.flatMap((page) =>
    [...textOf(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
      .map(([, language = "", text = ""]) => ({ page, language, text }))
      .filter(({ language }) => languages.includes(language)),
  );
}

/** Command lines of a block, those that a line is continued with included; without prompt, comment, pipe and redirection. */
function commandsIn({ text }: Block): string[] {
  return text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .flatMap((line) => line.split(/ \| /))
    .map((line) =>
      line
        .replace(/^\$ /, "")
        .replace(/\s+#\s.*$/, "")
        .replace(/ > \S+$/, "")
        .trim(),
    )
    .map((line) => line.replace(/^(?:[A-Z_]+=\S+ )+/, "").replace(/^npm run (?:--silent )?glasshive -- /, "glasshive "))
    .map((line) => line.replace(/^node bin\/glasshive\.mjs /, "glasshive "))
    .filter((line) => line !== "");
}

/** As a shell splits it: spaces part words outside of quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ""));
}

/** What commander says where the words are not a command; undefined where they are one. */
function problemOf(args: string[]): string | undefined {
  const program = commandLine(() => undefined);
  const verbs = program.commands.flatMap((command) => [command, ...command.commands]);
  for (const command of [program, ...verbs]) {
    command.configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  }
  for (const command of verbs.filter(({ commands: inner }) => inner.length === 0)) command.action(() => undefined);
  try {
    program.parse(args, { from: "user" });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const commands = blocks("sh").flatMap((block) => commandsIn(block).map((line) => ({ page: block.page, line })));

it("the page on the architecture names files that are there", () => {
  const named = [...textOf("docs/architecture.md").matchAll(/`([a-z]+\/[\w./-]*)`/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

const programs = blocks("ts").map(({ page, text }, at) => ({ name: `${page}, program ${at + 1}`, text, at }));

/** Imports each program in a folder of its own, one after the other; says what came of each as a line of JSON. */
const DRIVER = `
import { join } from "node:path";
import { pathToFileURL } from "node:url";
const print = process.stdout.write.bind(process.stdout);
let said = {};
for (const stream of ["stdout", "stderr"])
  process[stream].write = (text) => ((said[stream] += text), true);
for (const folder of process.argv.slice(1)) {
  said = { stdout: "", stderr: "" };
  process.chdir(folder);
  try {
    await import(pathToFileURL(join(folder, "program.mts")).href);
  } catch (error) {
    said.error = String(error?.stack ?? error);
  }
  print(JSON.stringify(said) + "\\n");
}
`;

interface RanPrograms {
  /** Of each that was come to. */
  programs: { stdout?: string; stderr?: string; error?: string }[];
  /** Of the process that has run them all: null where it did not end by itself. */
  status: number | null;
  stderr: string;
}

/** In one process, which loads the library once. */
function runPrograms(): RanPrograms {
  const places = programs.map(({ text }) => {
    const place = mkdtempSync(join(tmpdir(), "glasshive-test-"));
    mkdirSync(join(place, "docs/decisions"), { recursive: true });
    writeFileSync(join(place, "docs/decisions/step.md"), "# Step\n\nA step is one model turn with its tool calls.\n");
    symlinkSync(join(ROOT, "node_modules"), join(place, "node_modules"));
    writeFileSync(
      join(place, "program.mts"),
      text.replaceAll('"glasshive"', JSON.stringify(join(ROOT, "app/index.ts"))),
    );
    return place;
  });
  const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", DRIVER];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, ...places], {
    encoding: "utf8",
    timeout: 170_000,
  });
  for (const place of places) rmSync(place, { recursive: true, force: true });
  const lines = stdout.split("\n").slice(0, -1);
  return { programs: lines.map((line) => JSON.parse(line) as RanPrograms["programs"][number]), status, stderr };
}

let ran: RanPrograms;
beforeAll(() => void (ran = runPrograms()), 180_000);

describe("the README and the guides", () => {
  it.each([...PAGES, ...RECORDS, "CHANGELOG.md"])("%s: each relative link leads to a file", (page) => {
    const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const broken = links
      .filter((target) => !/^(?:https?:|mailto:|#)/.test(target))
      .filter((target) => !existsSync(resolve(ROOT, dirname(page), target.replace(/#.*$/, ""))));
    expect(broken).toEqual([]);
  });

  it("write only commands, flags and verbs that exist", () => {
    const ours = commands.filter(({ line }) => line.startsWith("glasshive "));
    expect(ours.length).toBeGreaterThan(20);
    const refused = ours.map(({ page, line }) => ({ page, line, problem: problemOf(words(line).slice(1)) }));
    expect(refused.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });

  it("would be found out with a flag, a verb or a value that does not exist", () => {
    expect(problemOf(["run", "x", "--bogus"])).toMatch(/unknown option/);
    expect(problemOf(["fly", "x"])).toMatch(/unknown command/);
    expect(problemOf(["run", "x", "--max-steps", "many"])).toMatch(/expected a number/);
    expect(problemOf(["show"])).toMatch(/missing required argument/);
  });

  it("write only npm scripts that exist", () => {
    const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
    const named = commands.flatMap(({ line }) =>
      [...line.matchAll(/npm run (?:--silent )?([a-z]+)/g)].map(([, name]) => name),
    );
    expect(named).toContain("demo");
    expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ""))).toEqual([]);
  });

  it("show plans, answers, profiles and configurations that are valid", () => {
    for (const { text } of blocks("json")) {
      const value = JSON.parse(text) as Record<string, unknown>;
      expect(() => ("decisions" in value ? readDecisions(value, 1) : parsePlanFile(value))).not.toThrow();
    }
    const files = blocks("yaml").map(({ page, text }) => ({ page, value: parseYaml(text) as Record<string, unknown> }));
    const problems = files.map(({ page, value }) => {
      const schema = Array.isArray(value["agents"]) ? AgentsFile : RunConfig;
      return { page, issues: schema.safeParse(value).error?.issues ?? [] };
    });
    expect(problems.filter(({ issues }) => issues.length > 0)).toEqual([]);
  });

  it.each(programs.map(({ name }) => name))("%s runs as it stands", (name) => {
    const { at } = programs.find((program) => program.name === name)!;
    const { stdout, stderr, error } = ran.programs[at] ?? { error: `not come to: ${ran.stderr}` };
    expect({ stderr, error }).toEqual({ stderr: "", error: undefined });
    expect(stdout).toContain("complete");
  });

  it("show programs that leave nothing open", () => {
    expect(ran).toMatchObject({ status: 0, stderr: "" });
  });

  it("name only tests that exist", () => {
    const named = [...textOf("README.md").matchAll(/`?((?:test|bench)\/[\w./-]+\.ts)`?/g)].map(([, path = ""]) => path);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
