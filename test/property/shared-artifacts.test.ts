/** The artifacts of a run as a whole: any writers, any interleaving, a crash between any two operations of the storage. */
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOf, type ArtifactLog } from "../../engine/runtime/artifacts/artifact-log.ts";
import type { ArtifactWrite, ArtifactWriter, WriteOutcome } from "../../engine/runtime/artifacts/artifact-writer.ts";
import {
  ARTIFACT_TYPES,
  mergeArtifactRecords,
  type ArtifactRecord,
  type ArtifactType,
  type ConflictPolicy,
} from "../../state/artifact.ts";
import { commitAll, Disk, openBoard, RUN, type Death } from "./artifact-board.ts";
import { changeOf, plannedWrites, policies, tokensOf, type PlannedWrite } from "./artifact-writers.ts";
import { holdsInTime } from "./law.ts";

/** More than is kept between two whole contents in a few writes. */
const FILLER = "filler ".repeat(10_000);
const NAMES = ["notes", "a/b"] as const;
const WRITERS = 2;
/** Results after which a writer goes on from what its own write made. */
const BRANCHING: ReadonlySet<string> = new Set(["merged", "first-wins", "last-wins"]);

interface History {
  policy: ConflictPolicy;
  writes: PlannedWrite[];
  /** How many writes are made at once, in turn. */
  batches: number[];
  deaths: Death[];
  isBig: boolean;
}

const history: fc.Arbitrary<History> = fc.record({
  policy: policies,
  writes: plannedWrites,
  batches: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
  deaths: fc.array(fc.record({ after: fc.nat(12), isDurable: fc.boolean() }), { maxLength: 4 }),
  isBig: fc.boolean(),
});

interface Made {
  write: ArtifactWrite;
  token: string;
  outcome: WriteOutcome;
}

interface Lived {
  disk: Disk;
  board: ArtifactWriter;
  made: Made[];
  /** Processes that died on the way. */
  died: number;
}

/** Lives a history through. Each death is survived by opening the board anew and repeating what had no answer, and what had. */
async function live(type: ArtifactType, { policy, writes, batches, deaths, isBig }: History): Promise<Lived> {
  const disk = new Disk();
  const kind = { type, policy };
  const left = [...deaths];
  let board = await openBoard(disk, kind);
  const made: Made[] = [];
  let died = 0;
  // The conflict in which a writer's last write was merged: it goes on from what that write made.
  const branch = new Map<string, string>();
  for (let at = 0, batch = 0; at < writes.length; batch += 1) {
    const planned = writes.slice(at, at + (batches[batch % batches.length] as number));
    const asked: { write: ArtifactWrite; token: string }[] = [];
    for (const [index, plannedWrite] of planned.entries()) {
      asked.push(await ask(board, type, { plannedWrite, number: at + index, branch, isBig }));
    }
    const verdict = ({ by }: ArtifactWrite) => (by.call % 2 === 0 ? ("incoming" as const) : ("committed" as const));
    const death = left.shift();
    if (death !== undefined) board = await reopen(disk, kind, death);
    let outcomes = await commitAll(
      board,
      asked.map(({ write }) => write),
      verdict,
    );
    if (death !== undefined) {
      died += outcomes.includes(undefined) ? 1 : 0;
      board = await openBoard(disk, kind);
      const again = await commitAll(
        board,
        asked.map(({ write }) => write),
        verdict,
      );
      answeredAlike(outcomes, again);
      outcomes = again;
    }
    for (const [index, { write, token }] of asked.entries()) {
      const outcome = outcomes[index] as WriteOutcome;
      made.push({ write, token, outcome });
      const conflict = "conflict" in outcome ? outcome.conflict : undefined;
      const place = `${write.by.subtask} ${write.artifact}`;
      if (conflict !== undefined && BRANCHING.has(conflict.result)) branch.set(place, conflict.id);
      else branch.delete(place);
    }
    at += planned.length;
  }
  return { disk, board, made, died };
}

/** What is on record is answered as the first time. */
function answeredAlike(
  first: readonly (WriteOutcome | undefined)[],
  again: readonly (WriteOutcome | undefined)[],
): void {
  const isHeard = (_: unknown, index: number): boolean => isOnRecord(first[index]);
  expect(again.filter(isHeard)).toEqual(first.filter(isHeard));
}

function isOnRecord(outcome: WriteOutcome | undefined): boolean {
  return outcome !== undefined && outcome.kind !== "problem" && outcome.kind !== "unchanged";
}

/** A process that may die while it is opened: then the next one does it. */
async function reopen(disk: Disk, kind: Parameters<typeof openBoard>[1], death: Death): Promise<ArtifactWriter> {
  try {
    return await openBoard(disk, kind, death);
  } catch {
    return openBoard(disk, kind);
  }
}

interface Asking {
  plannedWrite: PlannedWrite;
  number: number;
  branch: ReadonlyMap<string, string>;
  isBig: boolean;
}

async function ask(board: ArtifactWriter, type: ArtifactType, { plannedWrite, number, branch, isBig }: Asking) {
  const artifact = NAMES[plannedWrite.other % NAMES.length] as string;
  const subtask = `s${plannedWrite.at % WRITERS}`;
  const newest = board.log.versions(artifact).length;
  const after = branch.get(`${subtask} ${artifact}`);
  const conflict = board.log.conflicts.find(({ id }) => id === after);
  const base = conflict?.base ?? Math.max(0, newest - plannedWrite.behind);
  const content = conflict === undefined ? await board.log.content(artifact, base) : await board.log.incoming(conflict);
  const token = `t${number}.`;
  const change = changeOf(type, content, plannedWrite, token);
  if (isBig && type === "text" && change.do === "write")
    change.content = `${String(change.content)}\n${number} ${FILLER}`;
  const by = { subtask, attempt: 1, agent: "a", turn: number, call: plannedWrite.way };
  return { write: { artifact, change, base, by, ...(after === undefined ? {} : { after }) }, token };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** All that can be known of a board. */
async function told(board: ArtifactWriter) {
  const versions = NAMES.flatMap((name) => board.log.versions(name));
  return {
    records: board.log.records,
    versions,
    conflicts: board.log.conflicts,
    contents: await Promise.all(versions.map(({ artifact, version }) => board.log.content(artifact, version))),
    incoming: await Promise.all(board.log.conflicts.map((conflict) => board.log.incoming(conflict))),
    bases: await Promise.all(board.log.conflicts.map((conflict) => board.log.base(conflict))),
  };
}

/** What others had committed before a version and the version has not: taken away by somebody who had seen it, or on record. */
async function lostIn(board: ArtifactWriter, artifact: string): Promise<string[]> {
  const lost: string[] = [];
  for (const { version, by, base } of board.log.versions(artifact)) {
    const conflict = board.log.conflicts.find(({ id }) => id === keyOf(by));
    const [before, now] = [await board.log.content(artifact, version - 1), await board.log.content(artifact, version)];
    const seen =
      conflict === undefined ? await board.log.content(artifact, base) : (await board.log.base(conflict)).content;
    const kept = tokensOf([now, seen, ...(conflict?.regions ?? []).map(({ committed }) => committed)].join("\n"));
    lost.push(...[...tokensOf(before)].filter((token) => !kept.has(token)));
  }
  return lost;
}

async function isAccountedFor(board: ArtifactWriter, { token, outcome, write }: Made): Promise<boolean> {
  if (outcome.kind === "problem") return true;
  const conflict = board.log.eventOf(write.by)?.conflict;
  if (conflict !== undefined) return tokensOf(await board.log.incoming(conflict)).has(token);
  if (outcome.kind === "unchanged")
    return tokensOf(await board.log.content(write.artifact, outcome.version)).has(token);
  return (
    outcome.kind === "committed" &&
    tokensOf(await board.log.content(write.artifact, outcome.version.version)).has(token)
  );
}

const recordOf = ({
  artifact,
  type,
  version,
  hash,
  bytes,
  by,
}: ReturnType<ArtifactLog["versions"]>[number]): ArtifactRecord => ({
  ...{ runId: RUN, artifact, type, version, hash, bytes, by: by.subtask },
});

describe.each(ARTIFACT_TYPES)("the artifacts of a run, of type %s, whose process dies at any moment", (type) => {
  it("are the same when they are opened again, and each version is restored exactly", () =>
    holdsInTime(
      fc.asyncProperty(history, async (past) => {
        const { disk, board } = await live(type, past);
        const known = await told(board);
        expect(await told(await openBoard(disk, { type, policy: past.policy }))).toEqual(known);
        for (const [index, { hash, bytes }] of known.versions.entries()) {
          const content = known.contents[index] as string;
          expect({ hash: sha256(content), bytes: Buffer.byteLength(content) }).toEqual({ hash, bytes });
        }
        expect(known.incoming.map(sha256)).toEqual(known.conflicts.map(({ incoming }) => incoming.hash));
      }),
      60,
    ));

  it("lose no update, and take each write once", () =>
    holdsInTime(
      fc.asyncProperty(history, async (past) => {
        const { board, made } = await live(type, past);
        for (const each of made)
          expect({ each, isThere: await isAccountedFor(board, each) }).toEqual({ each, isThere: true });
        for (const name of NAMES) {
          // The places of a conflict are cut where they are long; the board has all of both sides.
          expect(past.isBig ? [] : await lostIn(board, name)).toEqual([]);
          const versions = board.log.versions(name);
          expect(versions.map(({ version }) => version)).toEqual(versions.map((_, index) => index + 1));
          expect(new Set(versions.map(({ by }) => keyOf(by))).size).toBe(versions.length);
        }
        expect(board.log.conflicts.filter(({ result }) => result === "pending")).toEqual([]);
      }),
      60,
    ));

  it("stand in the journal once each, versions in order, and fold to the same records in any order", () =>
    holdsInTime(
      fc.asyncProperty(history, fc.infiniteStream(fc.nat()), async (past, random) => {
        const { board, disk } = await live(type, past);
        expect(new Set(disk.journal).size).toBe(disk.journal.length);
        for (const name of NAMES) {
          const written = disk.journal.filter((key) => key.startsWith(`write/${name}/`));
          expect(written).toEqual(board.log.versions(name).map(({ version }) => `write/${name}/${version}`));
        }
        const records = NAMES.flatMap((name) => board.log.versions(name).map(recordOf));
        const mixed = records
          .map((record) => ({ record, at: random.next().value }))
          .toSorted((one, other) => one.at - other.at);
        expect(
          mergeArtifactRecords(
            {},
            mixed.map(({ record }) => ({ [record.artifact]: record })),
          ),
        ).toEqual(board.log.records);
      }),
      60,
    ));
});

describe("the histories of these laws", () => {
  it("do hold deaths, conflicts that were settled, merges after merges, and contents that are kept whole", async () => {
    let [died, wholes, chained] = [0, 0, 0];
    const results = new Set<string>();
    await holdsInTime(
      fc.asyncProperty(history, async (past) => {
        const lived = await live("text", past);
        died += lived.died;
        wholes += lived.disk.events.filter(({ content }) => content === "whole").length;
        chained += lived.board.log.conflicts.filter(({ after }) => after !== undefined).length;
        for (const { result } of lived.board.log.conflicts) results.add(result);
      }),
      60,
    );
    expect(Math.min(died, wholes, chained)).toBeGreaterThan(5);
    expect([...results].toSorted()).toEqual(["arbitrated", "first-wins", "human", "last-wins", "merged", "rejected"]);
  });
});
