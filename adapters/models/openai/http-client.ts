/**
 * HTTP to endpoints, by undici: as lean as Node's own client, with the proxies that the environment names (docs/decisions/0035).
 *
 * 1. One request, to the given address: no redirect is followed, no cookie kept, no compression asked for, nothing tried again.
 * 2. `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` hold in upper and lower case (the lower wins); what a proxy is asked with is
 *    never shown. `SSL_CERT_FILE` is trusted beside Node's own certificates, which `NODE_EXTRA_CA_CERTS` adds to.
 * 3. It has no time limits of its own: they are the caller's signal.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { getCACertificates } from "node:tls";
import type { Dispatcher } from "undici";
import { readRegular } from "../../storage/regular-files.ts";
import { SwarmError } from "../../../state/errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface HttpRequest {
  method: "GET" | "POST";
  url: URL;
  headers: Record<string, string>;
  body?: Buffer;
  signal: AbortSignal | undefined;
}

/** The body is unread. */
export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Readable;
}

/** Connections rest so long between two calls: a tool may take a while. */
const RESTING_MS = 60_000;
const PROXY_NAMES: Readonly<Record<string, readonly string[]>> = {
  "http:": ["http_proxy", "HTTP_PROXY"],
  "https:": ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"],
};
const PROXY_PROTOCOLS = new Set(["http:", "https:", "socks5:", "socks:"]);

/** Connections are the process's: all models of an endpoint share them. */
let ownClient: Promise<Dispatcher> | undefined;

/** Of each request to the endpoint; `accept`: what it is to answer with. */
export function headersFor(apiKey: string, accept: string): Record<string, string> {
  return { accept, authorization: `Bearer ${apiKey}`, "user-agent": "glasshive" };
}

export async function send(
  request: HttpRequest,
  client = (ownClient ??= openClient(process.env)),
): Promise<HttpAnswer> {
  const { method, url, headers, body = null, signal } = request;
  const path = url.pathname + url.search;
  const dispatcher = await client;
  signal?.throwIfAborted();
  const answer = await dispatcher.request({ origin: url.origin, path, method, headers, body, signal: signal ?? null });
  // Whoever reads the body meets the error there; a body that nobody reads any more must not end the process.
  answer.body.on("error", () => undefined);
  return { status: answer.statusCode, headers: answer.headers, body: answer.body };
}

/** A first request is to come: its client is loaded once the process has nothing else to do. */
export function loadClientSoon(): void {
  setImmediate(() => void import("undici"));
}

/** Without an endpoint nobody has a use for it. */
export async function openClient(env: Environment): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import("undici");
  const ca = certificatesOf(env);
  const tls = ca === undefined ? {} : { connect: { ca }, requestTls: { ca }, proxyTls: { ca } };
  return new EnvHttpProxyAgent({
    httpProxy: proxyOf("http:", env)?.url.href ?? "",
    httpsProxy: proxyOf("https:", env)?.url.href ?? "",
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: RESTING_MS,
    allowH2: false,
    ...tls,
  });
}

/** What the environment names for addresses of a protocol, unless NO_PROXY has the host. Throws SwarmError CONFIG_INVALID. */
export function proxyOf(protocol: string, env: Environment): { name: string; url: URL } | undefined {
  const name = (PROXY_NAMES[protocol] ?? []).find((known) => env[known] !== undefined);
  const text = name === undefined ? "" : (env[name] ?? "").trim();
  if (name === undefined || text === "") return undefined;
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url !== null && PROXY_PROTOCOLS.has(url.protocol)) return { name, url };
  // The value is not shown: it may hold a password.
  throw new SwarmError("CONFIG_INVALID", `${name} is not the address of a proxy`, {
    next: `give one like http://proxy.example:3128, or unset ${name}`,
  });
}

/** Where the file cannot be read, OpenSSL goes without it, and so does this. */
function certificatesOf(env: Environment): string[] | undefined {
  const file = env["SSL_CERT_FILE"];
  if (file === undefined || file === "") return undefined;
  try {
    return [...getCACertificates("default"), readRegular(file).toString()];
  } catch {
    return undefined;
  }
}
