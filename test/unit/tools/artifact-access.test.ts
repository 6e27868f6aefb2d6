/** What an agent knows of an artifact decides what its writes are based on: nobody erases what he has not seen. */
import { describe, expect, it } from "vitest";
import type { ArtifactWriter } from "../../../engine/runtime/artifacts/artifact-writer.ts";
import { StepView } from "../../../engine/runtime/artifacts/step-view.ts";
import type { SeenArtifacts } from "../../../state/artifact.ts";
import { appendArtifact } from "../../../tools/artifacts/append-artifact.ts";
import { withAccess, type ArtifactAccess } from "../../../tools/artifacts/artifact-access.ts";
import { patchArtifact } from "../../../tools/artifacts/patch-artifact.ts";
import { readArtifact } from "../../../tools/artifacts/read-artifact.ts";
import { writeArtifact } from "../../../tools/artifacts/write-artifact.ts";
import { Disk, openBoard, type Kind } from "../../property/artifact-board.ts";

const TOOLS = { append: appendArtifact(), patch: patchArtifact(), read: readArtifact(), write: writeArtifact() };
const NAME = "doc";

/** An agent: each call is a step of its own. */
function agentOf(writer: ArtifactWriter, subtask: string) {
  let seen: SeenArtifacts = {};
  let turn = 0;
  return async (tool: keyof typeof TOOLS, args: Record<string, unknown> = {}): Promise<string> => {
    turn += 1;
    const view = new StepView(writer.log, seen);
    const access: ArtifactAccess = {
      ...{ artifacts: writer.log, writer, view, subtask: { id: subtask, reads: [], writes: [NAME, "out/*"] } },
      origin: { subtask, attempt: 1, agent: "agent", turn },
      arbitrate: () => Promise.reject(new Error("nobody rules here")),
      pending: new Map(),
    };
    const answer = String(await TOOLS[tool].invoke({ name: NAME, ...args }, withAccess({}, access, 0)));
    seen = view.seen;
    return answer;
  };
}

async function world({ type = "text", policy = "reject-and-retry" }: Partial<Kind> = {}) {
  const board = await openBoard(new Disk(), { type, policy });
  const [one, other] = [agentOf(board, "one"), agentOf(board, "other")];
  return { one, other, now: () => board.log.content(NAME, board.log.versions(NAME).length), board };
}

const lines = (...some: string[]): string => `${some.join("\n\n")}\n`;

describe("an agent whose write was merged with what it has not seen", () => {
  it("writes the whole anew, and what the other has put in stays", async () => {
    const { one, other, now } = await world();
    await one("write", { content: lines("a", "b", "c") });
    await other("read");
    await other("write", { content: lines("a", "b", "c of the other") });
    expect(await one("write", { content: lines("a of one", "b", "c") })).toContain("both were merged");
    expect(await one("write", { content: lines("a of one", "b of one", "c") })).toContain("both were merged");
    expect(await now()).toBe(lines("a of one", "b of one", "c of the other"));
  });

  it("is in conflict where it then sets a member that the other has set, and not with itself", async () => {
    const { one, other, now } = await world({ type: "json" });
    await one("write", { content: { x: 1, y: 1 } });
    await other("read");
    await other("patch", { merge: { x: 2 } });
    await one("patch", { merge: { y: 2 } });
    expect(await one("patch", { merge: { y: 3 } })).toContain("both were merged");
    expect(await one("patch", { merge: { x: 3 } })).toMatch(/^Not written: you wrote on version 1/);
    expect(JSON.parse(await now())).toEqual({ x: 2, y: 3 });
  });

  it("goes by the merged version once it has read it, also where it names the version", async () => {
    const { one, other, now, board } = await world();
    await one("write", { content: lines("a", "b", "c") });
    await other("read");
    await other("write", { content: lines("a", "b", "C") });
    await one("write", { content: lines("A", "b", "c") });
    // It was told of version 3, and has not read it.
    await one("write", { content: lines("A", "B", "c"), base_version: 3 });
    expect(await now()).toBe(lines("A", "B", "C"));
    await one("read");
    await one("write", { content: "short\n", base_version: 4 });
    expect(await now()).toBe("short\n");
    expect(board.log.conflicts.map(({ result }) => result)).toEqual(["merged", "merged"]);
  });
});

describe("an agent that has added to what it has not read", () => {
  it("does not erase it by writing the whole", async () => {
    const { one, other, now } = await world();
    await one("write", { content: lines("a", "b") });
    await other("append", { content: "line of the other" });
    expect(await other("write", { content: "mine alone\n" })).toMatch(/^Not written: you wrote on version 0/);
    expect(await now()).toContain("a\n\nb\n");
    expect(await other("write", { content: "mine alone\n" })).toMatch(/holds what you have not read/);
    await other("read");
    expect(await other("write", { content: "mine alone\n" })).toContain("is at version 3 now");
  });
});

describe("an agent that names what it has not read", () => {
  it("is told of a version that is not there, and takes nothing away", async () => {
    const { one, other, now } = await world();
    await one("write", { content: lines("a") });
    expect(await other("write", { content: "mine\n", base_version: 9 })).toMatch(
      /^Not written: you name version 9 of doc, and the newest that you can see is 1\./,
    );
    expect(await other("write", { content: "mine\n", base_version: 1 })).toMatch(
      /^Not written: you wrote on version 0/,
    );
    expect(await now()).toBe(lines("a"));
  });
});

it("a name that differs from a written one in case alone is refused", async () => {
  const { one, other } = await world();
  await one("write", { name: "out/Guide.md", content: "a\n" });
  expect(await other("write", { name: "out/guide.md", content: "b\n" })).toMatch(
    /"out\/Guide.md" differs from it in case/,
  );
  expect(await other("write", { name: "out/Guide.md.bak", content: "b\n" })).toMatch(/is at version 1 now/);
});

describe("a pointer", () => {
  it("leads to a part of what is json, and is refused in words for what is not", async () => {
    const json = await world({ type: "json" });
    await json.one("write", { content: { items: [{ x: 1 }] } });
    expect(await json.one("read", { pointer: "/items/0/x" })).toContain("\n1\n");
    const text = await world();
    await text.one("write", { content: "no JSON at all\n" });
    expect(await text.one("read", { pointer: "/items" })).toBe(
      "doc is text, not json: a pointer leads nowhere in it. Read it by from_line and line_count.",
    );
  });
});
