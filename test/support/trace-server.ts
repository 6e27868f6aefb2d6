/**
 * A loopback endpoint that speaks as much of LangSmith's ingest API as its client needs, and keeps what is sent: `/info`, then
 * `/runs/batch` with whole runs, `post` as they begin and `patch` as they end.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync, zstdDecompressSync } from "node:zlib";

export interface TracedRun {
  id: string;
  parent_run_id?: string;
  name: string;
  run_type: string;
  end_time?: number | string;
  error?: string;
  extra?: { metadata?: Record<string, unknown> };
  inputs?: unknown;
  outputs?: unknown;
}

export interface TraceServer {
  url: string;
  /** Every request but those of `/info`: method and path. */
  requests: string[];
  infoRequests: number;
  /** Everything that was sent, as it was sent. */
  bodies: string[];
  /** Runs by id, what was sent of each laid over one another. */
  runs: Map<string, TracedRun>;
  close(): Promise<void>;
}

const INFO = { version: "0.0.0", batch_ingest_config: { use_multipart_endpoint: false, size_limit: 100 } };

export async function startTraceServer(): Promise<TraceServer> {
  const runs = new Map<string, TracedRun>();
  const facts: Omit<TraceServer, "close"> = { url: "", requests: [], infoRequests: 0, bodies: [], runs };
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const isInfo = request.url?.endsWith("/info") === true;
      if (isInfo) facts.infoRequests += 1;
      else {
        facts.requests.push(`${request.method} ${request.url}`);
        const text = unpacked(body, request.headers["content-encoding"]).toString();
        facts.bodies.push(text);
        keep(runs, text);
      }
      response.writeHead(isInfo ? 200 : 202, { "content-type": "application/json" });
      response.end(JSON.stringify(isInfo ? INFO : {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.assign(facts, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close });
}

function unpacked(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === "gzip") return gunzipSync(body);
  return encoding === "zstd" ? zstdDecompressSync(body) : body;
}

function keep(runs: Map<string, TracedRun>, text: string): void {
  const { post = [], patch = [] } = JSON.parse(text) as { post?: TracedRun[]; patch?: TracedRun[] };
  for (const run of [...post, ...patch]) {
    const given = Object.fromEntries(Object.entries(run).filter(([, value]) => value !== undefined && value !== null));
    runs.set(run.id, { ...runs.get(run.id), ...given } as TracedRun);
  }
}
