/** Two lanes change the same line, each on version 1: what becomes of the second write under each policy, through the command. */
import { describe, expect, it } from "vitest";
import { after, artifactRun, call, completed, read, say, told, type ArtifactScript } from "../support/artifact-run.ts";
import type { ConflictPolicy } from "../../state/artifact.ts";

const PLAN_TEXT = "title: open\n\nowner: nobody\n";

const edit = (find: string, replace: string) => call("patch_artifact", { name: "doc.md", edits: [{ find, replace }] });
const A = "title: by a";
const B = "title: by b";

/** `a` writes; `b`, which has read what `a` had read, writes the same line after it, and its own line too. */
function twoWriters(policy: ConflictPolicy, more: Partial<ArtifactScript> = {}): ArtifactScript {
  return {
    plan: {
      artifacts: [{ name: "doc.md", policy, content: PLAN_TEXT }],
      subtasks: ["a", "b"].map((id) => ({ id, instructions: `Do ${id}.`, writes: ["doc.md"] })),
    },
    lanes: {
      a: [read("doc.md"), after("b", 1, edit("title: open", A)), say("a is done")],
      b: [
        read("doc.md"),
        after("a", 2, {
          toolCalls: [
            {
              name: "patch_artifact",
              args: {
                name: "doc.md",
                edits: [
                  { find: "title: open", replace: B },
                  { find: "owner: nobody", replace: "owner: b" },
                ],
              },
            },
          ],
        }),
        say("b is done"),
      ],
    },
    ...more,
  };
}

const bothLines = (title: string): string => `${title}\n\nowner: b\n`;

describe("policy first-wins", () => {
  it("keeps what was there where both changed the same, takes the rest, and says so to writer, journal and show", async () => {
    const heard: string[] = [];
    const script = twoWriters("first-wins");
    script.lanes["b"]![2] = (asked) => {
      heard.push(told(asked));
      return say("b is done");
    };
    const run = await artifactRun(script);
    const result = completed(await run.run());
    expect(run.artifact("doc.md")).toBe(bothLines(A));
    expect(heard[0]).toMatch(/others had come to version 2: where both changed the same, what was there first stays/);
    expect(result.conflicts).toBe(1);
    expect(run.lines("conflict").map(({ subtask, data }) => ({ subtask, ...data }))).toMatchObject([
      {
        ...{ subtask: "b", artifact: "doc.md", base: 1, committed: 2, version: 3, policy: "first-wins" },
        result: "first-wins",
        regions: [
          {
            base: expect.stringContaining("open"),
            committed: expect.stringContaining(A),
            incoming: expect.stringContaining(B),
          },
        ],
      },
    ]);
    const shown = await run.show();
    expect(shown).toContain("artifacts: 1, 1 conflict (1 first-wins)");
    expect(shown).toMatch(
      /conflict in doc\.md: written on version 1 when version 2 was current; policy first-wins → first-wins, version 3 came of it/,
    );
    expect(shown).toMatch(/was ".*title: open.*", committed ".*title: by a.*", written ".*title: by b.*"/);
  });
});

describe("policy last-wins", () => {
  it("lets the later write stand where both changed the same", async () => {
    const run = await artifactRun(twoWriters("last-wins"));
    completed(await run.run());
    expect(run.artifact("doc.md")).toBe(bothLines(B));
    expect(run.lines("conflict").map(({ data }) => data["result"])).toEqual(["last-wins"]);
    expect(await run.show()).toContain("policy last-wins → last-wins");
  });
});

describe("policy reject-and-retry", () => {
  it("tells the writer what stands there now; its second try goes by that version", async () => {
    const heard: string[] = [];
    const script = twoWriters("reject-and-retry");
    script.lanes["b"]!.splice(
      2,
      1,
      (asked) => {
        heard.push(told(asked));
        return call("patch_artifact", {
          name: "doc.md",
          edits: [
            { find: A, replace: `${A} and b` },
            { find: "owner: nobody", replace: "owner: b" },
          ],
        });
      },
      say("b is done"),
    );
    const run = await artifactRun(script);
    completed(await run.run());
    expect(heard[0]).toMatch(/^Not written: you wrote on version 1 of doc\.md, others have come to version 2/);
    expect(heard[0]).toContain(A);
    expect(run.artifact("doc.md")).toBe(bothLines(`${A} and b`));
    expect(run.lines("conflict").map(({ data }) => [data["result"], data["version"]])).toEqual([["rejected", null]]);
    expect(run.lines("write").map(({ data }) => data["version"])).toEqual([1, 2, 3]);
  });

  it("does not take a whole write anew before the writer has read what it did not know", async () => {
    const whole = (content: string) => call("write_artifact", { name: "doc.md", content });
    const heard: string[] = [];
    const hear = (reply: ReturnType<typeof call>) => (asked: Parameters<typeof told>[0]) => {
      heard.push(told(asked));
      return reply;
    };
    const script = twoWriters("reject-and-retry");
    // `a` changes both lines; of the second one `b` hears nothing.
    script.lanes["a"] = [read("doc.md"), after("b", 1, whole(`${A}\n\nowner: a\n`)), say("a is done")];
    script.lanes["b"] = [
      read("doc.md"),
      after("a", 2, whole(`${B}\n\nowner: nobody\n`)),
      hear(whole(`${B}\n\nowner: nobody\n`)),
      hear(read("doc.md")),
      hear(whole(`${B}\n\nowner: a\n`)),
      hear(say("b is done")),
    ];
    const run = await artifactRun(script);
    completed(await run.run());
    expect(heard[1]).toBe(
      "Not written: version 2 of doc.md holds what you have not read. Read it, then write it anew.",
    );
    expect(run.artifact("doc.md")).toBe(`${B}\n\nowner: a\n`);
  });
});

describe("policy arbiter", () => {
  it("asks a model, which is shown both sides, and takes the content that it gives", async () => {
    const prompts: string[] = [];
    const content = bothLines("title: by a and b");
    const run = await artifactRun(
      twoWriters("arbiter", {
        arbiter: (asked) => {
          prompts.push(asked.messages.map(({ content: text }) => String(text)).join("\n"));
          return say(JSON.stringify({ content, reason: "both have a point" }));
        },
      }),
    );
    completed(await run.run());
    expect(prompts).toHaveLength(1);
    for (const side of ["title: open", A, B]) expect(prompts[0]).toContain(side);
    expect(run.artifact("doc.md")).toBe(content);
    expect(run.lines("conflict").map(({ data }) => [data["result"], data["reason"] ?? null])).toEqual([
      ["pending", null],
      ["arbitrated", "both have a point"],
    ]);
    expect(await run.show()).toContain("policy arbiter → arbitrated (both have a point), version 3 came of it");
  });

  it.each([
    ["incoming", bothLines(B)],
    ["committed", `${A}\n\nowner: nobody\n`],
  ])("takes the side that it names: %s", async (take, content) => {
    const run = await artifactRun(
      twoWriters("arbiter", { arbiter: () => say(JSON.stringify({ take, reason: "so" })) }),
    );
    completed(await run.run());
    expect(run.artifact("doc.md")).toBe(content);
  });

  it("that talks nonsense is told so, three times in all; then what was there stays, on record", async () => {
    let asked = 0;
    const run = await artifactRun(
      twoWriters("arbiter", {
        arbiter: () => {
          asked += 1;
          return say("I would rather not say.");
        },
      }),
    );
    completed(await run.run());
    expect(asked).toBe(3);
    expect(run.artifact("doc.md")).toBe(`${A}\n\nowner: nobody\n`);
    expect(run.lines("conflict").at(-1)?.data).toMatchObject({
      ...{ result: "arbitrated", version: null, reason: "the arbiter came to no usable ruling" },
    });
  });

  it.each([400, 500])("that cannot be asked (%i) leaves what was there, and the lane goes on", async (status) => {
    const run = await artifactRun(twoWriters("arbiter", { arbiter: () => ({ status }) }));
    completed(await run.run());
    expect(run.artifact("doc.md")).toBe(`${A}\n\nowner: nobody\n`);
    expect(run.lines("conflict").at(-1)?.data["reason"]).toMatch(/^the arbiter could not be asked/);
  });
});
