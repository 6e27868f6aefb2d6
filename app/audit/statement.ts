/**
 * What can be said of a run to who has not got it: an in-toto statement (v1) about the files of its folder, signed, in a DSSE
 * envelope. Sources: in-toto attestation framework v1, DSSE v1.
 */
import { type KeyObject, hash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { regularBytes } from "../../adapters/storage/regular-files.ts";
import { SwarmError } from "../../state/errors.ts";
import type { RunResult } from "../../state/run-result.ts";
import { readResult } from "../cli/run-files.ts";
import { ANSWER_FILE, JOURNAL_FILE, RESULT_FILE, runFolder } from "../runs/run-folder.ts";
import { envelopeOf, statementIn, type Envelope, type SigningKey } from "../runs/signatures.ts";
import type { Problem } from "./verify-journal.ts";
import { jsonIn } from "../../state/is-record.ts";

const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE = "urn:glasshive:run:v1";

const Statement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  predicateType: z.literal(PREDICATE_TYPE),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })),
  predicate: z.object({ run: z.string(), lines: z.number(), head: z.string() }),
});
type Statement = z.infer<typeof Statement>;

const Envelope = z.object({
  payloadType: z.string(),
  payload: z.string(),
  signatures: z.array(z.object({ keyid: z.string(), sig: z.string() })),
});

/** About a run that has been verified: `lines` and `head` of its journal. */
export function exported(
  home: string,
  { run, lines, head }: { run: string; lines: number; head: string },
  key: SigningKey,
): Envelope {
  const result = readResult(home, run);
  const files = [JOURNAL_FILE, RESULT_FILE, ANSWER_FILE, ...result.artifacts.flatMap(({ path }) => path ?? [])];
  const subject = files.map((name) => ({ name, digest: { sha256: digestOf(join(runFolder(home, run), name)) } }));
  const predicate = { run, lines, head, ...aboutResult(result) };
  return envelopeOf({ _type: STATEMENT_TYPE, subject, predicateType: PREDICATE_TYPE, predicate }, key);
}

function aboutResult({ status, model, coverage, usage, timing }: RunResult) {
  return { status, model, coverage, usage, wallMs: timing.wallMs };
}

export function envelopeIn(text: string): Envelope | undefined {
  return Envelope.safeParse(jsonIn(text)).data;
}

/** The statement, and what of the run's files, where they are there, is not as it says. Throws SwarmError USAGE without a key. */
export function verifyStatement(
  envelope: Envelope,
  { home, key }: { home: string; key: KeyObject | undefined },
): { statement?: Statement; problems: Problem[] } {
  if (key === undefined)
    throw new SwarmError("USAGE", "an exported statement is worth what its signature is", {
      next: "name the public key with --key",
    });
  const said = statementIn(envelope, key);
  if (said === undefined) return { problems: [{ where: "signature", problem: "is not one of this key" }] };
  const { data: statement } = Statement.safeParse(said);
  if (statement === undefined) return { problems: [{ where: "statement", problem: "is not one about a run" }] };
  const folder = runFolder(home, statement.predicate.run);
  const changed = existsSync(folder)
    ? statement.subject.filter(({ name, digest }) => digestOf(join(folder, name)) !== digest.sha256)
    : [];
  return {
    statement,
    problems: changed.map(({ name }) => ({ where: name, problem: "is not the file that the statement is about" })),
  };
}

function digestOf(file: string): string {
  const bytes = regularBytes(file);
  return bytes === undefined ? "" : hash("sha256", bytes);
}
