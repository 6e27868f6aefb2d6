/** Agents that name any version as what they go by, read or not, there or not (G4): nobody takes away in silence what he has not seen. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { ArtifactWriter } from "../../engine/runtime/artifacts/artifact-writer.ts";
import { StepView } from "../../engine/runtime/artifacts/step-view.ts";
import { CONFLICT_POLICIES, type SeenArtifacts } from "../../state/artifact.ts";
import { withAccess, type ArtifactAccess } from "../../tools/artifacts/artifact-access.ts";
import { patchArtifact } from "../../tools/artifacts/patch-artifact.ts";
import { readArtifact } from "../../tools/artifacts/read-artifact.ts";
import { writeArtifact } from "../../tools/artifacts/write-artifact.ts";
import { Disk, openBoard } from "./artifact-board.ts";
import { tokensOf } from "./artifact-writers.ts";
import { holdsInTime } from "./law.ts";

const NAME = "doc";
const AGENTS = 3;
const TOOLS = { read: readArtifact(), patch: patchArtifact(), write: writeArtifact() };

/** An agent whose step may begin before another's ends. It knows the tokens that it was shown or has written. */
class Agent {
  readonly known = new Set<string>();
  readonly #board: ArtifactWriter;
  readonly #id: string;
  #seen: SeenArtifacts = {};
  #view: StepView | undefined;
  #turn = 0;

  constructor(board: ArtifactWriter, id: string) {
    this.#board = board;
    this.#id = id;
  }

  begin(): void {
    this.#view ??= new StepView(this.#board.log, this.#seen);
  }

  async act(tool: keyof typeof TOOLS, args: Record<string, unknown>): Promise<void> {
    this.begin();
    const view = this.#view as StepView;
    this.#turn += 1;
    const access: ArtifactAccess = {
      ...{
        artifacts: this.#board.log,
        writer: this.#board,
        view,
        subtask: { id: this.#id, reads: [], writes: [NAME] },
      },
      origin: { subtask: this.#id, attempt: 1, agent: "agent", turn: this.#turn },
      arbitrate: (conflict) =>
        this.#board.resolve(conflict, { take: "committed" }, { seen: conflict.committed, reason: "so" }),
      pending: new Map(),
    };
    const answer = String(await TOOLS[tool].invoke({ name: NAME, ...args }, withAccess({}, access, 0)));
    for (const token of [...tokensOf(answer), ...tokensOf(JSON.stringify(args))]) this.known.add(token);
    this.#seen = view.seen;
    this.#view = undefined;
  }
}

interface Move {
  agent: number;
  does: "begin" | "read" | "write" | "patch";
  /** Above the newest version, at it, below it; undefined: not named. */
  named: number | undefined;
  keeps: number;
}

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.record({
    agent: fc.nat(AGENTS - 1),
    does: fc.constantFrom("begin", "read", "write", "write", "patch"),
    named: fc.option(fc.integer({ min: -4, max: 3 }), { nil: undefined }),
    keeps: fc.nat(7),
  }),
  { minLength: 4, maxLength: 24 },
);

it("what is taken away had been seen by who wrote, or a conflict record says so", async () => {
  await holdsInTime(
    fc.asyncProperty(fc.constantFrom(...CONFLICT_POLICIES), moves, async (policy, planned) => {
      const board = await openBoard(new Disk(), { type: "text", policy });
      const agents = Array.from({ length: AGENTS }, (_, index) => new Agent(board, `s${index}`));
      const now = (): Promise<string> => board.log.content(NAME, board.log.versions(NAME).length);
      for (const [index, { agent: at, does, named, keeps }] of planned.entries()) {
        const agent = agents[at] as Agent;
        const before = await now();
        const conflicts = board.log.conflicts.length;
        const known = new Set(agent.known);
        if (does === "begin") agent.begin();
        if (does === "read") await agent.act("read", {});
        const newest = board.log.versions(NAME).length;
        const claim = named === undefined ? {} : { base_version: Math.max(0, newest + named) };
        const kept = [...known].filter((_, place) => place % 3 < keeps % 4);
        const text = [...kept, `t${index}.`].join("\n");
        if (does === "write") await agent.act("write", { content: text, ...claim });
        const [old] = [...tokensOf(before)];
        if (does === "patch" && old !== undefined)
          await agent.act("patch", { edits: [{ find: old, replace: `t${index}.` }], ...claim });
        if (board.log.conflicts.length > conflicts || does === "patch") continue;
        const after = tokensOf(await now());
        const lost = [...tokensOf(before)].filter((token) => !after.has(token));
        expect(lost.filter((token) => !known.has(token))).toEqual([]);
      }
    }),
    300,
  );
});
