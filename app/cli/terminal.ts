/** What a command says and where: results on stdout, everything else on stderr. */
import { describeError, SwarmError } from "../../state/errors.ts";
import { EXIT } from "./exit-codes.ts";

export interface Terminal {
  out: (text: string) => void;
  /** One line on stderr. */
  note: (line: string) => void;
}

export const TERMINAL: Terminal = {
  out: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
  note: (line) => void process.stderr.write(`glasshive: ${line}\n`),
};

/** A reader that goes away (`| head`), a full disk, a terminal that was closed: what cannot be written stops no run. */
export function bearClosedPipes(): void {
  let isTold = false;
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isTold || error.code === "EPIPE") return;
    isTold = true;
    TERMINAL.note(`standard output takes no more (${error.code ?? error.message}); a run's answer is in its folder`);
  });
}

/** One readable line for anything thrown, a stack only where it is asked for. Returns the exit code. */
export function reportError(error: unknown, { verbose }: { verbose: boolean }): number {
  const thrown = error instanceof AggregateError ? ((error.errors as unknown[])[0] ?? error) : error;
  const known = thrown instanceof SwarmError ? thrown : undefined;
  const next = known?.next === undefined ? "" : ` — ${known.next}`;
  TERMINAL.note(redact(`${describeError(thrown)}${next}`));
  if (verbose && thrown instanceof Error && thrown.stack !== undefined)
    process.stderr.write(`${redact(thrown.stack)}\n`);
  return known?.exitCode ?? EXIT.failed;
}

/** Keys never reach a terminal, whatever a library puts into its messages. */
function redact(text: string): string {
  const key = process.env["OPENAI_API_KEY"];
  const named = key === undefined || key.length < 8 ? text : text.replaceAll(key, "[key]");
  return named.replace(/\bsk-[A-Za-z0-9_-]{8,}/g, "[key]");
}
