/** A loopback collector: takes OTLP over HTTP in JSON, and keeps what it is sent. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { onTestFinished } from "vitest";

type Value = {
  stringValue?: string;
  intValue?: string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: Value[] };
};
type KeyValue = { key: string; value: Value };

interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: KeyValue[];
  events: { name: string; attributes: KeyValue[] }[];
  links: { traceId: string; spanId: string }[];
  status: { code?: number; message?: string };
}

export interface CollectedSpan extends Omit<WireSpan, "attributes"> {
  attributes: Record<string, unknown>;
}

export interface Collector {
  url: string;
  spans: CollectedSpan[];
  resource: Record<string, unknown>;
  headers: NodeJS.Dict<string | string[]>[];
  bodies: string[];
}

/** `status`: what it answers, instead of taking anything. */
export async function startCollector({ status = 200, hangs = false } = {}): Promise<Collector> {
  const facts: Collector = { url: "", spans: [], resource: {}, headers: [], bodies: [] };
  const server = createServer((request, response) => {
    if (hangs) return;
    void json(request).then((body) => {
      facts.headers.push({ ...request.headers, path: request.url });
      facts.bodies.push(JSON.stringify(body));
      const { resourceSpans } = body as {
        resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: WireSpan[] }[] }[];
      };
      for (const { resource, scopeSpans } of resourceSpans) {
        Object.assign(facts.resource, plain(resource.attributes));
        for (const span of scopeSpans.flatMap(({ spans }) => spans))
          facts.spans.push({ ...span, attributes: plain(span.attributes) });
      }
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  facts.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return facts;
}

function plain(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue({ stringValue, intValue, doubleValue, boolValue, arrayValue }: Value): unknown {
  if (intValue !== undefined) return Number(intValue);
  return arrayValue?.values.map(plainValue) ?? stringValue ?? doubleValue ?? boolValue;
}
