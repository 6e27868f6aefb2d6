/**
 * Lines of a journal as they stand in a file, read one after the other: JSON, the chain, then the schema of the line's kind.
 * Whoever reads a journal reads it through here, and meets typed events of the newest version.
 *
 * 1. A line that does not hold is named, with what is wrong: nothing behind it is read.
 * 2. A kind of a newer release is passed on as `unknown`, with all that it says; so are fields that are not known.
 * 3. Memory does not grow with the lines.
 */
import { SwarmError } from "../../state/errors.ts";
import { DEEPEST, isDeeper } from "../../state/nesting.ts";
import { firstProblem } from "../../state/problem.ts";
import { EMPTY_CHAIN, linkProblem, type ChainHead } from "./chain.ts";
import { EVENTS, type JournalLine } from "./events.ts";
import { JOURNAL_VERSION } from "./run-events.ts";
import { isRecord } from "../../state/is-record.ts";

/** A line holds what a stranger gave some levels down. */
const DEEPEST_LINE = DEEPEST + 100;

type Raw = Readonly<Record<string, unknown>>;

export class JournalReader {
  readonly #run: string;
  readonly #isChecked: boolean;
  #head = EMPTY_CHAIN;
  #version: unknown = JOURNAL_VERSION;

  /** `isChecked`: that its lines hold is known, or is being found out elsewhere. */
  constructor(run: string, { isChecked = false } = {}) {
    this.#run = run;
    this.#isChecked = isChecked;
  }

  get head(): ChainHead {
    return this.#head;
  }

  /** The next line. Throws SwarmError JOURNAL_BROKEN. */
  read(text: string): JournalLine {
    const raw = this.#parsed(text);
    if (!this.#isChecked) this.#checkLink(raw, text);
    if (this.#head === EMPTY_CHAIN) this.#version = versionOf(raw);
    if (typeof this.#version === "number" && this.#version > JOURNAL_VERSION) throw newer(this.#run, this.#version);
    const line = this.#version === JOURNAL_VERSION ? raw : upgraded(raw);
    const problem = this.#isChecked ? undefined : (envelopeProblem(line) ?? dataProblem(line));
    if (problem !== undefined) throw this.#broken(this.#next, problem);
    this.#head = { seq: this.#next, hash: raw["hash"] as string };
    const { kind } = line;
    return (isKnown(kind) ? line : { ...line, kind: "unknown", name: kind }) as unknown as JournalLine;
  }

  #checkLink(raw: Raw, text: string): void {
    const broken = linkProblem(raw, this.#head, text);
    if (broken !== undefined) throw this.#broken(typeof raw["seq"] === "number" ? raw["seq"] : this.#next, broken);
  }

  get #next(): number {
    return this.#head.seq + 1;
  }

  #parsed(text: string): Raw {
    if (isDeeper(text, DEEPEST_LINE)) throw this.#broken(this.#next, `nests deeper than ${DEEPEST_LINE} levels`);
    try {
      const line: unknown = JSON.parse(text);
      if (isRecord(line)) return line;
    } catch (error) {
      throw this.#broken(this.#next, "is not JSON", error);
    }
    throw this.#broken(this.#next, "is not an entry");
  }

  #broken(line: number, reason: string, cause?: unknown): SwarmError {
    return new SwarmError("JOURNAL_BROKEN", `the journal of run ${this.#run} does not hold: line ${line} ${reason}`, {
      cause,
      next: "restore journal.jsonl from a copy; a run is not continued on a record that was changed",
    });
  }
}

function newer(run: string, version: number): SwarmError {
  const message = `the journal of run ${run} was written by a newer release: its version is ${version}, this release reads up to ${JOURNAL_VERSION}`;
  return new SwarmError("JOURNAL_BROKEN", message, { next: "read it with the release that wrote it" });
}

/** Of a first line; undefined: from before there were versions. */
function versionOf({ data }: Raw): unknown {
  return isRecord(data) ? data.journal : undefined;
}

function envelopeProblem({ at, kind, data, subtask, attempt }: Raw): string | undefined {
  if (typeof at !== "string" || Number.isNaN(Date.parse(at))) return "has no time";
  if (typeof kind !== "string") return "has no kind";
  if (subtask !== undefined && typeof subtask !== "string") return "names no subtask";
  if (attempt !== undefined && typeof attempt !== "number") return "names no attempt";
  return isRecord(data) ? undefined : "has no data";
}

function dataProblem({ kind, data }: Raw): string | undefined {
  if (!isKnown(kind)) return undefined;
  const { error } = EVENTS[kind].safeParse(data);
  return error === undefined ? undefined : `(${kind}) does not fit its schema: ${firstProblem(error, data)}`;
}

function isKnown(kind: unknown): kind is keyof typeof EVENTS {
  return typeof kind === "string" && Object.hasOwn(EVENTS, kind);
}

/**
 * Lines of journals without a version, brought to the newest one as they are read. In place of each line stands what the newest
 * release would have written; a line that it did write stays as it is. Pure.
 */
function upgraded(line: Raw): Raw {
  const upgrade = typeof line["kind"] === "string" ? UPGRADES[line["kind"]] : undefined;
  const { data = {} } = line;
  return upgrade === undefined || !isRecord(data) ? line : { ...line, data: upgrade(data) };
}

const UPGRADES: Readonly<Record<string, (data: Raw) => Raw>> = {
  "run-start": runStart,
  "model-call": (data) => ({ gapMs: 0, waitedMs: 0, ...data }),
};

/** The first releases noted of the documents only how many there were, or nothing. */
function runStart({ documents = 0, ...data }: Raw): Raw {
  const report = typeof documents === "number" ? { read: documents, leftOut: [], ignored: 0 } : documents;
  return { ...data, documents: report, journal: JOURNAL_VERSION };
}
