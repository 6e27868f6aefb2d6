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

function idOf(traceId: string, what: string): string {
  return hash("sha256", `${traceId}/${what}`).slice(0, 16);
}

export class SpanFold {
  readonly #options: SpanOptions;
  #trace = "";
  #root: Open | undefined;
  readonly #lanes = new Map<string, Open>();
  /** Model calls that have not come back, or are not settled, by id. */
  readonly #calls = new Map<string, { span: Open; endMs?: number }>();
  /** Of a lane the newest model call: what its tools follow from. */
  readonly #asked = new Map<string, SpanLink>();
  #ended: Span[] = [];

  constructor(options: SpanOptions) {
    this.#options = options;
  }

  /** Takes the next line; returns the spans that have ended with it. Nothing before the line that names the trace. */
  take(line: JournalLine): Span[] {
    const at = Date.parse(line.at);
    const isStart = line.kind === "run-start" || line.kind === "process-start";
    const trace = isStart ? line.data.traces?.opentelemetry : undefined;
    if (trace !== undefined) this.#begin(line, trace, at);
    if (this.#root !== undefined) byKind(this.#handlers, line, at);
    return this.#given();
  }

  /** The process ends without having said so. */
  leave(at: number, error?: string): Span[] {
    for (const { span } of this.#calls.values()) this.#end(span, at, "left");
    for (const lane of this.#lanes.values()) this.#end(lane, at, "left");
    if (this.#root !== undefined) this.#end(this.#root, at, error);
    this.#calls.clear();
    this.#lanes.clear();
    this.#root = undefined;
    return this.#given();
  }

  readonly #handlers: ByKind<void, number> = {
    "attempt-start": (line, at) => {
      this.#lane(line, line.data.agent, at);
    },
    "attempt-end": (line, at) => {
      const lane = this.#lanes.get(placeOf(line));
      if (lane === undefined) return;
      this.#lanes.delete(placeOf(line));
      this.#asked.delete(placeOf(line));
      const { outcome, steps, cause } = line.data;
      Object.assign(lane.attributes, { "glasshive.outcome": outcome, "glasshive.steps": steps });
      this.#end(lane, at, outcome === "done" || outcome === "not-found" ? undefined : (cause ?? outcome));
    },
    reserve: (line, at) => {
      const { id, purpose, agent = "", model, outputTokens, secondAttempt } = line.data;
      const attributes: Attributes = {
        ...operation("chat", model),
        "gen_ai.request.model": model,
        "gen_ai.request.max_tokens": outputTokens,
        "gen_ai.conversation.id": line.run,
        "gen_ai.agent.name": agent === "" ? purpose : agent,
        "glasshive.run.id": line.run,
        "glasshive.purpose": purpose,
        "glasshive.call": id,
        ...subtaskOf(line),
        ...(secondAttempt === true ? { "glasshive.second_attempt": true } : {}),
      };
      const parentId = this.#parentOf(line, agent, at);
      const opened = this.#open(`chat ${model}`, { key: `call/${id}`, parentId, at, attributes });
      const span: Open = { ...opened, kind: "client" };
      this.#calls.set(id, { span });
      if (line.subtask !== undefined) this.#asked.set(placeOf(line), span);
    },
    "model-call": ({ data: { id, finish, signal, waitedMs, gapMs, evidence } }, at) => {
      const call = this.#calls.get(id);
      if (call === undefined) return;
      call.endMs = at;
      call.span.error = signal === undefined ? undefined : (evidence ?? signal);
      Object.assign(call.span.attributes, {
        ...(finish === undefined ? {} : { "gen_ai.response.finish_reasons": [finish] }),
        "glasshive.waited_ms": waitedMs,
        "glasshive.longest_gap_ms": gapMs,
        ...(signal === undefined ? {} : { "error.type": signal }),
      });
    },
    settle: ({ data: { id, usage, lost, estimated } }, at) => {
      const call = this.#calls.get(id);
      if (call === undefined) return;
      this.#calls.delete(id);
      const { span, endMs = at } = call;
      Object.assign(span.attributes, usageOf(usage), estimated === true ? { "glasshive.usage.estimated": true } : {});
      this.#end(span, endMs, lost === true ? "its process died" : span.error);
    },
    "tool-call": (line, at) => {
      const { tool, outcome, ms, args, characters, call } = line.data;
      const asked = this.#asked.get(placeOf(line));
      const attributes: Attributes = {
        ...operation("execute_tool", undefined),
        "gen_ai.tool.name": tool,
        "gen_ai.tool.type": "function",
        "glasshive.run.id": line.run,
        ...subtaskOf(line),
        ...(call === undefined ? {} : { "gen_ai.tool.call.id": call }),
        "glasshive.outcome": outcome,
        "glasshive.characters": characters,
        ...(outcome === "ok" ? {} : { "error.type": outcome }),
        ...(this.#options.hasContent && args !== undefined
          ? { "gen_ai.tool.call.arguments": JSON.stringify(args) }
          : {}),
      };
      const links = asked === undefined ? [] : [{ traceId: asked.traceId, spanId: asked.spanId }];
      const parentId = this.#parentOf(line, "", at);
      const place = { key: `tool/${line.seq}`, parentId, at: at - ms, attributes, links };
      this.#end(this.#open(`execute_tool ${tool}`, place), at, outcome === "ok" ? undefined : outcome);
    },
    signal: (line, at) => {
      const { kind, evidence } = line.data;
      this.#note(line, at, { "glasshive.signal": kind, "glasshive.evidence": evidence });
    },
    recovery: (line, at) => {
      const { signal, action, rule } = line.data;
      this.#note(line, at, { "glasshive.signal": signal, "glasshive.action": action, "glasshive.rule": rule });
    },
    "run-end": ({ data: { status, coverage, usage } }) => {
      if (this.#root === undefined) return;
      const outcomes = Object.entries(coverage).map(([name, count]) => [`glasshive.coverage.${name}`, count]);
      Object.assign(this.#root.attributes, usageOf(usage), Object.fromEntries(outcomes), {
        "glasshive.status": status,
        "glasshive.steps": usage.steps,
      });
      if (status === "failed") this.#root.error = "nothing was done";
    },
    "run-close": (_, at) => {
      this.#ended = this.leave(at, this.#root?.error);
    },
    "process-end": (_, at) => {
      this.#ended = this.leave(at, this.#root?.error);
    },
  };

  #begin(line: JournalLine, trace: string, at: number): void {
    this.#trace = trace;
    const start = line.kind === "run-start" ? line.data : undefined;
    const attributes: Attributes = {
      ...operation("invoke_workflow", start?.model),
      "gen_ai.workflow.name": "glasshive",
      "gen_ai.conversation.id": line.run,
      "glasshive.run.id": line.run,
      ...(start === undefined ? {} : { "gen_ai.request.model": start.model }),
      ...(this.#options.hasContent && start !== undefined ? { "gen_ai.input.messages": asMessages(start.task) } : {}),
    };
    const links = this.#options.earlier.map((traceId) => ({ traceId, spanId: idOf(traceId, "run") }));
    this.#root = this.#open("invoke_workflow glasshive", { key: "run", parentId: undefined, at, attributes, links });
  }

  #open(name: string, { key, parentId, at, attributes, links = [] }: Opening): Open {
    const traceId = this.#trace;
    const base = { traceId, spanId: idOf(traceId, key), parentId, name, kind: "internal" as const };
    return { ...base, startMs: at, attributes, events: [], links, error: undefined };
  }

  #end(span: Open, endMs: number, error: string | undefined): void {
    this.#ended.push({ ...span, endMs: Math.max(span.startMs, endMs), error });
  }

  #given(): Span[] {
    const given = this.#ended;
    this.#ended = [];
    return given;
  }

  /** Of the attempt that the line is about; opened where an earlier process began it. */
  #lane(line: JournalLine, agent: string, at: number): Open {
    const known = this.#lanes.get(placeOf(line));
    if (known !== undefined) return known;
    const attributes = {
      ...operation("invoke_agent", undefined),
      "gen_ai.agent.name": agent,
      "gen_ai.conversation.id": line.run,
      "glasshive.run.id": line.run,
      ...subtaskOf(line),
    };
    const place = { key: `lane/${placeOf(line)}`, parentId: this.#root?.spanId, at, attributes };
    const lane = this.#open(`invoke_agent ${agent}`, place);
    this.#lanes.set(placeOf(line), lane);
    return lane;
  }

  /** The span of who asks: the lane where there is one, else the run. */
  #parentOf(line: JournalLine, agent: string, at: number): string | undefined {
    return (line.subtask === undefined ? this.#root : this.#lane(line, agent, at))?.spanId;
  }

  /** What went wrong, and what was done about it, stands where it happened. */
  #note(line: JournalLine, at: number, attributes: Attributes): void {
    const lane = this.#lanes.get(placeOf(line)) ?? this.#root;
    lane?.events.push({ name: line.kind, at, attributes });
  }
}

interface Opening {
  /** What the span stands for. */
  key: string;
  parentId: string | undefined;
  at: number;
  attributes: Attributes;
  links?: readonly SpanLink[];
}

function placeOf({ subtask = "", attempt = 1 }: JournalLine): string {
  return `${subtask}/${attempt}`;
}

function operation(name: string, model: string | undefined): Attributes {
  // By the conventions: whoever is reached by OpenAI's protocol, where it is not known who it is.
  const provider = model === undefined || model === OFFLINE ? "glasshive" : "openai";
  return { "gen_ai.operation.name": name, "gen_ai.provider.name": provider };
}

function subtaskOf({ subtask, attempt }: JournalLine): Attributes {
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
