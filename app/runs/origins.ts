/** What a run that has not begun takes from recorded ones: put into its store and its folder; then it begins as any other. */
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BaseStore } from "@langchain/langgraph";
import { CONTENTS_FOLDER } from "../../adapters/storage/content-store.ts";
import type { Available } from "../../engine/policy/plan/plan-names.ts";
import { SwarmError } from "../../state/errors.ts";
import type { Fork } from "../../state/fork.ts";
import type { Question } from "../../state/question.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { Permissions } from "../permissions.ts";
import { prepareFollowUp } from "./follow-up.ts";
import { prepareFork, type ForkRequest } from "./fork-run.ts";
import type { Memories } from "./memories.ts";
import type { RunDocuments } from "./run-documents.ts";
import { EARLIER_FOLDER, runFolder, unknownRun } from "./run-folder.ts";
import type { RunHost, Staff } from "./run-parts.ts";
import { checkRun } from "./run-journal.ts";
import { forgetFollowUp, forgetFork, keepFollowUp, readBegin, successorOf } from "./run-store.ts";
import type { Thread } from "./checkpoint-line.ts";
import { depart, type Departure, type TravelHost } from "./time-travel.ts";
import { isRunLocked } from "../../adapters/storage/run-lock.ts";

interface Options {
  home: string | undefined;
  store: BaseStore | undefined;
  cwd: string;
  staff: Staff;
  permissions: Permissions;
  host: RunHost;
}

export class Origins {
  readonly #options: Options;
  readonly #memories: Memories;
  readonly #documents: RunDocuments;

  constructor(options: Options, memories: Memories, documents: RunDocuments) {
    this.#options = options;
    this.#memories = memories;
    this.#documents = documents;
  }

  /** See `depart` in time-travel.ts. */
  depart(thread: Thread, input: unknown, isHeldHere: (runId: string) => boolean): Promise<Departure> {
    const { home, permissions } = this.#options;
    const storeOf = (runId: string): BaseStore => this.#memories.storeOf(runId, thread.config);
    const host: TravelHost = {
      ...{ home, permissions, storeOf, documents: this.#documents, available: this.#available },
      isHeld: (runId) => home !== undefined && !isHeldHere(runId) && isRunLocked(runFolder(home, runId)),
      freeId: async (runId) => {
        let id = successorOf(runId);
        while (this.#memories.hadRun(id) || (await readBegin(storeOf(id), id)) !== undefined) id = successorOf(id);
        await checkRun(home, storeOf(id), id);
        return id;
      },
    };
    return depart(host, thread, input);
  }

  /** What plans may name. */
  get #available(): Available {
    const { staff, permissions } = this.#options;
    return { agents: staff.agents, useModel: (name) => void permissions.models.resolve(name) };
  }

  /** Throws SwarmError where that run cannot be forked so. */
  async fork(
    source: string,
    { runId, run, request }: { runId: string; run: RunOptions; request: ForkRequest },
  ): Promise<Fork> {
    const { home, host } = this.#options;
    const store = this.#memories.storeOf(runId, {});
    await this.#copyEarlier(source, runId);
    const expandDocuments = request.plan === undefined ? undefined : await this.#documents.expander(runId, run);
    return prepareFork(
      { home, store, available: this.#available, expandDocuments },
      { source, runId, request: host.redactor.value(request) },
    );
  }

  /** The same for a program: a run by its question, and how that is asked again. Throws SwarmError. */
  async forkOf(
    source: string,
    runId: string,
    request: ForkRequest,
  ): Promise<{ runId: string; input: Partial<Question> }> {
    if (this.#options.store === undefined)
      throw new SwarmError("USAGE", "a fork needs the store in which the run is", {
        next: "give createSwarm a home, or a store",
      });
    if ((await readBegin(this.#options.store, runId)) !== undefined)
      throw new SwarmError("RUN_EXISTS", `there is a run ${runId} already`, { next: "choose another id" });
    const begin = await readBegin(this.#options.store, source);
    if (begin === undefined) throw unknownRun(source);
    await this.fork(source, { runId, run: begin.run, request });
    const { task, documents, approve } = begin;
    const plan = request.plan ?? begin.plan ?? undefined;
    return { runId, input: { task, documents: documents ?? undefined, approve: approve ?? undefined, plan } };
  }

  /** A question about a finished run. Throws SwarmError as `prepareFollowUp` does. */
  async followUp(source: string, runId: string): Promise<void> {
    const { home, cwd, host } = this.#options;
    if (home === undefined) throw new SwarmError("USAGE", "a question about a run needs the home in which that run is");
    const place = { home, store: this.#memories.storeOf(runId, {}), cwd, redactor: host.redactor };
    await keepFollowUp(place.store, runId, await prepareFollowUp(place, { source, runId }));
  }

  /** What was put there for a run that was refused before it began. */
  async forget(runId: string): Promise<void> {
    const { home } = this.#options;
    const store = this.#memories.storeOf(runId, {});
    await forgetFollowUp(store, runId);
    await forgetFork(store, runId);
    if (home === undefined) return;
    for (const name of [EARLIER_FOLDER, CONTENTS_FOLDER])
      rmSync(join(runFolder(home, runId), name), { recursive: true, force: true });
  }

  /** The fork of a question that goes on with earlier ones goes on with them too. */
  async #copyEarlier(source: string, runId: string): Promise<void> {
    const { home } = this.#options;
    const store = this.#memories.storeOf(runId, {});
    const { history } = (await readBegin(store, source)) ?? {};
    if (history === undefined || history === null) return;
    await keepFollowUp(store, runId, { history: [...history] });
    if (home === undefined) return;
    const [from, to] = [source, runId].map((id) => join(runFolder(home, id), EARLIER_FOLDER));
    if (from !== undefined && to !== undefined && existsSync(from)) cpSync(from, to, { recursive: true });
  }
}
