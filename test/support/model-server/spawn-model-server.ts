/** The model server in a process of its own, so that a client under test can be killed, or measured, by itself. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { CallRecord, ServerStats } from "./recorder.ts";

export interface SpawnedModelServer {
  /** Base URL for clients: http://127.0.0.1:PORT/v1 */
  url: string;
  pid: number;
  stats(): Promise<ServerStats>;
  records(): Promise<CallRecord[]>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Starts `main.ts` with the given flags; resolves when it listens. It also ends with this process. */
export async function spawnModelServer(flags: string[]): Promise<SpawnedModelServer> {
  const program = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = spawn(process.execPath, [program, "--with-parent", ...flags], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), exited.then(() => undefined)]);
  if (first === undefined) throw new Error(`the model server ended before it listened: ${flags.join(" ")}`);
  const { url, pid } = JSON.parse(String(first[0])) as { url: string; pid: number };
  const ask = async (path: string, method = "GET"): Promise<unknown> =>
    (await fetch(new URL(path, url), { method })).json();
  return {
    url,
    pid,
    stats: async () => (await ask("/stats")) as ServerStats,
    records: async () => (await ask("/records")) as CallRecord[],
    reset: async () => void (await ask("/reset", "POST")),
    close: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
