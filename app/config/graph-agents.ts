/** Agents that are graphs, as a program or a profile file names them: the profile that is on record, and the graph that is called. */
import { remoteGraph } from "../../adapters/graphs/graph-model.ts";
import type { GraphAgent } from "../../adapters/graphs/graph-chat-model.ts";
import { GRAPH_MODEL } from "../../adapters/models/model-provider.ts";
import type { AgentGraph, GraphTask } from "../../engine/ports/graphs.ts";
import type { AgentProfile, AgentProfileInput } from "../../state/agent-profile.ts";
import { SwarmError } from "../../state/errors.ts";
import { fieldOf, isRecord } from "../../state/is-record.ts";
import { readAgents } from "./read-agents.ts";

/** What a model is told, and a graph has of its own. */
type OfModels = "tools" | "memory" | "instructions";

/** A profile whose agent is a compiled LangGraph graph, or a `RemoteGraph`. */
export interface GraphAgentInput extends Omit<AgentProfileInput, "kind" | "model" | "url" | "graphId" | OfModels> {
  kind: "graph";
  graph: AgentGraph;
  /** The graph's input. Default: `{ messages }`, in which the subtask is one message. */
  input?(this: void, asked: GraphTask): unknown;
  /** The output, of the graph's last state. Default: `structuredResponse`, else the last of its `messages`, else all of it as JSON. */
  output?(this: void, state: Record<string, unknown>): unknown;
}

export interface ReadAgents {
  agents: readonly AgentProfile[];
  /** By name. */
  graphs: ReadonlyMap<string, GraphAgent>;
}

/** Throws SwarmError AGENTS_INVALID with one line. */
export function readTeam(
  given: readonly (AgentProfileInput | GraphAgentInput)[] | undefined,
  tools: readonly string[],
) {
  const programs = new Map<string, Omit<GraphAgent, "name">>();
  const profiles = given?.map((agent) => {
    if (!isRecord(agent) || agent["kind"] !== "graph" || !("graph" in agent)) return agent;
    const { graph, input, output, ...profile } = agent as unknown as GraphAgentInput;
    refuseNoGraph(profile.name, { graph, input, output });
    programs.set(profile.name, { input, output, open: () => Promise.resolve(graph) });
    return profile;
  });
  const graphs = new Map<string, GraphAgent>();
  const agents = readAgents(profiles, tools).map((agent): AgentProfile => {
    if (agent.kind !== "graph" && agent.kind !== "remote") return withoutAddress(agent);
    refuseUnread(agent);
    graphs.set(agent.name, { ...(programs.get(agent.name) ?? remoteOf(agent)), name: agent.name });
    return { ...agent, model: `${GRAPH_MODEL}${agent.name}` };
  });
  return { agents, graphs };
}

function refuseNoGraph(name: string, { graph, ...mapping }: Pick<GraphAgentInput, "graph" | "input" | "output">): void {
  if (["stream", "getState"].some((method) => typeof fieldOf(graph, method) !== "function"))
    throw invalid(name, "its graph is neither a compiled graph nor a RemoteGraph");
  for (const [key, map] of Object.entries(mapping))
    if (map !== undefined && typeof map !== "function") throw invalid(name, `its ${key} is not a function`);
}

function refuseUnread({ name, kind, tools, memory, instructions }: AgentProfile): void {
  const given = { tools: tools.length > 0, memory: memory !== "none", instructions: instructions !== undefined };
  const unread = Object.entries(given).find(([, isGiven]) => isGiven);
  if (unread !== undefined) throw invalid(name, `a graph has its own ${unread[0]}, and it is of kind ${kind}`);
}

function remoteOf(agent: AgentProfile): Omit<GraphAgent, "name"> {
  const { name, kind, url, graphId, model } = agent;
  if (url !== undefined && graphId !== undefined) return { open: remoteGraph({ url, graphId }) };
  throw invalid(
    name,
    model === `${GRAPH_MODEL}${name}`
      ? "its graph is in the program that began the run: go on with it there"
      : `an agent of kind ${kind} needs url and graphId of a LangGraph server${kind === "graph" ? ", or in a program its graph" : ""}`,
  );
}

function withoutAddress(agent: AgentProfile): AgentProfile {
  if (agent.url === undefined && agent.graphId === undefined) return agent;
  throw invalid(agent.name, `url and graphId are of agents of kind remote, and it is of kind ${agent.kind}`);
}

function invalid(name: string, problem: string): SwarmError {
  return new SwarmError("AGENTS_INVALID", `the agent profiles are not valid: agent "${name}": ${problem}`, {
    next: "mend the profiles",
  });
}
