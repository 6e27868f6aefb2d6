/** What `glasshive batch` does: many runs, one folder, caps over all of them. */
import { resolve } from "node:path";
import { BatchCaps, type RowClass } from "../../../state/batch.ts";
import { SwarmError } from "../../../state/errors.ts";
import { firstProblem } from "../../../state/problem.ts";
import type { RunConfig } from "../../config/run-config.ts";
import { capsOf, readTask } from "../../config/run-settings.ts";
import { readTextFile } from "../../config/read-file.ts";
import { configuration } from "../config-file.ts";
import type { Asked, Flags } from "../home.ts";
import { interruptible } from "../interruption.ts";
import { TERMINAL } from "../terminal.ts";

export interface BatchFlags extends Flags {
  out: string;
  parallel?: number;
  retry?: string;
}

const DEFAULT_PARALLEL = 4;
const MOST_PARALLEL = 100;
const RETRIED = ["failed", "partial", "infra"] as const;

/** Returns the exit code. */
export async function batch({ cwd, flags: typed }: Asked<BatchFlags>, given: string | undefined): Promise<number> {
  const { argument, flags: all } = withFileBehind(given, typed);
  const { out, parallel, retry, json, ...flags } = all;
  const file = argument === "-" ? undefined : resolve(cwd, argument);
  const asked = {
    flags,
    file,
    cwd,
    home: resolve(cwd, out),
    ...optionsOf(flags, cwd),
    parallel: parallelOf(parallel),
    retry: retriedOf(retry),
    text: file === undefined ? await readTask(process.stdin, "the batch") : readTextFile(file, "the batch", "USAGE"),
    isJson: json === true,
  };
  const { runBatch } = await import("../../batch/run-batch.ts");
  let hasBegun = false;
  const again = `the same command (what is finished in ${out} is not run again)`;
  const summary = await interruptible(
    () => (hasBegun ? again : undefined),
    (interruption) => runBatch({ ...asked, interruption, keep: () => void (hasBegun = true) }),
  );
  if (asked.isJson) await TERMINAL.outPieces([JSON.stringify(summary)]);
  return summary.exitCode;
}

/** The caps of the command are over the whole batch; those of its configuration are over each row. Throws SwarmError USAGE. */
function optionsOf(flags: Flags & RunConfig, cwd: string): { caps: BatchCaps; config: RunConfig } {
  const { maxSteps, maxTokens, maxUsd, deadline, ...rest } = flags;
  const given = capsOf({ maxSteps, maxTokens, maxUsd, deadline });
  const caps = BatchCaps.safeParse(given);
  if (!caps.success) throw new SwarmError("USAGE", `the caps of the batch: ${firstProblem(caps.error, given)}`);
  return { caps: caps.data, config: configuration(rest, cwd) };
}

function parallelOf(parallel = DEFAULT_PARALLEL): number {
  if (Number.isInteger(parallel) && parallel >= 1 && parallel <= MOST_PARALLEL) return parallel;
  throw new SwarmError("USAGE", `--parallel: expected a whole number from 1 to ${MOST_PARALLEL}, got ${parallel}`);
}

function retriedOf(given: string | undefined): Set<RowClass> {
  const names = given === undefined ? [] : given.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !RETRIED.some((known) => known === name));
  if (unknown !== undefined)
    throw new SwarmError("USAGE", `--retry: "${unknown}" is not one of ${RETRIED.join(", ")}`, {
      next: "name classes of rows",
    });
  return new Set(RETRIED.filter((name) => names.includes(name)));
}

/** `--docs` takes every word up to the next flag, the batch's file behind it too: where none is given, it is the last of several. */
function withFileBehind(given: string | undefined, flags: BatchFlags): { argument: string; flags: BatchFlags } {
  if (given !== undefined) return { argument: given, flags };
  for (const key of ["docs", "skills"]) {
    const words = flags[key];
    if (!Array.isArray(words) || words.length < 2) continue;
    const last = String(words.at(-1));
    if (last === "-" || /\.(?:jsonl|ndjson|csv)$/i.test(last))
      return { argument: last, flags: { ...flags, [key]: words.slice(0, -1) } };
  }
  throw new SwarmError("USAGE", "the batch has no file", {
    next: 'name one (JSON Lines or CSV), or "-" for standard input',
  });
}
