/**
 * What a run puts on record, and what is there. By a key it is put there once: a step that runs again after a crash or an interrupt
 * writes nothing twice. The first lines of each process say what the run is, or what became of the calls of the one before.
 */
import type { DataOf, JournalEntry } from "../../engine/journal/events.ts";
import type { RunHistory } from "../../engine/policy/budget/run-history.ts";
import type { Journal } from "../../engine/journal/open-journal.ts";
import { JOURNAL_VERSION, type RunSetup, type TraceIds } from "../../engine/journal/run-events.ts";
import { isKept, type KeptKind, type RunView } from "../../engine/journal/run-view.ts";
import { lostUsage, type OpenCall } from "../../engine/journal/spending-view.ts";
import type { Run, RunRecord, RunShared } from "../../engine/runtime/run/run.ts";
import type { Fork } from "../../state/fork.ts";
import { documentsReport } from "../../state/left-out.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { RunParts } from "./run-parts.ts";

export class KeyedRecord implements RunRecord {
  readonly journal: Journal;
  readonly saved: () => Promise<void>;
  readonly history: () => Promise<RunHistory>;
  readonly end: () => Promise<RunResult | undefined>;
  readonly fork: () => Promise<Fork | undefined>;
  /** What is on record under a key: of some kinds (`isKept`) all that it says, of other things only that it is there. */
  readonly #keys: Map<string, JournalEntry | undefined>;
  readonly #writing = new Map<string, Promise<void>>();
  /** Keys that were on record when the run was opened. */
  readonly #earlier: ReadonlySet<string>;

  constructor({ journal, host, records, kept }: RunParts) {
    this.journal = journal;
    this.saved = host.saved;
    this.history = () => records.history();
    this.end = () => records.end(kept.board);
    this.fork = () => records.fork();
    this.#keys = new Map(journal.view.keys);
    this.#earlier = new Set(this.#keys.keys());
  }

  recorded<Kind extends KeptKind>(kind: Kind, key: string): DataOf<Kind> | undefined {
    const entry = this.#keys.get(key);
    return entry?.kind === kind ? (entry.data as DataOf<Kind>) : undefined;
  }

  wasOnRecord(key: string): boolean {
    return this.#earlier.has(key);
  }

  /** Resolves when the entry is durable, whoever writes it; one that could not be written is not on record. */
  async once(key: string, entry: JournalEntry): Promise<void> {
    if (this.#keys.has(key)) return;
    const writing = this.#writing.get(key) ?? this.#write(key, entry);
    this.#writing.set(key, writing);
    await writing;
  }

  /** The journal's last lines: the entry, where it is not on record yet, and the end. Resolves with the head. */
  async seal(key: string, entry: JournalEntry): Promise<string> {
    if (this.#keys.has(key)) return this.journal.seal();
    const head = await this.journal.seal(withKey(key, entry));
    this.#note(key, entry);
    return head;
  }

  async #write(key: string, entry: JournalEntry): Promise<void> {
    try {
      await this.journal.append(withKey(key, entry));
      this.#note(key, entry);
    } finally {
      this.#writing.delete(key);
    }
  }

  #note(key: string, entry: JournalEntry): void {
    this.#keys.set(key, isKept(entry.kind) ? entry : undefined);
  }
}

function withKey(key: string, entry: JournalEntry): JournalEntry {
  return { ...entry, data: { ...entry.data, key } } as JournalEntry;
}

/** As many as the planner is shown at most. */
const SHOWN_FILES = 40;

/** Puts it into the contents, and returns its digest. */
function setupOf({ question: posed, team, shared, recovery }: Run): string {
  const { birth: _birth, parent: _parent, ...question } = posed;
  const setup: RunSetup = {
    question,
    agents: team.agents,
    skills: [...team.skills.values()],
    recovery: recovery.policy,
    detection: recovery.detection,
    documents: documentsShown(shared.documents, question.task),
    models: [undefined, ...new Set(team.agents.flatMap(({ model }) => model ?? []))].map((name) => {
      const { id, contextWindow, maxOutputTokens, price, endpoint, notice } = team.modelOf(name);
      const more = notice === undefined ? {} : { notice };
      return { name, id, contextWindow, maxOutputTokens, price, concurrency: endpoint.concurrency, ...more };
    }),
  };
  return shared.contents.add(JSON.stringify(setup));
}

export function startEntry(run: Run, traces: TraceIds): JournalEntry {
  const { question, options, team, shared } = run;
  const { parent } = question;
  return {
    kind: "run-start",
    data: {
      journal: JOURNAL_VERSION,
      task: question.task,
      options,
      model: team.model.id,
      agents: team.agents.map(({ name }) => name),
      documents: documentsReport(shared.documents?.overview(0)),
      ...tracesOf(traces),
      setup: setupOf(run),
      ...(parent === null ? {} : { parent }),
    },
  };
}

function documentsShown(documents: RunShared["documents"], task: string): RunSetup["documents"] {
  return documents && { ...documents.overview(SHOWN_FILES), view: documents.view(task) };
}

/**
 * From what is on record: the calls whose process died, each at all that it can have cost; what has become of the documents; and
 * the lines that say so.
 */
export function takenOver(run: Run, { start, spending }: RunView, traces: TraceIds) {
  const lost = [...spending.open.values()];
  const found = run.shared.documents?.changes();
  const changed = found === undefined ? {} : { changedDocuments: found };
  const setup = setupOf(run);
  const other = setup === start?.setup ? {} : { setup };
  const { caps } = run.options;
  const entries: JournalEntry[] = [
    {
      kind: "process-start",
      data: { continues: true, lostCalls: lost.length, caps, ...changed, ...other, ...tracesOf(traces) },
    },
    ...lost.map(settlementOf),
    ...lost.flatMap(lostWorker),
  ];
  return {
    entries,
    lost: lost.map((reservation) => ({ usage: lostUsage(reservation), accounts: reservation.accounts })),
  };
}

function settlementOf(call: OpenCall): JournalEntry {
  return { kind: "settle", ...placeOf(call), data: { id: call.id, usage: lostUsage(call), lost: true } };
}

/** A call in flight when its process died: the lane takes its step again. */
function lostWorker(call: OpenCall): JournalEntry[] {
  if (call.subtask === undefined) return [];
  const place = placeOf(call);
  const evidence = `the process that made call ${call.id} is gone`;
  const recovery = { signal: "lost-worker", action: "retry", rule: "lost-worker[0] retry", delayMs: 0 } as const;
  return [
    { kind: "signal", ...place, data: { kind: "lost-worker", evidence } },
    { kind: "recovery", ...place, data: recovery },
  ];
}

function placeOf({ subtask, attempt }: OpenCall): Pick<JournalEntry, "subtask" | "attempt"> {
  return { ...(subtask === undefined ? {} : { subtask }), ...(attempt === undefined ? {} : { attempt }) };
}

function tracesOf(traces: TraceIds): { traces?: TraceIds } {
  return Object.keys(traces).length === 0 ? {} : { traces };
}
