/** A graph as a model that an agent's profile names: what it costs, and what its failures stand for. */
import { randomUUID } from "node:crypto";
import type { AIMessage } from "@langchain/core/messages";
import { GraphRecursionError } from "@langchain/langgraph";
import type { AgentGraph } from "../../engine/ports/graphs.ts";
import type { EndpointUse, ModelLimits, Price, ResolvedModel, TokenUsage } from "../../engine/ports/models.ts";
import type { Signal } from "../../state/signal.ts";
import { describeError } from "../../state/errors.ts";
import { classifyError } from "../models/openai/classify-error.ts";
import { usageOf } from "../models/openai/inspect-reply.ts";
import { lacksCheckpoints, unanswerable } from "../../engine/runtime/run/effects.ts";
import { GraphChatModel, GraphFailed, type GraphAgent } from "./graph-chat-model.ts";
import { OverCap } from "./graph-usage.ts";
import { fieldOf } from "../../state/is-record.ts";

const LIMITS: ModelLimits = { contextWindow: 1_000_000, maxOutputTokens: 32_000 };

export interface GraphModelOptions {
  id: string;
  use: Omit<EndpointUse, "key">;
  price: Price | undefined;
  limits?: Partial<ModelLimits> | undefined;
}

export function graphModel(agent: GraphAgent, { id, use, price, limits }: GraphModelOptions): ResolvedModel {
  return {
    id,
    ...LIMITS,
    ...limits,
    price,
    endpoint: { key: `${id}#${randomUUID()}`, ...use },
    chat: new GraphChatModel(agent),
    failure: (error) => ({
      signal: signalOf(agent.name, error),
      reach: "unknown",
      counted: error instanceof GraphFailed ? error.usage : undefined,
    }),
    inspect: () => undefined,
    usageOf: (message) => withSteps(message, usageOf(message)),
    cachesPrompts: false,
    callOptions: ({ brief, graph }) => ({ brief: () => brief, graph }),
  };
}

function withSteps(message: AIMessage, usage: TokenUsage | undefined): TokenUsage | undefined {
  const steps = fieldOf(message.response_metadata, "steps");
  return usage === undefined || typeof steps !== "number" ? usage : { ...usage, steps };
}

function signalOf(name: string, error: unknown): Signal {
  const cause: unknown = error instanceof GraphFailed ? error.cause : error;
  if (cause instanceof OverCap) return cause.signal;
  const said = lacksCheckpoints(cause) ? unanswerable("what it asks") : cause;
  const evidence = `the graph of agent "${name}" failed: ${describeError(said)}`;
  if (cause instanceof GraphRecursionError) return { kind: "steps-exceeded", evidence };
  const known = classifyError(cause);
  return known === undefined ? { kind: "agent-error", evidence } : { ...known, evidence };
}

/** A graph that a server has. Its client is loaded when it is first called. */
export function remoteGraph({ url, graphId }: { url: string; graphId: string }): () => Promise<AgentGraph> {
  let opened: Promise<AgentGraph> | undefined;
  const open = async (): Promise<AgentGraph> => {
    const { RemoteGraph } = await import("@langchain/langgraph/remote");
    const { Client } = await import("@langchain/langgraph-sdk");
    // What is tried again is the policy's to say, and a redirect leads to where nobody has named.
    const callerOptions = { maxRetries: 0, fetch: fetchHere };
    return new RemoteGraph({ graphId, client: new Client({ apiUrl: url, apiKey: keyFor(url), callerOptions }) });
  };
  return () => (opened ??= open());
}

/**
 * LangGraph's client sends LangSmith's key, or any of its kin, to whatever server it is given. A key goes to the host that its owner
 * named. Null: to none.
 */
function keyFor(url: string): string | null {
  const { LANGGRAPH_API_KEY: key, LANGGRAPH_API_URL: own = "" } = process.env;
  return key && URL.canParse(own) && new URL(own).origin === new URL(url).origin ? key : null;
}

function fetchHere(...[input, init]: Parameters<typeof fetch>): ReturnType<typeof fetch> {
  return fetch(input, { ...init, redirect: "error" });
}
