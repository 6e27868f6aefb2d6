/**
 * Sends spans to a collector, by OTLP over HTTP in JSON (docs/decisions/0057). Source: OpenTelemetry protocol 1.x, the variables of its
 * exporter specification.
 *
 * 1. Nothing that the collector does or does not do disturbs a run: what cannot be sent is dropped, and said once.
 * 2. What waits is bounded: beyond that the newest spans are dropped, and counted.
 * 3. `close` takes no longer than it is given.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { AttributeValue, Attributes, Span } from "../../engine/policy/tracing/span-fold.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import { oneLine, uriDecoded } from "../../state/plain-text.ts";
import { send } from "../models/openai/http-client.ts";
import { beginningOf } from "../models/openai/completion-stream.ts";
import { defined, fieldOf, jsonIn } from "../../state/is-record.ts";

interface OtlpTarget {
  url: URL;
  headers: Record<string, string>;
  /** Of the resource: `service.name` and what the environment adds. */
  resource: Attributes;
}

const MOST_WAITING = 20_000;
const MOST_AT_ONCE = 500;
/** So long spans are gathered before they go out. */
const GATHERING_MS = 1000;
const REQUEST_MS = 10_000;
const MOST_TRIES = 3;
/** Characters of what a collector says. */
const LONGEST_MESSAGE = 300;
const RETRIED = new Set([429, 502, 503, 504]);
const [INTERNAL, CLIENT, FAILED] = [1, 3, 2];

/** Where the environment says that traces go. Throws SwarmError CONFIG_INVALID where it does not, or asks for another protocol. */
export function otlpTarget(env: NodeJS.ProcessEnv): OtlpTarget {
  const own = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  const text = own || env["OTEL_EXPORTER_OTLP_ENDPOINT"] || "";
  const url = URL.parse(own ? text : `${text.replace(/\/+$/, "")}/v1/traces`);
  if (text === "" || url === null || !/^https?:$/.test(url.protocol))
    throw new SwarmError(
      "CONFIG_INVALID",
      text === ""
        ? "traces are asked for, and no endpoint is named"
        : "the endpoint of the traces is not an http address",
      {
        next: "set OTEL_EXPORTER_OTLP_ENDPOINT to an address like http://localhost:4318, or leave --otel and GLASSHIVE_OTEL away",
      },
    );
  const headers = pairs(env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] ?? env["OTEL_EXPORTER_OTLP_HEADERS"]);
  const { "service.name": listed = "glasshive", ...resource } = pairs(env["OTEL_RESOURCE_ATTRIBUTES"]);
  return { url, headers, resource: { "service.name": env["OTEL_SERVICE_NAME"] || listed, ...resource } };
}

/** `name=value,other=value`, percent-encoded. */
function pairs(text = ""): Record<string, string> {
  const entries = text.split(",").flatMap((part): [string, string][] => {
    const at = part.indexOf("=");
    return at < 1 ? [] : [[part.slice(0, at).trim(), uriDecoded(part.slice(at + 1).trim())]];
  });
  return Object.fromEntries(entries);
}

export class OtlpExporter {
  readonly #target: OtlpTarget;
  readonly #tell: (problem: string) => void;
  readonly #stop = new AbortController();
  /** Nothing more is to come: what is gathered goes out. */
  readonly #hurry = new AbortController();
  #waiting: Span[] = [];
  #dropped = 0;
  #isTold = false;
  #sending: Promise<void> | undefined;

  /** `tell`: hears once of what goes wrong. */
  constructor(target: OtlpTarget, tell: (problem: string) => void) {
    this.#target = target;
    this.#tell = tell;
  }

  add(spans: readonly Span[]): void {
    if (spans.length === 0 || this.#stop.signal.aborted) return;
    const room = MOST_WAITING - this.#waiting.length;
    this.#waiting.push(...spans.slice(0, room));
    this.#dropped += Math.max(0, spans.length - room);
    this.#sending ??= this.#sendAll(GATHERING_MS);
  }

  /** Sends what is there, for so long at most; then nothing more. */
  async close(mostMs: number): Promise<void> {
    const timer = new AbortController();
    const late = sleep(mostMs, true, { signal: timer.signal, ref: true }).catch(() => false);
    this.#hurry.abort();
    const sent = (async () => {
      await this.#sending;
      await this.#sendAll(0);
      return false;
    })();
    const isLate = await Promise.race([sent, late]);
    timer.abort();
    this.#stop.abort();
    const lost = this.#dropped + (isLate ? this.#waiting.length : 0);
    if (isLate || lost > 0) this.#problem(`${lost > 0 ? `${lost} spans` : "some spans"} were not delivered`);
  }

  async #sendAll(afterMs: number): Promise<void> {
    try {
      if (afterMs > 0)
        await sleep(afterMs, undefined, { ref: false, signal: this.#hurry.signal }).catch(() => undefined);
      while (this.#waiting.length > 0 && !this.#stop.signal.aborted) {
        const spans = this.#waiting.splice(0, MOST_AT_ONCE);
        if (!(await this.#post(spans))) this.#dropped += spans.length;
      }
    } catch {
      // Stopped while it waited to try again: whoever stopped it says what was lost.
    } finally {
      this.#sending = undefined;
    }
  }

  async #post(spans: readonly Span[]): Promise<boolean> {
    const body = Buffer.from(JSON.stringify(requestOf(spans, this.#target.resource)));
    const headers = { "content-type": "application/json", "user-agent": "glasshive", ...this.#target.headers };
    for (let number = 1; number <= MOST_TRIES; number += 1) {
      try {
        const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(REQUEST_MS)]);
        const answer = await send({ method: "POST", url: this.#target.url, headers, body, signal });
        const { status } = answer;
        const isTaken = status >= 200 && status < 300;
        // What breaks off has said enough: its status came before.
        const said = await beginningOf(answer).catch(() => "");
        if (isTaken) this.#refused(said);
        if (isTaken) return true;
        this.#problem(`the collector answers ${status}`);
        if (!RETRIED.has(status)) return false;
      } catch (error) {
        if (this.#stop.signal.aborted) return false;
        this.#problem(describeError(error));
      }
      await sleep(GATHERING_MS * number, undefined, { ref: false, signal: this.#stop.signal });
    }
    return false;
  }

  /** What the collector says of spans that it did not keep, where it took the rest. */
  #refused(said: string): void {
    const { rejectedSpans, errorMessage } = PartialSuccess.parse(fieldOf(jsonIn(said), "partialSuccess"));
    const why = errorMessage === "" ? "" : `: ${oneLine(errorMessage).slice(0, LONGEST_MESSAGE)}`;
    if (rejectedSpans > 0) this.#problem(`the collector refused ${rejectedSpans} spans${why}`);
    else if (why !== "") this.#problem(`the collector warns${why}`);
  }

  #problem(problem: string): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#tell(`traces are not well: ${problem} (the run goes on; no more is said of it)`);
  }
}

/** Of an `ExportTraceServiceResponse` in OTLP's JSON; integers of 64 bits are texts in it. */
const PartialSuccess = z
  .object({ rejectedSpans: z.coerce.number().catch(0), errorMessage: z.string().catch("") })
  .catch({ rejectedSpans: 0, errorMessage: "" });

/** An `ExportTraceServiceRequest` in OTLP's JSON. Pure. */
function requestOf(spans: readonly Span[], resource: Attributes): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource) },
        scopeSpans: [{ scope: { name: "glasshive" }, spans: spans.map(wireSpan) }],
      },
    ],
  };
}

function wireSpan(span: Span): object {
  const { traceId, spanId, parentId, name, kind, links, error } = span;
  return {
    traceId,
    spanId,
    ...defined({ parentSpanId: parentId }),
    name,
    kind: kind === "client" ? CLIENT : INTERNAL,
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(span.endMs),
    attributes: keyValues(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      timeUnixNano: nanos(event.at),
      attributes: keyValues(event.attributes),
    })),
    links,
    status: error === undefined ? {} : { code: FAILED, message: error },
  };
}

/** Integers of 64 bits are texts in OTLP's JSON. */
function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return { arrayValue: { values: value.map(anyValue) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
