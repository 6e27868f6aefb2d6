import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { connect, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { openClient, proxyOf, send } from "../../../../../adapters/models/openai/http-client.ts";
import { SwarmError } from "../../../../../state/errors.ts";

/** For localhost and 127.0.0.1, signed by itself, for a hundred years; of no use to anybody. */
const TLS = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSx3L4eE8hHsSOrk8
OTk1mQd/R9BanzyMd62a8vxGAFmhRANCAARpDfxi58K5/NpUBmbxp33J2gHB1Bes
6LfZOJHewQCFBHrzJf1Rq/2DkiwpiVwLcvLeRjMQjk5tc3yBTMJUI9LP
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUYvfobdS6lYe7QLHp4BP9NHBwpyswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyOTA5MTAyM1oYDzIxMjYxMTA1
MDkxMDIzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARpDfxi58K5/NpUBmbxp33J2gHB1Bes6LfZOJHewQCFBHrzJf1Rq/2D
kiwpiVwLcvLeRjMQjk5tc3yBTMJUI9LPo28wbTAdBgNVHQ4EFgQU0512Rc0QYJ8v
LUiqQCpG/sUfm+AwHwYDVR0jBBgwFoAU0512Rc0QYJ8vLUiqQCpG/sUfm+AwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZI
zj0EAwIDSAAwRQIhALrEG9wGrlKRXSGzgK0lRboixwLVArMJh2GsgOpDKcNxAiAd
RgIyEWvh6gS6AJuP3cE20jhDTPvBhx2UtKmp+NKEHQ==
-----END CERTIFICATE-----`;

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy that answers for every http address itself, and opens tunnels; it notes what it was asked for, and with what. */
async function startProxy() {
  const seen: { target: string | undefined; credentials: string | undefined }[] = [];
  const note = ({ url, headers }: http.IncomingMessage): void =>
    void seen.push({ target: url, credentials: headers["proxy-authorization"] });
  const server = http.createServer((request, response) => {
    note(request);
    response.end("by the proxy");
  });
  server.on("connect", (request: http.IncomingMessage, socket) => {
    note(request);
    const { hostname, port } = new URL(`http://${request.url}`);
    const tunnel = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      tunnel.pipe(socket).pipe(tunnel);
    });
    for (const end of [socket, tunnel]) end.on("error", () => undefined);
  });
  return { host: `127.0.0.1:${await portOf(server)}`, seen };
}

async function askWith(env: Record<string, string>, url: string): Promise<string> {
  const client = openClient(env);
  onTestFinished(async () => (await client).destroy());
  const answer = await send({ method: "GET", url: new URL(url), headers: {}, signal: undefined }, client);
  return text(answer.body);
}

function trustFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "glasshive-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "ca.pem");
  writeFileSync(file, TLS);
  return file;
}

describe("the proxy of the environment", () => {
  it.each(["HTTP_PROXY", "http_proxy"])("is asked where %s names one, with its credentials", async (name) => {
    const proxy = await startProxy();
    const env = { [name]: `http://me:pass%20word@${proxy.host}` };
    expect(await askWith(env, "http://model.invalid/v1/models?a=b")).toBe("by the proxy");
    const credentials = `Basic ${Buffer.from("me:pass word").toString("base64")}`;
    expect(proxy.seen).toEqual([{ target: "http://model.invalid/v1/models?a=b", credentials }]);
  });

  it.each([[{ NO_PROXY: "example.com, 127.0.0.1" }], [{ no_proxy: "*" }], [{ http_proxy: "", NO_PROXY: "" }]])(
    "is left out with %j",
    async (more) => {
      const proxy = await startProxy();
      const port = await portOf(http.createServer((_, response) => response.end("itself")));
      expect(await askWith({ HTTP_PROXY: proxy.host, ...more }, `http://127.0.0.1:${port}/`)).toBe("itself");
      expect(proxy.seen).toEqual([]);
    },
  );

  it("opens a tunnel to an address of https, whose certificate SSL_CERT_FILE vouches for", async () => {
    const proxy = await startProxy();
    const port = await portOf(https.createServer({ key: TLS, cert: TLS }, (_, response) => response.end("itself")));
    const url = `https://127.0.0.1:${port}/`;
    expect(await askWith({ HTTPS_PROXY: proxy.host, SSL_CERT_FILE: trustFile() }, url)).toBe("itself");
    expect(proxy.seen).toEqual([{ target: `127.0.0.1:${port}`, credentials: undefined }]);
    expect(await askWith({ SSL_CERT_FILE: trustFile() }, url)).toBe("itself");
    await expect(askWith({}, url)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });

  it("that is no address is refused without a word of its value", () => {
    const wrong = (): unknown => proxyOf("https:", { HTTPS_PROXY: "ftp://me:hunter2@proxy:21" });
    expect(wrong).toThrow(SwarmError);
    expect(wrong).toThrow(/^HTTPS_PROXY is not the address of a proxy$/);
  });
});
