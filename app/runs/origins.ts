/** What a run that has not begun takes from recorded ones: put into its store and its folder; then it begins as any other. */
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CONTENTS_FOLDER } from "../../adapters/storage/content-store.ts";
import type { Available } from "../../engine/policy/plan/plan-names.ts";
import { SwarmError } from "../../state/errors.ts";
import type { Question } from "../../state/question.ts";
import type { RunOptions } from "../../state/run-options.ts";
import { prepareFollowUp } from "./follow-up.ts";
import { prepareFork, type ForkRequest } from "./fork-run.ts";
import type { RunDocuments } from "./run-documents.ts";
import { EARLIER_FOLDER, unknownRun } from "./run-folder.ts";
import type { RunLocks } from "./run-locks.ts";
import { successorOf, type RunStore } from "./run-store.ts";
import type { RunStores } from "./run-stores.ts";
import type { SwarmSetup } from "./swarm-setup.ts";
import type { Thread } from "./checkpoint-line.ts";
import { depart, type Departure } from "./time-travel.ts";

/** Of the swarm. */
interface Parts {
  stores: RunStores;
  documents: RunDocuments;
  locks: RunLocks;
}

export class Origins {
  readonly #setup: SwarmSetup;
  readonly #parts: Parts;

  constructor(setup: SwarmSetup, parts: Parts) {
    this.#setup = setup;
    this.#parts = parts;
  }

  /** See `depart` in time-travel.ts. */
  depart(thread: Thread, input: unknown): Promise<Departure> {
    const { stores, documents, locks } = this.#parts;
    const runOf = (id: string): RunStore => stores.runOf(id, thread.config);
    const host = {
      permissions: this.#setup.permissions,
      runOf,
      documents,
      available: this.#available,
      isOurs: (id: string) => locks.has(id),
      next: async (id: string) => {
        let run = runOf(successorOf(id));
        while (stores.hadRun(run.id) || (await run.hasBegun())) run = runOf(successorOf(run.id));
        await run.check();
        return run;
      },
    };
    return depart(host, thread, input);
  }

  /** What plans may name. */
  get #available(): Available {
    const { staff, permissions } = this.#setup;
    return { agents: staff.agents, modelOf: (name) => permissions.models.resolve(name) };
  }

  /** Throws SwarmError where that run cannot be forked so. */
  async fork(source: string, { runId, run, request }: { runId: string; run: RunOptions; request: ForkRequest }) {
    const between = { source: this.#parts.stores.runOf(source), run: this.#parts.stores.runOf(runId) };
    await copyEarlier(between);
    const expandDocuments = request.plan === undefined ? undefined : await this.#parts.documents.expander(runId, run);
    const redacted = this.#setup.host.redactor.value(request);
    await prepareFork(between, redacted, { available: this.#available, expandDocuments });
  }

  /** The same for a program: a run by its question, and how that is asked again. Throws SwarmError. */
  async forkOf(
    source: string,
    runId: string,
    request: ForkRequest,
  ): Promise<{ runId: string; input: Partial<Question> }> {
    if (this.#setup.store === undefined)
      throw new SwarmError("USAGE", "a fork needs the store in which the run is", {
        next: "give createSwarm a home, or a store",
      });
    if (await this.#parts.stores.runOf(runId).hasBegun())
      throw new SwarmError("RUN_EXISTS", `there is a run ${runId} already`, { next: "choose another id" });
    const begin = await this.#parts.stores.runOf(source).read("begin");
    if (begin === undefined) throw unknownRun(source);
    await this.fork(source, { runId, run: begin.run, request });
    const { task, documents, approve } = begin;
    const plan = request.plan ?? begin.plan ?? undefined;
    return { runId, input: { task, documents: documents ?? undefined, approve: approve ?? undefined, plan } };
  }

  /** A question about a finished run. Throws SwarmError as `prepareFollowUp` does. */
  async followUp(source: string, runId: string): Promise<void> {
    const { home, cwd, host } = this.#setup;
    if (home === undefined) throw new SwarmError("USAGE", "a question about a run needs the home in which that run is");
    const run = this.#parts.stores.runOf(runId);
    const place = { home, store: run.store, cwd, redactor: host.redactor };
    await run.keep("follow-up", await prepareFollowUp(place, { source, runId }));
  }

  /** What was put there for a run that was refused before it began. */
  async forget(runId: string): Promise<void> {
    const run = this.#parts.stores.runOf(runId);
    await run.forget("follow-up", "fork");
    if (run.folder === undefined) return;
    for (const name of [EARLIER_FOLDER, CONTENTS_FOLDER])
      rmSync(join(run.folder, name), { recursive: true, force: true });
  }
}

/** The fork of a question that goes on with earlier ones goes on with them too. */
async function copyEarlier({ source, run }: { source: RunStore; run: RunStore }): Promise<void> {
  const { history } = (await source.read("begin")) ?? {};
  if (history === undefined || history === null) return;
  await run.keep("follow-up", { history: [...history] });
  if (source.folder === undefined || run.folder === undefined) return;
  const from = join(source.folder, EARLIER_FOLDER);
  if (existsSync(from)) cpSync(from, join(run.folder, EARLIER_FOLDER), { recursive: true });
}
