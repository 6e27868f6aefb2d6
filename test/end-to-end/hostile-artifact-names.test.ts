/** Names that would lead out of the run's folder, or that are no names: one clear line, from wherever they come. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { artifactRun, completed, RUN, say, told } from "../support/artifact-run.ts";
import { commandHere } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const HOSTILE = [
  ...[
    "../x",
    "/etc/x",
    "a/../b",
    "a/./b",
    ".hidden",
    "a/.b",
    "a//b",
    "a/",
    "",
    " ",
    "a.",
    "a /b",
    "a\\b",
    "C:x",
    "~/x",
  ],
  ...["a\nb", "a\u0000b", "a\u001b[31m", "a\u202eb", "e\u0301", "\u212b", "x".repeat(10_000), "*", "a/*/b"],
];

const shown = (name: string): string => JSON.stringify(name.slice(0, 40));

/** All files below a folder. */
const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String).toSorted();

describe("from a plan", () => {
  const places = {
    writes: (name: string) => ({ subtasks: [{ id: "s", instructions: "x", writes: [name] }] }),
    reads: (name: string) => ({ subtasks: [{ id: "s", instructions: "x", reads: [name] }] }),
    artifacts: (name: string) => ({ artifacts: [{ name }], subtasks: [{ id: "s", instructions: "x" }] }),
    forEach: (name: string) => ({
      subtasks: [{ id: "s", instructions: "x", forEach: [name === "" ? "\n" : name], writes: ["out/{{item}}"] }],
    }),
  };
  // What an item may be inside a folder: it is only the whole that has to be a name.
  const fitsInside = new Set(["/etc/x"]);

  it.each(Object.keys(places) as (keyof typeof places)[])(
    "(%s) each is refused with one line and exit 2",
    async (place) => {
      const folder = temporaryFolder();
      const file = join(folder, "plan.json");
      // Some are names of the whole: one process tells of the first that is none, so each goes on its own.
      for (const name of place === "writes" ? HOSTILE : HOSTILE.filter((_, index) => index % 6 === 0)) {
        if (place === "forEach" && fitsInside.has(name)) continue;
        writeFileSync(file, JSON.stringify({ task: "t", ...places[place](name) }));
        const { code, stderr, stdout } = await commandHere([
          "run",
          "--plan",
          file,
          "--home",
          join(folder, "home"),
          "--json",
        ]);
        expect({ name: shown(name), code, stdout, lines: stderr.trim().split("\n").length }).toEqual({
          ...{ name: shown(name), code: 2, stdout: "", lines: 1 },
        });
        expect(stderr).toMatch(/the plan is not valid: .*must /);
        expect(stderr.length).toBeLessThan(700);
      }
      expect(filesIn(folder).filter((path) => !path.startsWith("home"))).toEqual(["plan.json"]);
    },
    120_000,
  );
});

describe("from a model", () => {
  it("each is a problem that it is told of in a line; nothing is written", async () => {
    const answers: string[] = [];
    const tools = [
      ...["write_artifact", "append_artifact"].map((tool) => ({ tool, more: { content: "x" } })),
      ...[
        { tool: "patch_artifact", more: { edits: [{ find: "a", replace: "b" }] } },
        { tool: "read_artifact", more: {} },
      ],
    ];
    const calls = HOSTILE.map((name, index) => {
      const { tool, more } = tools[index % tools.length]!;
      return { name: tool, args: { name, ...more } };
    });
    const run = await artifactRun({
      plan: { subtasks: [{ id: "s", instructions: "x", writes: ["out/*", "a", "a/b"] }] },
      lanes: {
        s: [
          { toolCalls: calls },
          (asked) => {
            answers.push(...told(asked).split("\n"));
            return {
              toolCalls: ["a", "a/b"].map((name) => ({
                name: "write_artifact",
                args: { name, content: `of ${name}` },
              })),
            };
          },
          say("done"),
        ],
      },
    });
    const before = filesIn(run.home);
    const result = completed(await run.run());
    expect(answers).toHaveLength(HOSTILE.length);
    for (const answer of answers) expect(answer).toMatch(/ cannot name an artifact: it must |^This subtask may not /);
    expect(before).toEqual(["plan.json"]);
    const folder = `runs/${RUN}`;
    const outside = filesIn(run.home).filter(
      (path) =>
        !path.startsWith("runs") && !path.startsWith("glasshive.db") && !["plan.json", "heads.jsonl"].includes(path),
    );
    expect(outside).toEqual([]);
    // An artifact beside one that lies in a folder of its name.
    expect(filesIn(join(run.home, folder, "artifacts"))).toEqual(["a", "a/b", "a~"]);
    expect([run.artifact("a~"), run.artifact("a/b")]).toEqual(["of a", "of a/b"]);
    expect(result.artifacts.map(({ name, path }) => [name, path])).toEqual([
      ["a", "artifacts/a~"],
      ["a/b", "artifacts/a/b"],
    ]);
  });
});
