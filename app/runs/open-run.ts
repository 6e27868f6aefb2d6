/**
 * An open run: the handle that the nodes work with. A cache over the run's durable records (journal, board), made anew from
 * them by whichever process continues the run. Owns what lives only as long as the process works: slots, timers, counters.
 */
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { RunControl } from "@langchain/langgraph";
import type { Account } from "../../engine/policy/budget/accounts.ts";
import { AdmissionDesk } from "../../engine/policy/budget/admission.ts";
import { accountsOf } from "../../engine/policy/budget/accounts-of.ts";
import { CapQuestion } from "../../engine/policy/budget/cap-question.ts";
import { goAhead } from "../../engine/runtime/turns/go-ahead.ts";
import { holdBack } from "../../engine/policy/budget/hold-back.ts";
import { Ledger } from "../../engine/policy/budget/ledger.ts";
import { meteredTurn } from "../../engine/runtime/turns/metered-turn.ts";
import { lastReservation, restoreLedger } from "../../engine/policy/budget/ledger-lines.ts";
import type { RunHistory } from "../../engine/policy/budget/run-history.ts";
import type { TurnDesk } from "../../engine/runtime/turns/turn-desk.ts";
import { foldJournal, isDenial } from "../../engine/journal/fold.ts";
import type { Board, Shelf } from "../../engine/ports/board.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import type { Journal } from "../../engine/ports/journal.ts";
import type { ResolvedModel } from "../../engine/ports/models.ts";
import type { RunHandle } from "../../engine/runtime/run/run.ts";
import type { TurnReply, TurnRequest } from "../../engine/ports/turns.ts";
import { writeEntries } from "../../engine/policy/merge/journal-entries.ts";
import type { SharedArtifacts } from "../../engine/runtime/artifacts/shared-artifacts.ts";
import { parallelismReport, TIMELINE_KINDS } from "../../engine/policy/report/parallelism.ts";
import { layeredPolicy } from "../../engine/policy/recovery/policy.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import type { RouteDecision } from "../../engine/policy/route/route.ts";
import { LanePriorities } from "../../engine/runtime/lanes/lane-priorities.ts";
import { Turnstile } from "../../engine/runtime/turns/turnstile.ts";
import { DEFAULT_WARMUP_MS, Vanguard } from "../../engine/runtime/turns/vanguard.ts";
import { toolset } from "../../tools/toolset.ts";
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import type { ArtifactEvent } from "../../state/artifact-event.ts";
import { SwarmError } from "../../state/errors.ts";
import type { JournalEntry, JournalLine } from "../../state/journal-line.ts";
import type { Outcome } from "../../state/outcome.ts";
import type { Subtask } from "../../state/plan.ts";
import type { Question } from "../../state/question.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { Signal } from "../../state/signal.ts";
import type { Caps } from "../../state/usage.ts";
import { AgentDesk } from "./agent-desk.ts";
import { Hedging } from "./hedging.ts";
import { LaneSlots } from "./lane-slots.ts";
import { OnceJournal } from "./once-journal.ts";
import { resultDigest } from "./result-digest.ts";
import { runArtifacts } from "./run-artifacts.ts";
import { RunLimiters } from "./run-limiters.ts";
import type { RunParts } from "./run-parts.ts";
import { takenOver } from "./take-over.ts";
import { watchStops, type InvocationSignals } from "./stop-signals.ts";

/** Steps that the planner and the synthesizer may need, repairs and retries included. */
const COORDINATOR_STEPS = 10;

export class OpenRun implements RunHandle {
  readonly id: string;
  readonly birth: string;
  readonly question: Question;
  readonly task: string;
  readonly hasEnded: boolean;
  options: RunOptions;
  readonly givenPlan: Record<string, unknown> | undefined;
  readonly agents: readonly AgentProfile[];
  readonly skills: ReadonlyMap<string, Skill>;
  readonly recovery: RecoveryPolicy;
  readonly detection: Detection;
  readonly journal: Journal;
  readonly board: Board;
  readonly artifacts: SharedArtifacts;
  readonly shelf: Shelf;
  readonly documents: DocumentLibrary | undefined;
  readonly model: ResolvedModel;
  readonly tools: ReadonlyMap<string, StructuredToolInterface>;
  readonly ledger: Ledger;
  readonly capQuestion: CapQuestion;
  readonly highestCaps: Caps;
  denied: number;
  changedDocuments: RunHandle["changedDocuments"];
  isQuiet = false;
  readonly admission = new AdmissionDesk();
  readonly slots: LaneSlots;
  readonly stop: InvocationSignals;
  readonly #parts: RunParts;
  readonly #agentDesk: AgentDesk;
  readonly #once: OnceJournal;
  #pausedBy: Signal | undefined;
  /** Subtasks for which this invocation has taken a model turn. */
  readonly #asked = new Set<string>();
  readonly #hedging: Hedging;
  readonly #turnstile: Turnstile;
  readonly #vanguard: Vanguard;
  readonly #limiters: RunLimiters;
  readonly #desk: TurnDesk;
  #reservations: number;
  readonly #priorities: LanePriorities;
  readonly #control: RunControl | undefined;
  readonly #workedBeforeMs: number;
  readonly #since: number;
  #lines = 0;
  /** What the parallelism report is made of. */
  readonly #timeline: JournalLine[];

  constructor(parts: RunParts, control: RunControl | undefined) {
    const { id, question, options, agents, skills, recovery, journal, board, documents } = parts;
    this.#parts = parts;
    this.id = id;
    this.birth = parts.birth;
    this.question = question;
    this.task = question.task;
    this.hasEnded = parts.hasEnded;
    this.options = options;
    this.givenPlan = question.plan ?? undefined;
    this.agents = agents;
    this.skills = skills;
    this.recovery = recovery;
    this.detection = parts.detection;
    this.journal = journal;
    this.board = board;
    this.artifacts = runArtifacts(id, parts, (event) => this.#journalWrite(event));
    this.shelf = parts.shelf;
    this.documents = documents;
    this.model = parts.models.resolve(undefined);
    this.tools = toolset({ documents, board, shelf: parts.shelf, own: parts.tools });
    this.#agentDesk = new AgentDesk(agents, this.tools, board.results());
    this.#once = new OnceJournal(journal);
    this.#timeline = [...journal.past];
    this.#priorities = new LanePriorities(board);
    this.ledger = new Ledger(options.caps, holdBack(options.caps, COORDINATOR_STEPS));
    const facts = foldJournal(journal.past);
    restoreLedger(this.ledger, journal.past);
    this.capQuestion = new CapQuestion(journal.past);
    this.highestCaps = parts.highestCaps;
    for (const subtask of facts.parked) if (board.result(subtask) === undefined) board.suspend(subtask);
    this.#workedBeforeMs = facts.workedMs;
    this.denied = facts.denied;
    this.#since = parts.clock.now();
    this.#reservations = lastReservation(journal.past);
    this.#hedging = new Hedging(journal, parts.detection.straggler);
    this.#turnstile = new Turnstile(parts.clock);
    this.#vanguard = new Vanguard(parts.clock, options.cacheWarmupMs ?? DEFAULT_WARMUP_MS);
    this.slots = new LaneSlots(options.caps.maxAgents, parts.clock);
    this.#control = control;
    const totalMs = options.caps.deadlineMs;
    const deadline = totalMs === undefined ? undefined : { totalMs, leftMs: totalMs - this.#workedBeforeMs };
    this.stop = watchStops(control, deadline);
    this.#desk = this.#newDesk();
    journal.subscribe((line) => this.#note(line));
    this.#limiters = new RunLimiters(parts.limiters, journal);
  }

  /** What a new process of a run does first: says that it is there, and books the calls whose process died. */
  async takeOver(): Promise<void> {
    const { lost, entries, changedDocuments } = takenOver(this.journal.past, this.documents);
    this.changedDocuments = changedDocuments;
    await this.journal.append(...entries);
    for (const event of this.#parts.artifacts.events) await this.#journalWrite(event);
    for (const call of lost) this.ledger.restore(call);
  }

  modelOf(name: string | undefined): ResolvedModel {
    return this.#parts.models.resolve(name);
  }

  agent(name: string): AgentProfile | undefined {
    return this.#agentDesk.agent(name);
  }

  toolsOf(agent: string, subtask: Pick<Subtask, "reads" | "writes">): readonly StructuredToolInterface[] {
    return this.#agentDesk.toolsOf(agent, subtask);
  }

  priorityOf(subtask: string, turns?: number): number {
    return this.#priorities.of(subtask, turns);
  }

  accountsOf(subtask: string, agent: string): Account[] {
    const { board } = this;
    return accountsOf({ agent: this.agent(agent), subtask: board.subtask(subtask), lookup: (id) => board.subtask(id) });
  }

  route(subtask: Subtask, excluded?: ReadonlySet<string>): RouteDecision {
    return this.#agentDesk.route(subtask, excluded);
  }

  assigned(agent: string): void {
    this.#agentDesk.records.assigned(agent);
  }

  policyFor(subtask: Subtask | undefined, agent: string | undefined): RecoveryPolicy {
    const own = agent === undefined ? undefined : this.agent(agent)?.recovery;
    return own === undefined && subtask?.recovery === undefined
      ? this.recovery
      : layeredPolicy(this.recovery, own, subtask?.recovery);
  }

  async turn(request: TurnRequest): Promise<TurnReply> {
    const lane = request.subtask;
    const subtask = lane === undefined ? undefined : this.board.subtask(lane);
    const prepared = this.#hedging.prepare(request, this.policyFor(subtask, request.agent));
    if (lane === undefined) return meteredTurn(this.#desk, prepared);
    this.#asked.add(lane);
    this.#turnstile.leave(lane);
    const enter = (): Promise<void> => this.#turnstile.enter(lane);
    const reply = await goAhead(this.#vanguard, this.#desk, { ...prepared, onAnswer: enter });
    await enter();
    return reply;
  }

  history(): Promise<RunHistory> {
    return this.#parts.readHistory();
  }

  hasAsked(subtask: string): boolean {
    return this.#asked.has(subtask) || this.admission.hasRefused(subtask);
  }

  get pausedBy(): Signal | undefined {
    return this.#pausedBy;
  }

  pause(signal: Signal): void {
    if (this.#pausedBy !== undefined) return;
    this.#pausedBy = signal;
    this.#control?.requestDrain(`paused: ${signal.kind}`);
    this.stop.drain(`paused: ${signal.kind}`);
  }

  quiesce(reason: string): void {
    this.isQuiet = true;
    this.stop.drain(reason);
  }

  async raiseCaps(raised: Partial<Caps>): Promise<void> {
    const caps = { ...this.options.caps, ...raised };
    await this.#parts.keepCaps(caps);
    this.options = { ...this.options, caps };
    this.ledger.amend(caps, holdBack(caps, COORDINATOR_STEPS));
  }

  wasOnRecord(key: string): boolean {
    return this.#once.wasOnRecord(key);
  }

  recorded(key: string): JournalLine["data"] | undefined {
    return this.#once.recorded(key);
  }

  journalOnce(key: string, entry: JournalEntry): Promise<void> {
    return this.#once.append(key, entry);
  }

  async #journalWrite(event: ArtifactEvent): Promise<void> {
    await Promise.all(writeEntries(event).map(({ key, entry }) => this.journalOnce(key, entry)));
  }

  workedMs(): number {
    return this.#workedBeforeMs + (this.#parts.clock.now() - this.#since);
  }

  saved(): Promise<void> {
    return this.#parts.saved();
  }

  endOnRecord(): Promise<RunResult | undefined> {
    return this.#parts.endOnRecord();
  }

  async finish(result: RunResult): Promise<RunResult> {
    const { status, coverage, usage } = result;
    await this.#parts.recordEnd(result);
    // Nothing may follow the last line.
    this.#limiters.close();
    const digest = resultDigest(result);
    const end: JournalEntry = { kind: "run-end", data: { status, coverage, usage, digest } };
    const journalHead = await this.journal.seal(...this.#once.claim(`run-end/${digest}`, end));
    this.#parts.keepHead(journalHead, this.#lines);
    for (const { name, version, path } of result.artifacts)
      if (path !== null) this.#parts.keepArtifact(path, await this.artifacts.content(name, version));
    const parallelism = parallelismReport(this.#timeline, this.board.plan());
    const kept = this.#parts.keepResult({
      ...result,
      journalHead,
      timing: { ...result.timing, criticalSteps: parallelism.criticalSteps },
      parallelism,
    });
    await this.#parts.keepEnd();
    await this.close("finished");
    return kept;
  }

  /** Ends its timers, and what it has of others; what is on record stays open. */
  release(reason: string): void {
    this.stop.dispose();
    this.#limiters.close();
    // LangGraph does not abort the lanes beside one that threw: those that still wait must not keep the process alive.
    this.stop.drain(reason);
  }

  /** `reason`: why this process leaves the run, for the journal; a finished one has said so. */
  async close(reason: string): Promise<void> {
    this.release(reason);
    try {
      if (reason !== "finished") await this.journal.append({ kind: "process-end", data: { reason } });
    } catch (error) {
      // A journal that takes no more lines has told those who work on the run; what the run holds is freed all the same.
      if (!(error instanceof SwarmError)) throw error;
    } finally {
      await this.#parts.onClose();
    }
  }

  #note(line: JournalLine): void {
    this.#lines = line.seq;
    if (TIMELINE_KINDS.has(line.kind)) this.#timeline.push(line);
    if (isDenial(line)) this.denied += 1;
    if (line.kind !== "attempt-end") return;
    this.#agentDesk.records.ended(line.data["agent"] as string, line.data["outcome"] as Outcome);
  }

  #newDesk(): TurnDesk {
    const { models, clock, saved } = this.#parts;
    return {
      run: this.id,
      ledger: this.ledger,
      admission: this.admission,
      journal: this.journal,
      clock,
      stop: this.stop,
      detection: this.detection,
      accountsOf: ({ agent = "", subtask = "" }) => this.accountsOf(subtask, agent),
      resolve: (model) => models.resolve(model),
      limiter: (model) => this.#limiters.of(model),
      saved,
      newReservationId: () => `call-${(this.#reservations += 1)}`,
    };
  }
}
