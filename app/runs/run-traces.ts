/**
 * Who is told of a swarm's runs while they work: a collector, of the journal's lines as spans; whoever streams `custom`, of its
 * progress. What LangSmith gets is LangChain's affair; only its id is told of here.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { OtlpExporter, otlpTarget } from "../../adapters/tracing/otlp-exporter.ts";
import { progressOf } from "../../engine/policy/report/progress.ts";
import { SpanFold } from "../../engine/policy/tracing/span-fold.ts";
import type { Run } from "../../engine/runtime/run/run.ts";
import type { TraceIds } from "../../engine/journal/run-events.ts";

/** How long the end of a swarm waits for its collector. */
const MOST_FLUSH_MS = 5000;
const LANGSMITH_TRACER = "langchain_tracer";

export interface RunTraces {
  /** Of a process that begins to work on a run. */
  ids(): Pick<TraceIds, "opentelemetry">;
  follow(run: Run): void;
  close(): Promise<void>;
}

export const NO_TRACES: RunTraces = { ids: () => ({}), follow: () => undefined, close: () => Promise.resolve() };

/** To the collector that the environment names. `tell` hears once of what goes wrong. Throws SwarmError CONFIG_INVALID. */
export function openTelemetry(env: NodeJS.ProcessEnv, tell: (problem: string) => void, now: () => number): RunTraces {
  const exporter = new OtlpExporter(otlpTarget(env), tell);
  const hasContent = /^(true|1|span_only|span_and_event)$/i.test(
    env["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] ?? "",
  );
  const folds = new Set<SpanFold>();
  return {
    ids: () => ({ opentelemetry: randomBytes(16).toString("hex") }),
    follow({ record: { journal } }) {
      const fold = new SpanFold({ earlier: [...journal.view.traces], hasContent });
      folds.add(fold);
      journal.subscribe((line) => {
        exporter.add(fold.take(line));
        if (line.kind === "run-close" || line.kind === "process-end") folds.delete(fold);
      });
    },
    async close() {
      for (const fold of folds) exporter.add(fold.leave(now(), "left"));
      folds.clear();
      await exporter.close(MOST_FLUSH_MS);
    },
  };
}

/** Tells whoever streams the call that `config` is of, as from the node that has opened the run: one of the swarm's own. */
export function tellProgress(run: Run, { writer }: LangGraphRunnableConfig): void {
  if (writer === undefined) return;
  // LangGraph takes the namespace of what is written from where it is called.
  const fromHere = AsyncLocalStorage.snapshot();
  const { board } = run.shared;
  const { journal } = run.record;
  const known = {
    laneOf: (subtask: string) => ({
      title: board.subtask(subtask)?.title ?? subtask,
      agent: journal.view.lanes.get(subtask)?.now.agent || null,
    }),
    spent: () => run.budget.ledger.spent,
  };
  journal.subscribe((line) => {
    const progress = progressOf(line, known);
    if (progress !== undefined) fromHere(writer, progress);
  });
}

/** Whether LangSmith is to be told nothing of what is asked: its client leaves out inputs, and titles say it too. */
export function hidesInputs(env: NodeJS.ProcessEnv): boolean {
  return ["LANGSMITH_HIDE_INPUTS", "LANGCHAIN_HIDE_INPUTS"].some((name) => env[name] === "true");
}

/** The id of LangSmith's trace that this step is part of; nothing where it is not traced. */
export function langsmithTrace({ callbacks }: RunnableConfig): Pick<TraceIds, "langsmith"> {
  if (callbacks === undefined || Array.isArray(callbacks)) return {};
  const parent = callbacks.getParentRunId();
  const tracer: unknown = callbacks.handlers.find(({ name }) => name === LANGSMITH_TRACER);
  if (parent === undefined || !isTracer(tracer)) return {};
  const trace = tracer.getRun(parent)?.trace_id;
  return trace === undefined ? {} : { langsmith: trace };
}

interface Tracer {
  getRun(id: string): { trace_id?: string } | undefined;
}

function isTracer(handler: unknown): handler is Tracer {
  return typeof handler === "object" && handler !== null && "getRun" in handler;
}
