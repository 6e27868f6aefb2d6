/**
 * One run, verified from its folder alone: the chain of its journal and how that ends, the head that is kept outside, the contents by
 * their hashes, the decisions derived once more, and result, answer and artifacts as the journal says they are. Nothing is written.
 */
import { createHash, type KeyObject } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readRegular, regularBytes } from "../../adapters/storage/regular-files.ts";
import { isRunLocked } from "../../adapters/storage/run-lock.ts";
import type { RunView } from "../../engine/journal/run-view.ts";
import { DecisionAudit } from "../../engine/policy/audit/decisions.ts";
import { resultProblems } from "../../engine/policy/audit/result-problems.ts";
import { reasonOf } from "../../state/errors.ts";
import { firstProblem } from "../../state/problem.ts";
import type { RunResult } from "../../state/run-result.ts";
import { firstHashIn, headsOfJournal, isHeadSigned, type SignedHead } from "../runs/heads.ts";
import { changedMembers } from "../runs/result-on-record.ts";
import { ANSWER_FILE, JOURNAL_FILE, RESULT_FILE } from "../runs/run-folder.ts";
import { InputsInContents } from "./recorded-inputs.ts";
import { contentProblems, NamedContents } from "./verify-contents.ts";
import { MergeAudit } from "./verify-merges.ts";
import {
  about,
  problemOfLine,
  verifyJournal,
  type Expected,
  type Problem,
  type VerifiedJournal,
} from "./verify-journal.ts";

/** `open`: what is there holds, and its end is not on record, or not yet. */
export type Verdict = "valid" | "open" | "invalid";

export interface RunVerdict {
  run: string;
  verdict: Verdict;
  lines: number;
  head: string;
  /** None of a valid one. */
  problems: Problem[];
  /** What could not be looked at. */
  notes: string[];
}

export interface Outside {
  /** Heads of this run that are kept outside of its folder, oldest first; undefined: there is no such place. */
  heads: readonly SignedHead[] | undefined;
  /** Each head must be signed by it. */
  key?: KeyObject | undefined;
}

/** The hash of a line by its number. */
export type KnownHead = Pick<SignedHead, "lines" | "head">;

export interface RunPlace extends Outside {
  /** One that is on record elsewhere: the run may have gone on since. */
  recorded?: KnownHead | undefined;
  folder: string;
  /** Undefined: that of the first line. */
  run: string | undefined;
}

export async function verifyRun(place: RunPlace): Promise<RunVerdict> {
  const { folder } = place;
  const [contents, inputs] = [new NamedContents(), new InputsInContents(folder)];
  const [decisions, merges] = [new DecisionAudit(inputs), new MergeAudit(folder, inputs.artifact)];
  const found = verifyFile(join(folder, JOURNAL_FILE), place, (line, before) => {
    for (const each of [contents, inputs, decisions, merges]) each.add(line, before);
  });
  const { journal } = found;
  const isOver = journal.problem === undefined && journal.view.isClosed && !isRunLocked(folder);
  const differing = [...decisions.differing(), ...(await merges.differing(journal.run))];
  const problems = [
    ...found.problems,
    ...differing
      .toSorted((one, other) => one.line - other.line)
      .map(({ line, problem }) => problemOfLine(line, problem)),
    ...contentProblems(folder, contents, isOver),
  ];
  if (isOver) problems.push(...(await fileProblems(folder, journal.view)));
  return verdictOf(journal, problems, found.notes);
}

/** Verifies a journal alone, wherever it lies. */
export function verifyJournalFile(file: string, outside: Outside): RunVerdict {
  const { journal, problems, notes } = verifyFile(file, { ...outside, run: undefined }, () => undefined);
  return verdictOf(journal, problems, [...notes, "a journal alone: contents, decisions and result were not looked at"]);
}

function verifyFile(file: string, place: Omit<RunPlace, "folder">, each: Expected["each"]) {
  const { run, key, recorded } = place;
  const heads = headsOfJournal(place.heads ?? [], firstHashIn(file));
  const known = new Map(
    [...heads, ...(recorded === undefined ? [] : [recorded])].map(({ lines, head }) => [lines, head]),
  );
  let strayed: number | undefined;
  const journal = verifyJournal(file, {
    run,
    each: (line, before) => {
      each(line, before);
      const head = known.get(line.seq);
      if (head !== undefined && head !== line.hash) strayed ??= line.seq;
    },
  });
  const problems = [
    ...(journal.problem === undefined ? [] : [journal.problem]),
    ...(strayed === undefined ? [] : [problemOfLine(strayed, OTHER_HEAD)]),
    ...endProblems(journal, heads),
    ...(key === undefined ? [] : signatureProblems(heads, key)),
  ];
  if (journal.problem === undefined && journal.view.isClosed && place.heads !== undefined && heads.length === 0)
    problems.push(
      about("heads", "none of this run is kept outside: its folder is another run's, or the place was changed"),
    );
  return { journal, problems, notes: place.heads === undefined ? [NOT_OUTSIDE] : [] };
}

const OTHER_HEAD = "is not the one whose hash is kept outside: the chain was made anew, or is another run's";
const NOT_OUTSIDE = "no head is kept outside: a chain that was made anew as a whole would not show";

/** Whether the last line of a chain that holds is the last that was written. */
function endProblems({ view, problem, isTorn }: VerifiedJournal, heads: readonly SignedHead[]): Problem[] {
  if (problem !== undefined) return [];
  const { seq } = view.head;
  const newest = heads.reduce((most, { lines }) => Math.max(most, lines), 0);
  if (newest > seq)
    return [
      problemOfLine(
        seq + 1,
        `is ${isTorn ? "cut off" : "missing"}: the head that is kept outside is of ${newest} lines`,
      ),
    ];
  if (isTorn && view.isClosed) return [problemOfLine(seq + 1, "was inserted behind the end, and is not whole")];
  if (view.isClosed && view.lastClose !== seq - 1)
    return [problemOfLine(seq, `closes a journal of ${view.lastClose} lines, and ${seq - 1} stand before it`)];
  if (view.isClosed && newest > 0 && newest < seq)
    return [problemOfLine(seq, `ends the run again, and the newest head that is kept outside is of ${newest} lines`)];
  return [];
}

function signatureProblems(heads: readonly SignedHead[], key: KeyObject): Problem[] {
  const unsigned = heads.filter((head) => !isHeadSigned(head, key));
  return unsigned.map(({ lines }) => about("heads", `the head of ${lines} lines is not signed with this key`));
}

function verdictOf({ view, run, problem }: VerifiedJournal, problems: Problem[], notes: string[]): RunVerdict {
  const { seq, hash } = view.head;
  const verdict = problems.length > 0 ? "invalid" : view.isClosed ? "valid" : "open";
  return { run, verdict, lines: seq, head: problem === undefined ? hash : "", problems, notes };
}

/** As much of `result.json` as is looked at. */
const ResultFile = z.looseObject({
  answer: z.string(),
  task: z.string(),
  status: z.string(),
  journalHead: z.string(),
  conflicts: z.number(),
  subtasks: z.array(z.looseObject({ id: z.string(), outcome: z.string().nullable(), output: z.string() })),
  coverage: z.record(z.string(), z.number()),
  usage: z.record(z.string(), z.number()),
  timing: z.looseObject({}),
  artifacts: z.array(
    z.looseObject({ name: z.string(), version: z.number(), path: z.string().nullable(), hash: z.string() }),
  ),
});

/** Result, answer and artifacts of a run that has ended. */
async function fileProblems(folder: string, view: RunView): Promise<Problem[]> {
  const ofResult = (problem: string): Problem[] => [about(RESULT_FILE, problem)];
  let text: string;
  let found: RunResult;
  try {
    text = readRegular(join(folder, RESULT_FILE)).toString();
    found = JSON.parse(text);
  } catch (error) {
    return ofResult(`cannot be read: ${reasonOf(error)}`);
  }
  const parsed = ResultFile.safeParse(found);
  if (!parsed.success) return ofResult(`is not a result: ${firstProblem(parsed.error, found)}`);
  const misfits = resultProblems(found, { view, changed: changedMembers(folder, found, view) });
  const problems = misfits.flatMap(ofResult);
  // Readers differ in which of two members of one name they take.
  if (misfits.length === 0 && `${JSON.stringify(found, null, 2)}\n` !== text)
    problems.push(...ofResult("is not written as it was"));
  if (regularBytes(join(folder, ANSWER_FILE))?.toString() !== found.answer)
    problems.push(about(ANSWER_FILE, `is not the answer of ${RESULT_FILE}`));
  for (const { name, version, path, hash } of found.artifacts) {
    if (path === null) continue;
    if ((await digestOf(join(folder, path))) !== hash)
      problems.push(about(path, `is not version ${version} of ${name}`));
  }
  return problems;
}

async function digestOf(file: string): Promise<string | undefined> {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest("hex");
}
