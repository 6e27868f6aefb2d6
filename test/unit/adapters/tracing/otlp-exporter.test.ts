/** What a collector answers: spans that it refuses are said in one line, and an answer without an end is cut off. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { OtlpExporter, otlpTarget } from "../../../../adapters/tracing/otlp-exporter.ts";
import type { Span } from "../../../../engine/policy/tracing/span-fold.ts";

const SPAN: Span = {
  ...{ traceId: "1".repeat(32), spanId: "2".repeat(16), name: "run", kind: "internal", startMs: 1, endMs: 2 },
  ...{ attributes: {}, events: [], links: [], parentId: undefined, error: undefined },
};

/** Sends one span to a collector that answers so; what was told of it. */
async function sentTo(answer: (response: ServerResponse) => void): Promise<string[]> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => answer(response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const told: string[] = [];
  const target = otlpTarget({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const exporter = new OtlpExporter(target, (problem) => void told.push(problem));
  exporter.add([SPAN]);
  await exporter.close(20_000);
  return told;
}

const answering =
  (body: string, status = 200) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(body);

test.each([
  [
    "refuses some",
    '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too\\nold"}}',
    "the collector refused 3 spans: too old",
  ],
  ["only warns", '{"partialSuccess":{"errorMessage":"slow down"}}', "the collector warns: slow down"],
])("a collector that %s of what it took is told of in one line", async (_, body, said) => {
  expect(await sentTo(answering(body))).toEqual([expect.stringContaining(`traces are not well: ${said}`)]);
});

test.each(["{}", '{"partialSuccess":{}}', '{"partialSuccess":{"rejectedSpans":0}}', "", "<html>", "[1]", "null"])(
  "an answer that says nothing of the kind (%s) is taken for what its status says",
  async (body) => {
    expect(await sentTo(answering(body))).toEqual([]);
  },
);

test("an answer without an end is cut off, and its spans are taken", async () => {
  const cut = Promise.withResolvers<void>();
  const endless = (response: ServerResponse): void => {
    let isOpen = true;
    response.writeHead(200).on("close", () => {
      isOpen = false;
      cut.resolve();
    });
    const piece = Buffer.alloc(16 * 1024, "x");
    const more = (): void => void (isOpen && response.write(piece, () => setImmediate(more)));
    more();
  };
  expect(await sentTo(endless)).toEqual([]);
  await cut.promise;
});
