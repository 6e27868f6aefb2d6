/**
 * Preloaded into a program under test (`--import`): a connection to anywhere but this machine ends the process with a line on
 * stderr and exit code 97. Every TCP and TLS client of Node, `fetch` and undici too, comes by Socket.connect.
 */
import { Socket } from "node:net";
import process from "node:process";

const HERE = new Set(["127.0.0.1", "::1", "localhost"]);
// oxlint-disable-next-line typescript/unbound-method -- called on its socket below
const connect = Socket.prototype.connect;

/** @type {(this: Socket, ...args: unknown[]) => Socket} */
function guarded(...args) {
  // Node's own callers hand over their arguments as one normalized list.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const options = typeof first === "object" && first !== null ? first : { port: first, host: second };
  const { path, port, host = "localhost" } = options;
  if (path === undefined && typeof port !== "string" && typeof port !== "number")
    return Reflect.apply(connect, this, args);
  if ((path === undefined || path === null) && !HERE.has(String(host))) {
    process.stderr.write(`connects to ${host}:${port}\n`);
    process.exit(97);
  }
  return Reflect.apply(connect, this, args);
}
Socket.prototype.connect = guarded;
