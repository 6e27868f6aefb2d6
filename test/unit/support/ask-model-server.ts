/** A bare client of the model server, and servers that end with their test. */
import { afterEach } from "vitest";
import {
  startModelServer,
  type Behaviour,
  type ModelServer,
  type ModelServerOptions,
} from "../../support/model-server/index.ts";

const servers: ModelServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

export async function start(behaviour: Behaviour, options: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await startModelServer({ behaviour, ...options });
  servers.push(server);
  return server;
}

export const AGENT = { role: "system", content: "You are researcher, an agent of a Glasshive swarm.\nBe brief." };
export const user = (content: string): object => ({ role: "user", content });
export const subtask = (id: string): object => user(`<subtask id="${id}" title="x">Do it.</subtask>`);

interface Extra {
  signal?: AbortSignal;
  [field: string]: unknown;
}

export function ask(server: ModelServer, messages: object[], { signal, ...extra }: Extra = {}): Promise<Response> {
  const body = JSON.stringify({ model: "m", messages, ...extra });
  const headers = { "content-type": "application/json" };
  return fetch(`${server.url}/chat/completions`, { method: "POST", headers, body, signal: signal ?? null });
}

export interface Completion {
  id: string;
  choices: {
    message: { content: string | null; tool_calls?: { id: string; function: { name: string; arguments: string } }[] };
    finish_reason: string;
  }[];
  usage: { prompt_tokens: number; completion_tokens: number; prompt_tokens_details: { cached_tokens: number } };
}
export const askJson = async (server: ModelServer, messages: object[], extra: Extra = {}): Promise<Completion> =>
  (await (await ask(server, messages, extra)).json()) as Completion;

export async function events(response: Response): Promise<string[]> {
  return (await response.text())
    .split("\n\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^data: /, ""));
}
