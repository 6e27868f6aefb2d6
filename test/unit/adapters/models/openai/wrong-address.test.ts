/** A connection that comes to nothing, in plain words: the address may be wrong, or its server away. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createModelProvider } from "../../../../../adapters/models/model-provider.ts";
import type { ResolvedModel } from "../../../../../engine/ports/models.ts";
import { errorOf } from "./conversation.ts";

/** A model at a server that answers whatever comes in its own way. */
async function modelAt(answer: (socket: Socket) => void, scheme: "http" | "https"): Promise<ResolvedModel> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const baseUrl = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return createModelProvider({ model: "m", baseUrl, concurrency: 1 }).resolve(undefined);
}

describe("a connection", () => {
  it("to what is no HTTP server is the network, in plain words", async () => {
    const model = await modelAt((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"), "http");
    expect(model.failure(await errorOf(model)).signal).toMatchObject({
      kind: "network",
      evidence: expect.stringContaining("does not speak HTTP"),
    });
  });

  it("by TLS to a plain server is the network, in plain words", async () => {
    const model = await modelAt((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), "https");
    expect(model.failure(await errorOf(model)).signal).toMatchObject({
      kind: "network",
      evidence: expect.stringMatching(/does not speak TLS: is it http:/),
    });
  });

  it("that is refused is the network", async () => {
    const options = { model: "m", baseUrl: "http://127.0.0.1:1/v1", concurrency: 1 };
    const model = createModelProvider(options).resolve(undefined);
    expect(model.failure(await errorOf(model)).signal).toMatchObject({
      kind: "network",
      evidence: expect.stringMatching(/127\.0\.0\.1:1.*nobody answers.*ECONNREFUSED/),
    });
  });
});
