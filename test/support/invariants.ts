/**
 * What must be true of every run that came to an end, whatever happened to it on the way. Each check reads what is on the
 * disk: journal, board, settings, result.json, answer.md. No process may hold the run.
 */
import { openContents } from "../../adapters/storage/content-store.ts";
import { verify } from "../../app/audit/verify.ts";
import { runFolder } from "../../app/runs/run-folder.ts";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { openHomeStorage } from "../../adapters/storage/home-storage.ts";
import { isRunLocked } from "../../adapters/storage/run-lock.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { foldRun } from "../../engine/journal/run-view.ts";
import type { Board } from "../../engine/ports/board.ts";
import { workOf } from "../../engine/policy/answer/build-result.ts";
import { coverageOf } from "../../state/outcome.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { Caps, Usage } from "../../state/usage.ts";
import { readJournalFile, type RecordedLine } from "./read-journal.ts";
import { commandHere } from "./run-command.ts";

export interface EndedRun {
  result: RunResult;
  lines: RecordedLine[];
}

/** Throws by `expect`, with the name of the invariant. Returns what it read. */
export async function checkInvariants(home: string, runId: string): Promise<EndedRun> {
  const folder = join(home, "runs", runId);
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const result = JSON.parse(read("result.json")) as RunResult;
  const { run } = JSON.parse(read("run.json")) as { run: RunOptions };
  const lines = readJournalFile(home, runId);
  const board = await boardOf(home, runId);
  expect(isRunLocked(folder), "nobody holds the run").toBe(false);
  expect(read("answer.md"), "answer.md is the answer of result.json").toBe(result.answer);
  checkOutcomes(result, board);
  checkFencing(lines, board);
  checkReservations(lines, run.caps);
  checkEnd(lines, result);
  checkClosing(home, lines, result);
  const { problems, runs } = await verify(runId, { home, cwd: home });
  expect([...problems, ...runs.flatMap((run) => run.problems)], "`audit verify` finds nothing").toEqual([]);
  await checkRecordAlone(home, runId);
  return { result, lines };
}

/** Without its database a run is the same account. */
async function checkRecordAlone(home: string, runId: string): Promise<void> {
  const shown = async (from: string): Promise<unknown[]> => {
    const said: unknown[] = [];
    for (const flags of [[], ["--json"]]) {
      const { code, stdout, stderr } = await commandHere(["show", runId, "--home", from, ...flags]);
      expect({ code, stderr }, "show tells of the run").toEqual({ code: 0, stderr: "" });
      const text = stdout.replaceAll(from, home);
      said.push(flags.length === 0 ? text : JSON.parse(text));
    }
    return said;
  };
  const copy = mkdtempSync(join(tmpdir(), "glasshive-alone-"));
  try {
    cpSync(home, copy, { recursive: true, preserveTimestamps: true });
    for (const end of ["", "-wal", "-shm"]) rmSync(join(copy, `glasshive.db${end}`), { force: true });
    expect(await shown(copy), "show says the same without the database").toEqual(await shown(home));
    for (const file of ["result.json", "answer.md"]) rmSync(join(copy, "runs", runId, file));
    await checkReplay(copy, runId);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Run again from its record, a run comes to the same at each of its ends. */
async function checkReplay(home: string, runId: string): Promise<void> {
  const { code, stdout, stderr } = await commandHere(["replay", runId, "--home", home]);
  expect({ code, stderr, stdout }, "it comes to the same").toMatchObject({ code: 0, stderr: "" });
  expect(stdout).not.toContain("up to its end");
}

async function boardOf(home: string, runId: string): Promise<Board> {
  const storage = openHomeStorage(home);
  try {
    return await openBoard(storage.store, runId, openContents(runFolder(home, runId)));
  } finally {
    await storage.close();
  }
}

/** Each planned subtask has one outcome, the board's; the coverage counts them. */
function checkOutcomes({ subtasks, coverage }: RunResult, board: Board): void {
  const planned = workOf(board.plan()).map(({ id }) => id);
  expect(
    subtasks.map(({ id }) => id),
    "each planned subtask is reported once",
  ).toEqual(planned);
  const outcomes = subtasks.map(({ outcome }) => outcome);
  expect(outcomes, "each subtask has an outcome").not.toContain(null);
  for (const { id, outcome, output, attempts } of subtasks) {
    const onBoard = board.result(id);
    expect({ id, outcome, output, attempts }, "result.json says what the board says").toEqual({
      ...{ id, outcome: onBoard?.outcome, output: onBoard?.output, attempts: onBoard?.attempt },
    });
  }
  expect(coverage, "coverage adds up").toEqual(
    coverageOf(
      planned.length,
      outcomes.flatMap((outcome) => outcome ?? []),
    ),
  );
}

/** Nothing is accepted twice, and what was accepted last is what the board has. */
function checkFencing(lines: readonly RecordedLine[], board: Board): void {
  const newest = new Map<string, number>();
  const dropped = new Set<string>();
  for (const { kind, subtask = "", attempt = 0, data } of lines) {
    // Another plan does not keep them.
    if (kind === "plan") for (const id of data["dropped"] ?? []) dropped.add(id);
    if (kind !== "publish" || !data["accepted"]) continue;
    expect(attempt, `an accepted result of ${subtask} is newer than the one before`).toBeGreaterThan(
      newest.get(subtask) ?? 0,
    );
    newest.set(subtask, attempt);
    dropped.delete(subtask);
  }
  for (const id of dropped) newest.delete(id);
  const committed = board.results().map(({ subtask, attempt }) => [subtask, attempt] as const);
  expect(new Map(committed), "the board has the newest accepted results and no others").toEqual(newest);
}

/** Each reservation is settled once, and what is spent and reserved never passes a cap. */
function checkReservations(lines: readonly RecordedLine[], caps: Caps): void {
  const open = new Map<string, { steps: number; tokens: number; usd: number }>();
  const known = new Set<string>();
  const total = { steps: 0, tokens: 0, usd: 0 };
  const add = (amounts: typeof total, sign: 1 | -1): void => {
    for (const key of ["steps", "tokens", "usd"] as const) total[key] += sign * amounts[key];
  };
  for (const { kind, data, seq } of lines) {
    const id = data["id"] as string;
    if (kind === "reserve") {
      expect(known.has(id), `reservation ${id} is made once`).toBe(false);
      const { steps, inputTokens, outputTokens, usd } = data as unknown as Usage;
      const amounts = { steps, tokens: inputTokens + outputTokens, usd };
      known.add(id);
      open.set(id, amounts);
      add(amounts, 1);
    }
    if (kind === "settle") {
      const reserved = open.get(id);
      expect(reserved, `settlement of ${id} has an open reservation`).toBeDefined();
      const { steps, inputTokens, outputTokens, usd } = data["usage"];
      add(reserved!, -1);
      add({ steps, tokens: inputTokens + outputTokens, usd }, 1);
      open.delete(id);
    }
    expect(total.steps, `steps at line ${seq}`).toBeLessThanOrEqual(caps.maxSteps);
    expect(total.tokens, `tokens at line ${seq}`).toBeLessThanOrEqual(caps.maxTokens ?? Infinity);
    expect(total.usd, `USD at line ${seq}`).toBeLessThanOrEqual((caps.maxUsd ?? Infinity) + 1e-9);
  }
  expect([...open.keys()], "every reservation is settled").toEqual([]);
}

/** The last line of the work is the end of the run, and agrees with the result and with the lines before it. */
function checkEnd(lines: readonly RecordedLine[], result: RunResult): void {
  const end = lines.findLast(({ kind }) => kind === "run-end");
  const digest = createHash("sha256")
    .update(JSON.stringify([result.answer, result.subtasks]))
    .digest("hex");
  const { status, coverage, usage } = result;
  expect(end?.data, "the journal's run-end agrees with result.json").toMatchObject({ status, coverage, usage, digest });
  const { spent } = foldRun(lines).spending;
  expect({ ...spent, usd: 0 }, "the settlements add up to the usage").toEqual({ ...usage, usd: 0 });
  expect(spent.usd).toBeCloseTo(usage.usd, 9);
}

/** The last line counts those before it; its hash stands in the result and outside of the run. */
function checkClosing(home: string, lines: readonly RecordedLine[], { runId, journalHead }: RunResult): void {
  const last = lines.at(-1);
  expect(last, "the journal is closed").toMatchObject({ kind: "run-close", data: { lines: lines.length - 1 } });
  expect(journalHead, "result.json has the journal's head").toBe(last?.hash);
  const heads = readFileSync(join(home, "heads.jsonl"), "utf8").split("\n").slice(0, -1);
  const ofRun = heads.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ run }) => run === runId);
  expect(ofRun.at(-1), "the newest head of the run is kept").toMatchObject({ lines: lines.length, head: last?.hash });
}
