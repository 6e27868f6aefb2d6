/** Policy human, through the command: pause, exit 4, an answer, and nobody but the lane that waited is asked anything again. */
import { describe, expect, it } from "vitest";
import {
  after,
  artifactRun,
  call,
  completed,
  read,
  RUN,
  say,
  told,
  type ArtifactScript,
} from "../support/artifact-run.ts";
import { resultOf } from "../support/run-command.ts";

const A = "title: by a";
const B = "title: by b";
const MINE = { ...{ subtask: "b" }, kind: "conflict" };

const edit = (find: string, replace: string) => call("patch_artifact", { name: "doc.md", edits: [{ find, replace }] });

/** `a` writes the title, then `b`, which had read the same; `c` works on other things, and `d` waits for `b`. */
function contested(more: Partial<ArtifactScript["lanes"]> = {}, heard: string[] = []): ArtifactScript {
  const writes = ["doc.md"];
  return {
    plan: {
      artifacts: [{ name: "doc.md", policy: "human", content: "title: open\n\nowner: nobody\n" }],
      subtasks: [
        ...["a", "b", "c"].map((id) => ({ id, instructions: `Do ${id}.`, writes })),
        { id: "d", instructions: "Do d.", dependsOn: ["b"] },
      ],
    },
    lanes: {
      a: [read("doc.md"), after("b", 1, edit("title: open", A)), say("a is done")],
      b: [
        read("doc.md"),
        after("a", 2, edit("title: open", B)),
        (asked) => {
          heard.push(told(asked));
          return say("b is done");
        },
      ],
      c: [call("append_artifact", { name: "doc.md", content: "note of c" }), say("c is done")],
      d: [say("d is done")],
      ...more,
    },
  };
}

const decide = (type: string, rest: object = {}): string => JSON.stringify({ decisions: [{ type, ...rest }] });
const give = (content: unknown): string =>
  decide("edit", { edited_action: { name: "resolve_conflict", args: { content } } });

describe("policy human", () => {
  it.each([
    { by: "approve", answer: decide("approve"), title: B, reason: "a human took the write" },
    { by: "reject", answer: decide("reject", { message: "a was right" }), title: A, reason: "a was right" },
    {
      by: "edit",
      answer: give("title: by both\n\nowner: nobody\nnote of c\n"),
      title: "title: by both",
      reason: "a human gave the content",
    },
  ])("pauses with exit 4, and goes on by the answer: $by", async ({ answer, title, reason }) => {
    const heard: string[] = [];
    const run = await artifactRun(contested({}, heard));
    const paused = await run.run();
    expect(paused.code).toBe(4);
    const { interrupts, status } = resultOf(paused);
    expect({ status, interrupts }).toMatchObject({
      status: "paused",
      interrupts: [{ ...MINE, request: { action_requests: [{ name: "resolve_conflict" }] } }],
    });
    const [{ args }] = interrupts[0]!.request["action_requests"] as [{ args: Record<string, unknown> }];
    expect(args).toMatchObject({ artifact: "doc.md", base: 1, by: "b" });
    expect(args["current"]).toContain(A);
    expect(args["incoming"]).toContain(B);
    const before = ["a", "c"].map(run.callsOf);
    completed(await run.resume("--answer", answer));
    expect(["a", "c"].map(run.callsOf)).toEqual(before);
    expect([run.callsOf("b"), run.callsOf("d")]).toEqual([3, 1]);
    const content = run.artifact("doc.md");
    expect(content.split("\n")[0]).toBe(title);
    expect(content).toContain("note of c");
    expect(heard[0]).toContain(`a human has decided (${reason})`);
    const mine = run.lines("conflict").filter(({ subtask }) => subtask === "b");
    expect(mine.map(({ data }) => data["result"])).toEqual(["pending", "human"]);
    expect(await run.show()).toContain(`policy human → human (${reason})`);
  });

  it("asks again, with what is wrong, where the content does not fit; nobody is called for it", async () => {
    const script = contested();
    script.plan.artifacts = [{ name: "doc.json", policy: "human", content: '{"title": "open"}' }];
    for (const subtask of script.plan.subtasks) subtask.writes = subtask.id === "d" ? [] : ["doc.json"];
    const merge = (title: string) => call("patch_artifact", { name: "doc.json", merge: { title } });
    script.lanes = {
      ...script.lanes,
      a: [read("doc.json"), after("b", 1, merge("by a")), say("a is done")],
      b: [read("doc.json"), after("a", 2, merge("by b")), say("b is done")],
      c: [say("c is done")],
    };
    const run = await artifactRun(script);
    expect((await run.run()).code).toBe(4);
    const calls = run.server.stats().calls;
    const again = await run.resume("--answer", give("{ no json"));
    expect(again.code).toBe(4);
    const [asked] = resultOf(again).interrupts;
    expect(asked?.request["problem"]).toMatch(/the content given for doc\.json does not fit/);
    expect(run.server.stats().calls).toBe(calls);
    completed(await run.resume("--answer", give({ title: "by a human" })));
    expect(JSON.parse(run.artifact("doc.json"))).toEqual({ title: "by a human" });
  });

  it("asks again where others have gone on writing at the same place since; what they wrote elsewhere is kept", async () => {
    // `b` and `c` both wait; answered first, `c` goes on and writes the title once more, and the owner.
    const C = "title: by c";
    const script = contested({
      a: [
        { toolCalls: ["doc.md", "other.md"].map((name) => ({ name: "read_artifact", args: { name } })) },
        (_, reached) => ({
          toolCalls: [
            { name: "patch_artifact", args: { name: "doc.md", edits: [{ find: "title: open", replace: A }] } },
            { name: "write_artifact", args: { name: "other.md", content: "of a" } },
          ],
          when: Promise.all([reached("b", 1), reached("c", 1)]),
        }),
        say("a is done"),
      ],
      c: [
        read("other.md"),
        after("a", 2, call("write_artifact", { name: "other.md", content: "of c" })),
        read("doc.md"),
        call("patch_artifact", {
          name: "doc.md",
          edits: [
            { find: A, replace: C },
            { find: "owner: nobody", replace: "owner: c" },
          ],
        }),
        say("c is done"),
      ],
    });
    script.plan.artifacts?.push({ name: "other.md", policy: "human", content: "open" });
    for (const subtask of script.plan.subtasks) subtask.writes = ["doc.md", "other.md"];
    const run = await artifactRun(script);
    const { interrupts } = resultOf(await run.run());
    const idOf = (subtask: string): string => interrupts.find((one) => one.subtask === subtask)?.id ?? "";
    expect(new Set(interrupts.map(({ subtask }) => subtask))).toEqual(new Set(["b", "c"]));
    const answer = (id: string) => run.resume("--answer", JSON.stringify({ [id]: { type: "approve" } }));
    const still = resultOf(await answer(idOf("c"))).interrupts;
    expect(still.map(({ subtask }) => subtask)).toEqual(["b"]);
    const calls = run.server.stats().calls;
    const again = resultOf(await answer(idOf("b")));
    expect(again.interrupts).toMatchObject([
      { subtask: "b", request: { action_requests: [{ args: { committed: 3, current: `${C}\n\nowner: c\n` } }] } },
    ]);
    expect(run.server.stats().calls).toBe(calls);
    completed(await answer(again.interrupts[0]!.id));
    expect(run.artifact("doc.md")).toBe(`${B}\n\nowner: c\n`);
    expect(run.artifact("other.md")).toBe("of c");
  });

  it("takes no answer to a question that is settled", async () => {
    const run = await artifactRun(contested());
    const { interrupts } = resultOf(await run.run());
    completed(await run.resume("--answer", decide("approve")));
    const late = await run.resume("--answer", JSON.stringify({ [interrupts[0]!.id]: { type: "reject" } }));
    expect(late.code).not.toBe(0);
    expect(late.stderr).toMatch(new RegExp(`run ${RUN} does not wait for an answer to interrupt ${interrupts[0]!.id}`));
    expect(run.artifact("doc.md").split("\n")[0]).toBe(B);
  });
});
