/**
 * An open run: the services that the nodes work with. A cache over the run's durable records (journal, board), made anew from them
 * by whichever process continues the run. Owns how the services are put together, and the order of records at the end.
 */
import type { RunControl } from "@langchain/langgraph";
import { redactionOf, type DataOf, type JournalLine } from "../../engine/journal/events.ts";
import { workedMs } from "../../engine/journal/run-view.ts";
import { resultDigest } from "../../engine/policy/audit/result-problems.ts";
import { rulesOf } from "../../engine/policy/merge/artifact-rules.ts";
import { writeEntries } from "../../engine/policy/merge/journal-entries.ts";
import { MOST_IN_RUN } from "../../engine/policy/plan/requested-subtasks.ts";
import { layeredPolicy } from "../../engine/policy/recovery/policy.ts";
import { parallelismReport } from "../../engine/policy/report/parallelism.ts";
import type { Board } from "../../engine/ports/board.ts";
import { ArtifactLog } from "../../engine/runtime/artifacts/artifact-log.ts";
import { ArtifactWriter } from "../../engine/runtime/artifacts/artifact-writer.ts";
import { requestSubtasks } from "../../engine/runtime/coordinator/request-subtasks.ts";
import { LIVE, type Effects } from "../../engine/runtime/run/effects.ts";
import type { PosedQuestion, Run, RunBudget, RunRecovery, RunShared, RunTurns } from "../../engine/runtime/run/run.ts";
import type { StopSignals } from "../../engine/runtime/turns/ending.ts";
import { Hedging } from "../../engine/runtime/turns/hedging.ts";
import { ModelTurns } from "../../engine/runtime/turns/model-turns.ts";
import { PromptWarmUp } from "../../engine/runtime/turns/prompt-warm-up.ts";
import { ReplyGate } from "../../engine/runtime/turns/reply-gate.ts";
import type { ArtifactEvent } from "../../state/artifact.ts";
import { SwarmError } from "../../state/errors.ts";
import type { RedactedCounts, RedactionSource } from "../../state/redaction.ts";
import { DEFAULT_WARMUP_MS, type RunOptions } from "../../state/run-options.ts";
import type { RunResult } from "../../state/run-result.ts";
import { toolset } from "../../tools/toolset.ts";
import type { EndpointChange } from "./limiter-pool.ts";
import { KeyedRecord, startEntry, takenOver } from "./keyed-record.ts";
import { leftRun } from "./refuse-other.ts";
import { keepResult, writeWhole } from "./run-folder.ts";
import { Life, type Rules, type RunParts } from "./run-parts.ts";
import { Spending } from "./spending.ts";
import { Team } from "./team.ts";

export class OpenRun implements Run {
  readonly id: string;
  readonly question: PosedQuestion;
  readonly team: Team;
  readonly shared: RunShared;
  readonly budget: Spending;
  readonly record: KeyedRecord;
  readonly recovery: RunRecovery;
  readonly turns: RunTurns & { close(): void };
  readonly effects: Effects;
  readonly life: Life;
  result: RunResult | undefined;
  readonly #parts: RunParts;
  #finishing: Promise<RunResult> | undefined;
  #isLeft = false;

  constructor(parts: RunParts, control: RunControl | undefined) {
    const { begin, journal, kept, documents, host, replay } = parts;
    const { board, toolResults, contents } = kept;
    const past = journal.view;
    this.#parts = parts;
    this.effects = replay?.effects ?? LIVE;
    this.id = parts.records.id;
    const { birth = this.id, parent, task, documents: asked, approve, plan, history, rejected, replaces } = begin;
    this.question = { birth, parent, task, documents: asked, approve, plan, history, rejected, replaces };
    const writer = this.#writer();
    this.shared = {
      redactor: host.redactor,
      hidesInputs: host.hidesInputs === true,
      board,
      toolResults,
      contents,
      documents,
      artifacts: writer.log,
      writer,
    };
    const { agents, tools: own } = parts.staff;
    const remembering = { memory: kept.memory, run: this.id, agents, clock: host.clock };
    // One agent in place of a swarm has nobody to ask; a plan that a person approves, or gives with more than may be added, stays as it is.
    const isWide = Array.isArray(plan?.subtasks) && plan.subtasks.length > MOST_IN_RUN;
    const isFixed = begin.run.swarm === "single" || approve?.includes("plan") === true || isWide;
    const asking = isFixed ? undefined : requestSubtasks.bind(undefined, this);
    const tools = toolset({ documents, board, toolResults, remembering, asking, own });
    this.team = new Team({
      ...parts.staff,
      tools,
      results: board.results(),
      effects: this.effects,
      typeOf: (name) => this.shared.artifacts.rules(name).type,
    });
    this.budget = new Spending(parts, this.team);
    this.record = new KeyedRecord(parts);
    this.recovery = recoveryOf(parts.rules, this.team);
    const deadlineMs = replay === undefined ? begin.run.caps.deadlineMs : undefined;
    const { clock } = host;
    this.life = new Life({ hasEnded: begin.ended === true, workedMs: workedMs(past), deadlineMs, control, clock });
    const { budget, recovery, life } = this;
    this.turns = replay?.turns(this) ?? modelTurns(parts, { budget, board, recovery, stop: life.stop });
    for (const subtask of past.parked) if (board.result(subtask) === undefined) board.setSuspended(subtask, true);
    journal.subscribe((line) => this.#note(line));
  }

  get options(): RunOptions {
    return this.budget.options;
  }

  /** The first line of a run; of one that goes on, that there is a new process, which books the calls of the one that died. */
  async start(): Promise<void> {
    const { journal } = this.record;
    const { traces } = this.#parts;
    if (journal.view.head.seq === 0) {
      const counts = this.shared.documents?.overview(0).redacted ?? {};
      await journal.append(startEntry(this, traces), ...redactionOf("documents", counts));
      return;
    }
    const { lost, entries } = takenOver(this, journal.view, traces);
    await journal.append(...entries);
    for (const event of this.#parts.kept.artifacts.events) await this.#recordWrite(event);
    for (const call of lost) this.budget.ledger.restore(call);
  }

  /** Puts on record what was taken out of what came in. */
  async redacted(source: RedactionSource, counts: RedactedCounts): Promise<void> {
    const entries = redactionOf(source, counts);
    if (entries.length > 0) await this.record.journal.append(...entries);
  }

  /** Once: who closes the run meanwhile waits for it. */
  finish(result: RunResult): Promise<RunResult> {
    if (this.#finishing !== undefined) return this.#finishing;
    if (this.#isLeft) return Promise.reject(leftRun(this.id));
    this.#finishing = this.#finish(result).catch((error: unknown) => {
      this.#finishing = undefined;
      throw error;
    });
    return this.#finishing;
  }

  async #finish(result: RunResult): Promise<RunResult> {
    const { status, coverage, usage } = result;
    const { records } = this.#parts;
    await records.keepEnd(this.shared.board, result);
    // Nothing may follow the last line.
    this.turns.close();
    const digest = resultDigest(result);
    const end = { kind: "run-end" as const, data: { status, coverage, usage, digest, ...this.#leftOf(result) } };
    const journalHead = await this.record.seal(`run-end/${digest}`, end);
    records.publishHead(this.record.journal.view);
    for (const { name, version, path } of result.artifacts)
      if (path !== null && records.folder !== undefined)
        writeWhole(records.folder, path, await this.shared.artifacts.content(name, version));
    const parallelism = parallelismReport(this.record.journal.view, this.shared.board.plan());
    const timing = { ...result.timing, criticalSteps: parallelism.criticalSteps };
    this.result = keepResult(records.folder, { ...result, journalHead, timing, parallelism });
    await records.amend(() => ({ ended: true }));
    this.release("finished");
    await this.#parts.onClose();
    return this.result;
  }

  /** What a run leaves behind, beside the results of its subtasks, which are in their own lines. */
  #leftOf(result: RunResult): Partial<DataOf<"run-end">> {
    const { contents } = this.shared;
    const files = result.artifacts.map(({ name, version, path, hash }) => ({ name, version, path, hash }));
    return {
      answer: contents.add(result.answer),
      result: contents.add(JSON.stringify({ ...result, subtasks: [] })),
      artifacts: files,
    };
  }

  /** Ends its timers, and what it has of others; what is on record stays open. */
  release(reason: string): void {
    this.turns.close();
    this.life.end(reason);
  }

  /** `reason`: why this process leaves the run, for the journal; one that is being finished says so itself, and is free then. */
  async close(reason: string): Promise<void> {
    this.#isLeft = true;
    this.release(reason);
    const hasFinished = await this.#finishing?.then(
      () => true,
      () => false,
    );
    if (hasFinished === true) return;
    try {
      if (!this.record.journal.view.isClosed)
        await this.record.journal.append({ kind: "process-end", data: { reason } });
    } catch (error) {
      // A journal that takes no more lines has told those who work on the run; what the run holds is freed all the same.
      if (!(error instanceof SwarmError)) throw error;
    } finally {
      await this.#parts.onClose();
    }
  }

  #writer(): ArtifactWriter {
    const { begin, kept, host } = this.#parts;
    const { storage, events } = kept.artifacts;
    const unstated = begin.run.approve.includes("conflicts") ? "human" : "reject-and-retry";
    const declared = (name: string) => kept.board.plan()?.artifacts.find((artifact) => artifact.name === name);
    const rules = (name: string) => rulesOf(name, declared(name), unstated);
    const log = new ArtifactLog({ runId: this.id, storage, rules }, events);
    return new ArtifactWriter(log, {
      now: () => host.clock.now(),
      journal: (event) => this.#recordWrite(event),
      turn: (by) => this.effects.turnToWrite(log, by),
    });
  }

  async #recordWrite(event: ArtifactEvent): Promise<void> {
    const content = this.shared.contents.add(JSON.stringify(event));
    await Promise.all(writeEntries(event, content).map(({ key, entry }) => this.record.once(key, entry)));
  }

  #note(line: JournalLine): void {
    // What another run's agent has done says nothing of this one's.
    if (line.kind !== "attempt-end" || line.data.keptFrom !== undefined) return;
    this.team.ended(line.data.agent, line.data.outcome);
  }
}

/** The run's policy, under those of an agent and a subtask. */
function recoveryOf({ recovery, detection }: Rules, team: Pick<Team, "agent">): RunRecovery {
  return {
    policy: recovery,
    detection,
    policyFor: (subtask, agent) => {
      const own = agent === undefined ? undefined : team.agent(agent)?.recovery;
      const isOwn = own !== undefined || subtask?.recovery !== undefined;
      return isOwn ? layeredPolicy(recovery, own, subtask?.recovery) : recovery;
    },
  };
}

interface Beside {
  budget: RunBudget;
  board: Board;
  recovery: RunRecovery;
  stop: StopSignals;
}

/** The model turns of a run, put together; the limiters that they use are shared with the other runs of the process. */
function modelTurns(parts: RunParts, { budget, board, recovery, stop }: Beside): ModelTurns {
  const { journal } = parts;
  const { clock, saved, limiters } = parts.host;
  const [{ models }, { detection }, { run: options }] = [parts.staff, parts.rules, parts.begin];
  const user = {};
  const record = ({ endpoint, limit, reason, ...rates }: EndpointChange): void => {
    const data = { endpoint, limit, reason, ...rates };
    // A run whose journal is broken learns it at its own next line.
    void journal.append({ kind: "limit-change", data }).catch(() => undefined);
  };
  return new ModelTurns({
    run: parts.records.id,
    clock,
    stop,
    detection,
    models,
    budget,
    record: { journal, contents: parts.kept.contents, saved },
    limiters: {
      of: (model) => limiters.limiterFor(model, user, record),
      close: () => limiters.leave(user),
    },
    hedging: new Hedging({
      limits: detection.straggler,
      policyOf: ({ subtask = "", agent }) => recovery.policyFor(board.subtask(subtask), agent),
    }),
    warmUp: new PromptWarmUp(clock, options.cacheWarmupMs ?? DEFAULT_WARMUP_MS),
    gate: new ReplyGate(clock),
    lastReservation: journal.view.spending.lastReservation,
  });
}
