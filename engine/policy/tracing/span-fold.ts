/**
 * A run as spans, by OpenTelemetry's conventions for generative AI (v1.41): the run is a workflow, each attempt of a lane the invocation
 * of an agent, each model call a chat, each tool call the execution of a tool. Folded from the journal's lines, so that a trace cannot
 * say anything else than the record. Pure.
 *
 * 1. Each process that works on a run has a trace of its own, whose root is linked to the roots of those before.
 * 2. Ids are made of the trace and of what the span stands for: the same lines give the same spans.
 * 3. A span is given out when it has ended; what the process leaves open ends with it.
 */
import { byKind, type ByKind, type JournalLine, type LineOf } from "../../journal/events.ts";
import { hash } from "node:crypto";

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Record<string, AttributeValue>;

interface SpanLink {
  traceId: string;
  spanId: string;
}

interface SpanEvent {
  name: string;
  /** Milliseconds since the epoch. */
  at: number;
  attributes: Attributes;
}

export interface Span extends SpanLink {
  /** Undefined: the root. */
  parentId: string | undefined;
  name: string;
  kind: "internal" | "client";
  /** Milliseconds since the epoch. */
  startMs: number;
  endMs: number;
  attributes: Attributes;
  events: SpanEvent[];
  links: readonly SpanLink[];
  /** What went wrong; undefined: nothing. */
  error: string | undefined;
}

interface SpanOptions {
  /** Trace ids of the processes before, the oldest first. */
  earlier: readonly string[];
  /** Task and arguments of tools too. */
  hasContent: boolean;
}

type Open = Omit<Span, "endMs">;

const OFFLINE = "offline";

function rootOf(traceId: string): SpanLink {
  return { traceId, spanId: idOf(traceId, "run") };
}

function idOf(traceId: string, what: string): string {
  return hash("sha256", `${traceId}/${what}`).slice(0, 16);
}

export class SpanFold {
  readonly #options: SpanOptions;
  #trace: string | undefined;
  #root: Open | undefined;
  readonly #lanes = new Map<string, Open>();
  /** Model calls that have not come back, or are not settled, by id. */
  readonly #calls = new Map<string, { span: Open; endMs?: number }>();
  /** Of a lane the newest model call: what its tools follow from. */
  readonly #asked = new Map<string, SpanLink>();

  constructor(options: SpanOptions) {
    this.#options = options;
  }

  /** Takes the next line; returns the spans that have ended with it. Nothing before the line that names the trace. */
  take(line: JournalLine): Span[] {
    const at = Date.parse(line.at);
    const trace =
      line.kind === "run-start" || line.kind === "process-start" ? line.data.traces?.opentelemetry : undefined;
    if (trace !== undefined) this.#begin(line, trace, at);
    if (this.#root === undefined) return [];
    return byKind(HANDLERS, line, { fold: this, at }) ?? [];
  }

  /** The process ends without having said so. */
  leave(at: number, error?: string): Span[] {
    const open = [...[...this.#calls.values()].map(({ span }) => span), ...this.#lanes.values()];
    const root = this.#root === undefined ? [] : [this.#root];
    this.#calls.clear();
    this.#lanes.clear();
    this.#root = undefined;
    return [...open.map((span) => ended(span, at, "left")), ...root.map((span) => ended(span, at, error))];
  }

  #begin(line: JournalLine, trace: string, at: number): void {
    this.#trace = trace;
    const start = line.kind === "run-start" ? line.data : undefined;
    const task: Attributes =
      this.#options.hasContent && start !== undefined ? { "gen_ai.input.messages": asMessages(start.task) } : {};
    const attributes: Attributes = {
      ...operation("invoke_workflow", start?.model),
      ...{
        "gen_ai.workflow.name": "glasshive",
        "gen_ai.conversation.id": line.run,
        "glasshive.run.id": line.run,
        ...task,
      },
      ...(start === undefined ? {} : { "gen_ai.request.model": start.model }),
    };
    const links = this.#options.earlier.map(rootOf);
    this.#root = this.#open("invoke_workflow glasshive", { key: "run", parentId: undefined, at, attributes, links });
  }

  #open(
    name: string,
    {
      key,
      parentId,
      at,
      attributes,
      links = [],
    }: { key: string; parentId: string | undefined; at: number; attributes: Attributes; links?: readonly SpanLink[] },
  ): Open {
    const traceId = this.#trace ?? "";
    const base = { traceId, spanId: idOf(traceId, key), parentId, name, kind: "internal" as const };
    return { ...base, startMs: at, attributes, events: [], links, error: undefined };
  }

  attemptStarts({ subtask = "", attempt = 1, run, data: { agent } }: LineOf<"attempt-start">, at: number): Span[] {
    this.#lane({ subtask, attempt, run, agent, at });
    return [];
  }

  #lane({
    subtask,
    attempt,
    run,
    agent,
    at,
  }: {
    subtask: string;
    attempt: number;
    run: string;
    agent: string;
    at: number;
  }): Open {
    const key = `${subtask}/${attempt}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const attributes = {
      ...operation("invoke_agent", undefined),
      ...{ "gen_ai.agent.name": agent, "gen_ai.conversation.id": run, "glasshive.run.id": run },
      ...{ "glasshive.subtask": subtask, "glasshive.attempt": attempt },
    };
    const lane = this.#open(`invoke_agent ${agent}`, {
      key: `lane/${key}`,
      parentId: this.#root?.spanId,
      at,
      attributes,
    });
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Of who asks: the lane where there is one, one that an earlier process began too; else the run. */
  #parentOf({ subtask, attempt = 1, run }: JournalLine, agent: string, at: number): Open | undefined {
    return subtask === undefined ? this.#root : this.#lane({ subtask, attempt, run, agent, at });
  }

  attemptEnds({ subtask = "", attempt = 1, data }: LineOf<"attempt-end">, at: number): Span[] {
    const key = `${subtask}/${attempt}`;
    const lane = this.#lanes.get(key);
    if (lane === undefined) return [];
    this.#lanes.delete(key);
    this.#asked.delete(key);
    Object.assign(lane.attributes, { "glasshive.outcome": data.outcome, "glasshive.steps": data.steps });
    return [
      ended(
        lane,
        at,
        data.outcome === "done" || data.outcome === "not-found" ? undefined : (data.cause ?? data.outcome),
      ),
    ];
  }

  calls(line: LineOf<"reserve">, at: number): Span[] {
    const { id, purpose, agent = "", model, outputTokens, secondAttempt } = line.data;
    const parent = this.#parentOf(line, agent, at);
    const attributes = {
      ...operation("chat", model),
      ...{
        "gen_ai.request.model": model,
        "gen_ai.request.max_tokens": outputTokens,
        "gen_ai.conversation.id": line.run,
      },
      ...{
        "gen_ai.agent.name": agent === "" ? purpose : agent,
        "glasshive.run.id": line.run,
        "glasshive.purpose": purpose,
      },
      ...{
        "glasshive.call": id,
        ...placeOf(line),
        ...(secondAttempt === true ? { "glasshive.second_attempt": true } : {}),
      },
    };
    const opened = this.#open(`chat ${model}`, { key: `call/${id}`, parentId: parent?.spanId, at, attributes });
    const span: Open = { ...opened, kind: "client" };
    this.#calls.set(id, { span });
    if (line.subtask !== undefined) this.#asked.set(`${line.subtask}/${line.attempt ?? 1}`, span);
    return [];
  }

  comesBack({ data: { id, finish, signal, waitedMs, gapMs, evidence } }: LineOf<"model-call">, at: number): Span[] {
    const call = this.#calls.get(id);
    if (call === undefined) return [];
    call.endMs = at;
    Object.assign(call.span.attributes, {
      ...(finish === undefined ? {} : { "gen_ai.response.finish_reasons": [finish] }),
      ...{ "glasshive.waited_ms": waitedMs, "glasshive.longest_gap_ms": gapMs },
      ...(signal === undefined ? {} : { "error.type": signal }),
    });
    if (signal !== undefined) call.span.error = evidence ?? signal;
    return [];
  }

  settles({ data: { id, usage, lost, estimated } }: LineOf<"settle">, at: number): Span[] {
    const call = this.#calls.get(id);
    if (call === undefined) return [];
    this.#calls.delete(id);
    Object.assign(
      call.span.attributes,
      usageOf(usage),
      estimated === true ? { "glasshive.usage.estimated": true } : {},
    );
    return [ended(call.span, call.endMs ?? at, lost === true ? "its process died" : call.span.error)];
  }

  runsTool(line: LineOf<"tool-call">, at: number): Span[] {
    const { tool, outcome, ms, args, characters } = line.data;
    const key = `${line.subtask ?? ""}/${line.attempt ?? 1}`;
    const parent = this.#parentOf(line, "", at);
    const asked = this.#asked.get(key);
    const attributes: Attributes = {
      ...operation("execute_tool", undefined),
      ...{ "gen_ai.tool.name": tool, "gen_ai.tool.type": "function", "glasshive.run.id": line.run, ...placeOf(line) },
      ...(line.data.call === undefined ? {} : { "gen_ai.tool.call.id": line.data.call }),
      ...{ "glasshive.outcome": outcome, "glasshive.characters": characters },
      ...(outcome === "ok" ? {} : { "error.type": outcome }),
      ...(this.#options.hasContent && args !== undefined ? { "gen_ai.tool.call.arguments": JSON.stringify(args) } : {}),
    };
    const links = asked === undefined ? [] : [{ traceId: asked.traceId, spanId: asked.spanId }];
    const place = { key: `tool/${line.seq}`, parentId: parent?.spanId, at: at - ms, attributes, links };
    return [ended(this.#open(`execute_tool ${tool}`, place), at, outcome === "ok" ? undefined : outcome)];
  }

  /** What went wrong, and what was done about it, stands where it happened. */
  notes(line: LineOf<"signal"> | LineOf<"recovery">, at: number): Span[] {
    const lane = this.#lanes.get(`${line.subtask ?? ""}/${line.attempt ?? 1}`) ?? this.#root;
    const attributes: Attributes =
      line.kind === "signal"
        ? { "glasshive.signal": line.data.kind, "glasshive.evidence": line.data.evidence }
        : {
            "glasshive.signal": line.data.signal,
            "glasshive.action": line.data.action,
            "glasshive.rule": line.data.rule,
          };
    lane?.events.push({ name: line.kind, at, attributes });
    return [];
  }

  runEnds({ data: { status, coverage, usage } }: LineOf<"run-end">): Span[] {
    if (this.#root === undefined) return [];
    const outcomes = Object.entries(coverage).map(([name, count]) => [`glasshive.coverage.${name}`, count]);
    Object.assign(this.#root.attributes, usageOf(usage), Object.fromEntries(outcomes), {
      "glasshive.status": status,
      "glasshive.steps": usage.steps,
    });
    if (status === "failed") this.#root.error = "nothing was done";
    return [];
  }

  closes(at: number): Span[] {
    return this.leave(at, this.#root?.error);
  }
}

const HANDLERS: ByKind<Span[], { fold: SpanFold; at: number }> = {
  "attempt-start": (line, { fold, at }) => fold.attemptStarts(line, at),
  "attempt-end": (line, { fold, at }) => fold.attemptEnds(line, at),
  reserve: (line, { fold, at }) => fold.calls(line, at),
  "model-call": (line, { fold, at }) => fold.comesBack(line, at),
  settle: (line, { fold, at }) => fold.settles(line, at),
  "tool-call": (line, { fold, at }) => fold.runsTool(line, at),
  signal: (line, { fold, at }) => fold.notes(line, at),
  recovery: (line, { fold, at }) => fold.notes(line, at),
  "run-end": (line, { fold }) => fold.runEnds(line),
  "run-close": (_, { fold, at }) => fold.closes(at),
  "process-end": (_, { fold, at }) => fold.closes(at),
};

function operation(name: string, model: string | undefined): Attributes {
  // By the conventions: whoever is reached by OpenAI's protocol, where it is not known who it is.
  const provider = model === undefined || model === OFFLINE ? "glasshive" : "openai";
  return { "gen_ai.operation.name": name, "gen_ai.provider.name": provider };
}

function placeOf({ subtask, attempt }: JournalLine): Attributes {
  return subtask === undefined ? {} : { "glasshive.subtask": subtask, "glasshive.attempt": attempt ?? 1 };
}

function usageOf(usage: LineOf<"settle">["data"]["usage"]): Attributes {
  return {
    "gen_ai.usage.input_tokens": usage.inputTokens,
    "gen_ai.usage.output_tokens": usage.outputTokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cachedInputTokens,
    "glasshive.cost.usd": usage.usd,
  };
}

function asMessages(text: string): string {
  return JSON.stringify([{ role: "user", parts: [{ type: "text", content: text }] }]);
}

function ended(span: Open, endMs: number, error: string | undefined): Span {
  return { ...span, endMs: Math.max(span.startMs, endMs), error };
}
