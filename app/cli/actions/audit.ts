/** What `glasshive audit` does: `verify` says whether what is on record is as it was written, `key` and `export` sign it. */
import { statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readRegular } from "../../../adapters/storage/regular-files.ts";
import { envelopeIn, exported, verifyStatement } from "../../audit/statement.ts";
import { verify, type Verification } from "../../audit/verify.ts";
import type { Problem } from "../../audit/verify-journal.ts";
import type { RunVerdict } from "../../audit/verify-run.ts";
import { reasonOf, SwarmError } from "../../../state/errors.ts";
import { KEY_FILE, makeKeyPair, readPublicKey, readSigningKey } from "../../runs/signatures.ts";
import { EXIT } from "../exit-codes.ts";
import type { Asked, Flags } from "../home.ts";
import { print, TERMINAL } from "../terminal.ts";
import { many } from "../../../state/amounts.ts";
import { firstOf } from "../../../state/plain-text.ts";

/** Problems and runs that are printed one by one; `--json` has all. */
const MOST_SHOWN = 20;
const ENVELOPE_BYTES = 10_000_000;

interface VerifyFlags extends Flags {
  heads?: string;
  key?: string;
}

/** Returns the exit code: 0 valid, 1 not, which an open journal is not either. */
export async function auditVerify({ cwd, home, flags }: Asked<VerifyFlags>, target: string): Promise<number> {
  const key = flags.key === undefined ? undefined : readPublicKey(resolve(cwd, flags.key));
  const envelope = statementAt(resolve(cwd, target));
  if (envelope === undefined) {
    const found = await verify(target, { home, cwd, heads: flags.heads, key });
    print(flags, found, () => verificationText(found));
    return found.verdict === "valid" ? EXIT.complete : EXIT.failed;
  }
  const { statement = null, problems } = verifyStatement(envelope, { home, key });
  const verdict = problems.length > 0 ? "invalid" : "valid";
  const about = statement === null ? "" : `, about run ${statement.predicate.run}`;
  print(flags, { verdict, problems, statement }, () =>
    [`${target}: ${verdict}${about}`, ...problems.map(problemText)].join("\n"),
  );
  return verdict === "valid" ? EXIT.complete : EXIT.failed;
}

/** Undefined: the place holds something else. */
function statementAt(file: string) {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > ENVELOPE_BYTES) return undefined;
  return envelopeIn(readRegular(file).toString());
}

function verificationText({ verdict, problems, notes, runs }: Verification): string {
  if (runs.length === 1 && problems.length === 0 && notes.length === 0) return runs.map(runText).join("\n");
  const count = (wanted: string): number => runs.filter((one) => one.verdict === wanted).length;
  const others = runs.filter((one) => one.verdict !== "valid");
  return [
    `${verdict}: ${many(runs.length, "run")}, ${count("valid")} valid, ${count("open")} open, ${count("invalid")} invalid`,
    ...shown(problems, problemText),
    ...shown(notes, noteText),
    ...shown(others, runText),
  ].join("\n");
}

function runText({ run, verdict, lines, head, problems, notes }: RunVerdict): string {
  const held = {
    valid: `hold, closed, head ${head}`,
    open: "hold, and no closing record behind them",
    invalid: "before the first that does not hold, or all",
  };
  return [
    `run ${run}: ${verdict}: ${many(lines, "line")} ${held[verdict]}`,
    ...shown(problems, problemText),
    ...notes.map(noteText),
  ].join("\n");
}

function noteText(note: string): string {
  return `  note: ${note}`;
}

function problemText({ where, problem }: Problem): string {
  return `  ${where}: ${problem}`;
}

function shown<Item>(items: readonly Item[], text: (item: Item) => string): string[] {
  return firstOf(items.map(text), MOST_SHOWN, (left) => `  … and ${left} more; --json has all`);
}

/** Returns the exit code. */
export function auditKey({ cwd, home, flags }: Asked<Flags & { out?: string }>): number {
  const file = flags.out === undefined ? join(home, KEY_FILE) : resolve(cwd, flags.out);
  const { fingerprint, publicFile } = makeKeyPair(file);
  TERMINAL.out(`${file}\n${publicFile}\nfingerprint ${fingerprint}`);
  TERMINAL.note(`runs are signed with --signing-key ${file}; keep it away from who could change the runs`);
  return EXIT.complete;
}

/** Returns the exit code: a run that is not valid is not exported. */
export async function auditExport(
  { cwd, home, flags: { out, signingKey } }: Asked<Flags & { out?: string; signingKey?: string }>,
  runId: string,
): Promise<number> {
  const key = readSigningKey(signingKey === undefined ? join(home, KEY_FILE) : resolve(cwd, signingKey));
  const found = await verify(runId, { home, cwd });
  const [run] = found.runs;
  if (found.verdict !== "valid" || run === undefined || found.runs.length > 1) {
    TERMINAL.out(verificationText(found));
    TERMINAL.note(`${runId} is not exported: a statement is made of one run that is valid`);
    return EXIT.failed;
  }
  const text = `${JSON.stringify(exported(home, run, key))}\n`;
  if (out === undefined) TERMINAL.out(text);
  else write(resolve(cwd, out), text);
  return EXIT.complete;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new SwarmError("USAGE", `${file} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}
