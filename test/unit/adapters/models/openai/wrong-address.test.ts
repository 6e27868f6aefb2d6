/** An address that is wrong is told from a bad moment: nobody has answered there yet, or no endpoint. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { classifyError } from "../../../../../adapters/models/openai/classify-error.ts";
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
  it("to what is no HTTP server leads to a wrong address, in plain words", async () => {
    const model = await modelAt((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"), "http");
    expect(model.classify(await errorOf(model))).toMatchObject({
      kind: "endpoint",
      evidence: expect.stringContaining("does not speak HTTP"),
    });
  });

  it("by TLS to a plain server leads to a wrong address, in plain words", async () => {
    const model = await modelAt((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), "https");
    expect(model.classify(await errorOf(model))).toMatchObject({
      kind: "endpoint",
      evidence: expect.stringMatching(/does not speak TLS: is it http:/),
    });
  });

  it("that is refused leads to a wrong address", async () => {
    const options = { model: "m", baseUrl: "http://127.0.0.1:1/v1", concurrency: 1 };
    const model = createModelProvider(options).resolve(undefined);
    expect(model.classify(await errorOf(model))).toMatchObject({
      kind: "endpoint",
      evidence: expect.stringMatching(/127\.0\.0\.1:1.*nobody answers.*ECONNREFUSED/),
    });
  });

  it.each([
    ["ENOTFOUND", "endpoint"],
    ["EHOSTUNREACH", "endpoint"],
    ["CERT_HAS_EXPIRED", "endpoint"],
    ["EAI_AGAIN", "network"],
    ["EMFILE", "network"],
    ["ECONNRESET", "network"],
  ])("that fails with %s before any reply", (code, kind) => {
    const cause = Object.assign(new Error("below"), { code });
    const failed = new TypeError("fetch failed", { cause });
    expect(classifyError(failed, { hasAnswered: false })?.kind).toBe(kind);
    expect(classifyError(failed, { hasAnswered: true })?.kind).toBe("network");
  });
});
