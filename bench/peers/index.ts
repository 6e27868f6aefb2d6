import type { Peer } from "./conversation.ts";

const sendWaves = (saver: "none" | "sqlite", messages: "plain" | "delta"): Peer => {
  return async (options) => (await import("./send-waves.ts")).sendWaves({ ...options, saver, messages });
};

const agentLoop = (maker: "createAgent" | "createReactAgent"): Peer => {
  return async (options) => (await import("./agent-loop.ts")).agentLoop({ ...options, maker });
};

/** What the others are measured against: the waves that LangGraph's documentation shows, made durable. */
export const SEND_WAVES = "Send waves, SQLite";

/** By the name that the table shows, in its order. Each loads only what it needs: its process is measured as a whole. */
export const PEERS: Readonly<Record<string, Peer>> = {
  "bare fetch (the floor)": async (options) => (await import("./bare-fetch.ts")).bareFetch(options),
  "ChatOpenAI loop": async (options) => (await import("./chat-openai.ts")).chatOpenAI(options),
  createAgent: agentLoop("createAgent"),
  createReactAgent: agentLoop("createReactAgent"),
  "Send waves, no checkpoints": sendWaves("none", "plain"),
  [SEND_WAVES]: sendWaves("sqlite", "plain"),
  "Send waves, SQLite, delta messages": sendWaves("sqlite", "delta"),
};
