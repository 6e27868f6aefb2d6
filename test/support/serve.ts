/** A model server that ends with its test. */
import { onTestFinished } from "vitest";
import { startModelServer, type Behaviour, type ModelServer, type ModelServerOptions } from "./model-server/index.ts";

export async function serve(behaviour: Behaviour, options: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await startModelServer({ behaviour, ...options });
  onTestFinished(() => server.close());
  return server;
}
