import type { Peer } from "./conversation.ts";

const sendLanes = (saver: "none" | "sqlite", messages: "plain" | "delta"): Peer => {
  return async (options) => (await import("./send-waves.ts")).sendWaves({ ...options, saver, messages });
};

/** By the name that the table shows, in its order. Each loads only what it needs: its process is measured as a whole. */
export const PEERS: Readonly<Record<string, Peer>> = {
  "bare fetch (the floor)": async (options) => (await import("./bare-fetch.ts")).bareFetch(options),
  "ChatOpenAI loop": async (options) => (await import("./chat-openai.ts")).chatOpenAI(options),
  "Send lanes, no checkpoints": sendLanes("none", "plain"),
  "Send lanes, SQLite": sendLanes("sqlite", "plain"),
  "Send lanes, SQLite, delta messages": sendLanes("sqlite", "delta"),
};
