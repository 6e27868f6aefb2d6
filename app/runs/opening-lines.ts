/**
 * The lines with which a process begins to work on a run: what the run is; or that another goes on with it, and what became of the
 * calls of the one before.
 */
import type { JournalEntry } from "../../engine/journal/events.ts";
import { JOURNAL_VERSION, type RunSetup, type TraceIds } from "../../engine/journal/run-events.ts";
import type { RunView } from "../../engine/journal/run-view.ts";
import { lostUsage, type OpenCall } from "../../engine/journal/spending-view.ts";
import type { Run, RunShared } from "../../engine/runtime/run/run.ts";
import { documentsReport } from "../../state/left-out.ts";

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
