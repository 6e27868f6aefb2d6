/**
 * What a command says and where: results on stdout, everything else on stderr. Texts of models, tasks, documents and files come
 * through here, so here they lose what a terminal would obey.
 */
import { describeError, SwarmError } from "../../state/errors.ts";
import { createRedactor, type Redactor } from "../../engine/policy/redaction/redactor.ts";
import { knownKeys } from "../config/known-keys.ts";
import { EXIT } from "./exit-codes.ts";
import type { Flags } from "./home.ts";
import { hideSecrets } from "../../adapters/text/hide-secrets.ts";
import { listOf } from "../../state/is-record.ts";

/** Something was printed that stands in no file. */
let isPrintedOnly = false;

export const TERMINAL = {
  /** Where standard output does not take it, the command has failed. */
  out(text: string): void {
    isPrintedOnly = true;
    process.stdout.write(visibleText(withoutKeys(text.endsWith("\n") ? text : `${text}\n`)));
  },
  /** What a file has too, in pieces, none of which ends within a character or a line end; then the end of the line. */
  async outPieces(pieces: Iterable<string>): Promise<void> {
    for (const piece of pieces) {
      if (process.stdout.write(visibleText(withoutKeys(piece)))) continue;
      // What a slow reader has not taken is in memory; one that is gone is sent no more.
      if (!(await takesMore(process.stdout))) return;
    }
    process.stdout.write("\n");
  },
  note(line: string): void {
    process.stderr.write(visibleText(`glasshive: ${withoutKeys(line)}\n`));
  },
};

/** What a verb has found: as JSON for a program, in words for a person. */
export function print({ json }: Pick<Flags, "json">, found: unknown, text: () => string): void {
  TERMINAL.out(json === true ? JSON.stringify(found) : text());
}

/** Waits until the stream has taken what it was given; false: it takes no more. */
function takesMore(stream: NodeJS.WriteStream): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const taken = (): void => resolve(true);
  const gone = (): void => resolve(false);
  stream.once("drain", taken).once("error", gone).once("close", gone);
  return promise.finally(() => stream.off("drain", taken).off("error", gone).off("close", gone));
}

/** Controls (C0 but tab and line feed, DEL, C1), what overrides the direction of text, and separators of lines that are none. */
// oxlint-disable-next-line no-control-regex -- they are what it is about
const OBEYED = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g;

/**
 * The text with what a terminal would obey written out, as `\u001b`: within JSON the same value. Piped text is treated alike, since a
 * pipe often ends on a terminal; files (`answer.md`) keep theirs. Pure.
 */
export function visibleText(text: string): string {
  const escaped = (mark: string): string => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.toWellFormed().replaceAll("\r\n", "\n").replace(OBEYED, escaped);
}

/**
 * A reader that goes away (`| head`), a full disk, a terminal that was closed: what cannot be written stops no run. Where it stands in no
 * file the command ends as failed; a reader that goes away has what it wanted.
 */
export function bearClosedPipes(): void {
  let isTold = false;
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isTold || error.code === "EPIPE") return;
    isTold = true;
    const where = isPrintedOnly ? "" : "; a run's answer is in its folder";
    TERMINAL.note(`standard output takes no more (${error.code ?? error.message})${where}`);
  });
  process.on("exit", (code) => {
    if (isTold && isPrintedOnly && code === EXIT.complete) process.exitCode = EXIT.failed;
  });
}

/** One readable line for anything thrown, a stack only where it is asked for. Returns the exit code. */
export function reportError(error: unknown, { verbose }: Pick<Flags, "verbose">): number {
  const thrown = error instanceof AggregateError ? (listOf(error.errors)[0] ?? error) : error;
  const known = thrown instanceof SwarmError ? thrown : undefined;
  const next = known?.next === undefined ? "" : ` — ${known.next}`;
  TERMINAL.note(hideSecrets(`${describeError(thrown)}${next}`));
  if (verbose === true && thrown instanceof Error && thrown.stack !== undefined)
    process.stderr.write(`${visibleText(hideSecrets(withoutKeys(thrown.stack)))}\n`);
  return known?.exitCode ?? EXIT.failed;
}

let keys: Redactor | undefined;

/** What comes into a run has none any more; an error may be of something that never came so far, and records of an older release. */
export function withoutKeys(text: string): string {
  keys ??= createRedactor({ secrets: knownKeys(process.env), patterns: [] });
  return keys.text(text);
}
