/** What every peer says and does alike, so that only the machinery between the calls differs. */

export interface PeerOptions {
  /** Base URL of the model server: http://127.0.0.1:PORT/v1 */
  url: string;
  agents: number;
  /** Model calls of each agent: calls − 1 with a tool call, then the answer. */
  calls: number;
  /** Waves, one after the other, in which the agents start; default 1. */
  layers?: number;
  /** Where a peer that stores anything stores it. */
  home?: string;
}

export type Peer = (options: PeerOptions) => Promise<void>;

export const TOOL_NAME = "read_result";

export const TOOL = {
  type: "function" as const,
  function: {
    name: TOOL_NAME,
    description: "Reads the result of another subtask.",
    parameters: { type: "object", properties: { turn: { type: "string" } }, required: ["turn"] },
  },
};

export function prompts(agent: string): { system: string; user: string } {
  return {
    system: "You are peer, an agent of a Glasshive swarm.\nUse the tools that you are given, then answer.",
    user: `<subtask id="${agent}">Work on part ${agent} of the layered task and report what you found.</subtask>`,
  };
}

/** The tool's work: 2 KB of text, different for each agent and turn. */
export function toolResult(agent: string, turn: number): string {
  return `Result ${turn} for ${agent}. `.padEnd(2048, "The quick brown fox jumps over the lazy dog. ");
}

/** Throws when an agent made more or fewer calls than the benchmark counts on. */
export function checkCalls(agent: string, made: number, expected: number): void {
  if (made !== expected) throw new Error(`${agent} made ${made} calls instead of ${expected}`);
}
