/**
 * A journal's file, verified line by line: that each line stands as it was written, in its place, and what the first one is that does
 * not. Lines are counted as they stand in the file, from 1. Memory does not grow with them.
 */
import { journalLines } from "../../adapters/storage/journal-file.ts";
import { isAsWritten, linkProblem, type ChainHead } from "../../engine/journal/chain.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import { JournalReader } from "../../engine/journal/read-journal.ts";
import { applyEvent, newRunView, type RunView } from "../../engine/journal/run-view.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import { isRecord, fieldOf, jsonIn } from "../../state/is-record.ts";

export interface Problem {
  /** What it is about: a file, or the line of the journal. */
  where: string;
  line?: number;
  problem: string;
}

export function about(where: string, problem: string): Problem {
  return { where, problem };
}

export function problemOfLine(line: number, problem: string): Problem {
  return { where: `line ${line}`, line, problem };
}

export interface VerifiedJournal {
  /** Of the lines up to the first problem. */
  view: RunView;
  run: string;
  problem: Problem | undefined;
  /** The last line has no end: it is being written, or was cut. */
  isTorn: boolean;
}

export interface Expected {
  /** Undefined: that of the first line. */
  run: string | undefined;
  /** `before`: what the lines before this one say. */
  each: (line: JournalLine, before: RunView) => void;
}

export function verifyJournal(path: string, { run, each }: Expected): VerifiedJournal {
  const view = newRunView();
  let reader: JournalReader | undefined;
  let name = run;
  let problem: Problem | undefined;
  const lines = journalLines(path);
  for (;;) {
    const { done, value } = lines.next();
    if (done === true) return { view, run: name ?? "", problem, isTorn: value !== undefined };
    const text = value;
    const number = view.head.seq + 1;
    name ??= runIn(text);
    reader ??= new JournalReader(name);
    const found = problemOf(text, reader, { run: name, each: (line) => (each(line, view), applyEvent(view, line)) });
    if (found === undefined) continue;
    problem = problemOfLine(
      number,
      found(() => lines),
    );
    lines.return(undefined);
    return { view, run: name, problem, isTorn: false };
  }
}

type Rest = () => Iterable<string>;

/** Undefined: the line holds. Else what is wrong with it, once the lines behind it are looked at. */
function problemOf(
  text: string,
  reader: JournalReader,
  { run, each }: { run: string; each: (line: JournalLine) => void },
): ((rest: Rest) => string) | undefined {
  const { head } = reader;
  try {
    const line = reader.read(text);
    if (line.run !== run) return () => `is of another run: "${line.run}"`;
    if (!isAsWritten(text)) return () => "was altered: it says the same, and is not written as it was";
    each(line);
    return undefined;
  } catch (error) {
    if (!(error instanceof SwarmError)) throw error;
    return (rest) => alteration(text, head, rest) ?? describeError(error).replace(/^.* does not hold: line \d+ /, "");
  }
}

/** What happened to the chain at this line; undefined: its chain holds. */
function alteration(text: string, head: ChainHead, rest: Rest): string | undefined {
  const line = jsonIn(text);
  if (!isRecord(line)) return "was altered: it is not JSON";
  const { seq, prev } = line;
  const number = head.seq + 1;
  if (
    typeof seq !== "number" ||
    typeof prev !== "string" ||
    linkProblem(line, { seq: seq - 1, hash: prev }, text) !== undefined
  )
    return "was altered: its hash does not match";
  if (seq > number) {
    const missing = seq - number === 1 ? `line ${number} is` : `lines ${number} to ${seq - 1} are`;
    return standsIn(rest(), number)
      ? `was moved: it is line ${seq}, and line ${number} stands further down`
      : `${missing} missing before it`;
  }
  if (seq < number) return `was inserted: line ${seq} is there already`;
  return prev === head.hash
    ? undefined
    : `does not follow line ${head.seq}: that one was altered together with its hash, or this one is of another journal`;
}

function standsIn(lines: Iterable<string>, seq: number): boolean {
  for (const text of lines) if (fieldOf(jsonIn(text), "seq") === seq) return true;
  return false;
}

function runIn(text: string): string {
  const run = fieldOf(jsonIn(text), "run");
  return typeof run === "string" ? run : "";
}
