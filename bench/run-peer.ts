/** One peer in a process of its own: `node bench/run-peer.ts NAME OPTIONS-AS-JSON`. */
import type { PeerOptions } from "./peers/conversation.ts";
import { PEERS } from "./peers/index.ts";

const [name = "", options = "{}"] = process.argv.slice(2);
const peer = PEERS[name];
if (peer === undefined) throw new Error(`there is no peer "${name}"; known are ${Object.keys(PEERS).join(", ")}`);
await peer(JSON.parse(options) as PeerOptions);
