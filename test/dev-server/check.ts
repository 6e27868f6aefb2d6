/** What a check is, and the client that checks ask with: the SDK, as a front end uses it. */
import { Client } from "@langchain/langgraph-sdk";
import type { DevServer } from "./dev-server.ts";

export interface Check {
  /** A sentence about behaviour. */
  name: string;
  /** Why it cannot be made on this machine; absent, or undefined: it can. */
  skipped?(): string | undefined;
  /** Throws where it does not hold. */
  run(server: DevServer): Promise<void>;
}

export const GRAPH = "swarm";

/** What checks read of the swarm's state. */
export interface SwarmValues extends Record<string, unknown> {
  answer: string;
  status: string;
  runId: string;
  task: string;
  coverage: { total: number; done: number };
  lanes: Record<string, { outcome: string; agent: string; steps: number }>;
  messages: { type: string; content: unknown }[];
  planned: { subtasks: { id: string }[] } | null;
}

export function clientOf(server: DevServer): Client<SwarmValues> {
  return new Client<SwarmValues>({ apiUrl: server.url, apiKey: null });
}

/** Runs to the end or to an interrupt; the thread's values. Throws what the run failed with. */
export async function runToEnd(
  client: Client<SwarmValues>,
  thread: string,
  payload: Parameters<Client["runs"]["wait"]>[2],
): Promise<SwarmValues> {
  return (await client.runs.wait(thread, GRAPH, payload)) as SwarmValues;
}

export async function newThread(client: Client<SwarmValues>): Promise<string> {
  return (await client.threads.create()).thread_id;
}
