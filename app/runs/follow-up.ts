/**
 * A question about a finished run, before it begins: what that run was asked, has answered, found and made is put into the new run's
 * folder, as documents that its agents search, read and cite; so it stands without the run that it asks about (docs/decisions/0063).
 *
 * 1. Nothing is taken that the journal of that run does not prove by its hash.
 * 2. Of a conversation of several runs all are there, up to `MOST_RUNS`.
 */
import { existsSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { BaseStore } from "@langchain/langgraph";
import { openContents } from "../../adapters/storage/content-store.ts";
import { regularBytes } from "../../adapters/storage/regular-files.ts";
import { isRunLocked } from "../../adapters/storage/run-lock.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import { boundedHistory, type Exchange } from "../../state/exchange.ts";
import { SwarmError } from "../../state/errors.ts";
import { oneLine } from "../../state/plain-text.ts";
import { changed, readForkSource, type ForkSource } from "./fork-source.ts";
import { refuseShortened } from "./heads.ts";
import { EARLIER_FOLDER, runFolder, writeWhole } from "./run-folder.ts";
import { readJournal } from "./run-journal.ts";
import { RunStore, type FollowUp } from "./run-store.ts";
import type { RunSetup } from "../../engine/journal/run-events.ts";
import { ARTIFACTS_FOLDER } from "../../engine/policy/merge/artifact-rules.ts";
import { contentText, contentJson } from "../../engine/journal/recorded-messages.ts";
import { jsonIn } from "../../state/is-record.ts";
import { createHash } from "node:crypto";

const MOST_RUNS = 8;
const LONGEST_HEADING = 200;

interface Place {
  home: string;
  store: BaseStore;
  cwd: string;
  redactor: Redactor;
}

interface Finished extends ForkSource {
  task: string;
  answer: string;
  history: readonly Exchange[];
}

/** Throws SwarmError RUN_UNKNOWN, RUN_HELD, JOURNAL_BROKEN, STORAGE_FAILED, and USAGE where the run has no answer. */
export async function prepareFollowUp(
  place: Place,
  { source, runId }: { source: string; runId: string },
): Promise<FollowUp> {
  const asked = await readFinished(place, source);
  const folder = join(runFolder(place.home, runId), EARLIER_FOLDER);
  rmSync(folder, { recursive: true, force: true });
  const shown = new Map<string, string>();
  for (let run: Finished | undefined = asked; run !== undefined; run = await before(place, run, shown)) {
    const own = join(folder, basename(runFolder(place.home, run.id)));
    for (const { name, text } of materialOf(place.home, run)) writeWhole(own, name, place.redactor.text(text));
    shown.set(run.id, pathFrom(place.cwd, own));
  }
  const { id, task, answer, view } = asked;
  const history = [...asked.history, { task, answer, runId: id }].map(({ documents: _gone, ...exchange }) => {
    const documents = exchange.runId === undefined ? undefined : shown.get(exchange.runId);
    return { ...exchange, ...(documents === undefined ? {} : { documents }) };
  });
  return {
    parent: { runId: id, journalHead: view.head.hash, at: [], followUp: true },
    history: place.redactor.value(boundedHistory(history)),
  };
}

/**
 * What a run that can be asked about has on record of its beginning and its end. Throws SwarmError USAGE for any other, and
 * JOURNAL_BROKEN for one that had ended and has lost that.
 */
export function refuseUnfinished(home: string, id: string): { task: string; setup: string; answer: string } {
  const { start, end, isClosed, head } = readJournal(home, id);
  if (!isClosed) refuseShortened(home, id, head);
  if (end === undefined || !isClosed || start === undefined)
    throw new SwarmError("USAGE", `run ${id} has not ended: there is no answer yet to ask about`, {
      next: isRunLocked(runFolder(home, id)) ? "wait for its end" : `continue it: glasshive resume ${id}`,
    });
  if (end.answer === undefined || start.setup === undefined)
    throw new SwarmError("USAGE", `run ${id} is of a release that put less on record: it cannot be asked about`, {
      next: "ask the question anew: glasshive run",
    });
  return { task: start.task, setup: start.setup, answer: end.answer };
}

async function readFinished(place: Place, id: string): Promise<Finished> {
  const { home } = place;
  const { task, setup, answer: digest } = refuseUnfinished(home, id);
  const source = await readForkSource(new RunStore(id, place));
  const contents = openContents(runFolder(home, id));
  const { question }: RunSetup = contentJson(contents, setup);
  const answer = contentText(contents, digest);
  return { ...source, task, answer, history: question.history ?? [] };
}

/** The run that this one asked on about, where it is still there; one that is not costs its material, not the question. */
async function before(
  place: Place,
  { view }: Finished,
  known: ReadonlyMap<string, unknown>,
): Promise<Finished | undefined> {
  const { runId, followUp } = view.start?.parent ?? {};
  if (runId === undefined || followUp !== true || known.has(runId) || known.size >= MOST_RUNS) return undefined;
  return existsSync(runFolder(place.home, runId)) ? readFinished(place, runId) : undefined;
}

interface Material {
  /** Relative to the run's folder among the documents. */
  name: string;
  text: string;
}

/** Its answer, what each subtask has found where there are several, and the newest version of each artifact. */
function* materialOf(home: string, run: Finished): Generator<Material> {
  const { id, task, answer, plan, view } = run;
  yield { name: "answer.md", text: `# ${oneLine(task, LONGEST_HEADING)}\n\n${answer}\n` };
  const work = plan.subtasks.filter(({ role }) => role === "work");
  for (const subtask of work.length > 1 ? work : []) {
    const output = run.result(subtask.id)?.output ?? "";
    const value = /^\s*[[{]/.test(output) ? jsonIn(output) : undefined;
    const title = oneLine(subtask.title, LONGEST_HEADING);
    if (value !== undefined) yield { name: `results/${subtask.id}.json`, text: JSON.stringify(value, null, 2) };
    else if (output !== "") yield { name: `results/${subtask.id}.md`, text: `# ${title}\n\n${output}\n` };
  }
  for (const { name, version, path, hash } of view.end?.artifacts ?? []) {
    if (path === null) continue;
    if (!path.startsWith(`${ARTIFACTS_FOLDER}/`) || path.split(/[\\/]/).includes(".."))
      throw changed(id, `the place of ${name}`);
    const content = regularBytes(join(runFolder(home, id), path));
    if (content === undefined || createHash("sha256").update(content).digest("hex") !== hash)
      throw changed(id, `version ${version} of ${name}`);
    yield { name: path, text: content.toString("utf8") };
  }
}

/** As the tools show it: from where the person stands, or else by itself. */
function pathFrom(cwd: string, folder: string): string {
  const path = relative(cwd, folder);
  return path.startsWith("..") || path === "" ? basename(folder) : path;
}
