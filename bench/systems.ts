/** The systems side by side: each runs the same plan, against the same server, in a process and a folder of its own. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PlanFileInput } from "../state/plan.ts";
import type { SpawnedModelServer } from "../test/support/model-server/index.ts";
import { databaseBytes } from "./database-size.ts";
import { measureAgainst, measureCommand, type CommandFigures, type ServerFigures } from "./measure.ts";
import { PEERS } from "./peers/index.ts";

export interface Workload {
  agents: number;
  calls: number;
  layers: number;
  /** Model calls in flight at most; the peers have no such limit and start a whole wave at once. */
  concurrency: number;
  plan: PlanFileInput;
}

export interface System {
  name: string;
  /** Calls that the system may have in flight: what its bound is computed from. */
  concurrency: number;
  /** Arguments of `node`. */
  args: (place: { url: string; home: string }) => string[];
  /** A reason why this cannot be measured now. */
  missing?: string;
}

export interface Measurement extends CommandFigures, ServerFigures {
  name: string;
  concurrency: number;
  databaseMb: number;
}

const CLI = fileURLToPath(new URL("../app/cli/main.ts", import.meta.url));
const RUN_PEER = fileURLToPath(new URL("./run-peer.ts", import.meta.url));

export function systems(workload: Workload, planFile: string): System[] {
  const { agents, calls, layers } = workload;
  const peers = Object.keys(PEERS).map((name) => ({
    name,
    concurrency: agents,
    args: ({ url, home }: { url: string; home: string }) => [
      RUN_PEER,
      name,
      JSON.stringify({ url, agents, calls, layers, home }),
    ],
  }));
  return [...peers, glasshive(workload, planFile)];
}

/** Glasshive as its users run it: the command, durable, one run. */
function glasshive({ concurrency }: Workload, planFile: string): System {
  const options = ["--plan", planFile, "--model", "m", "--concurrency", String(concurrency), "--json"];
  return {
    name: "Glasshive",
    concurrency,
    args: ({ url, home }) => [CLI, "run", ...options, "--base-url", url, "--home", home],
    ...(existsSync(CLI) ? {} : { missing: "app/cli/main.ts does not exist yet" }),
  };
}

/** Runs one system once. Throws when it fails, or when the server did not see the calls of the whole plan. */
export async function measureSystem(
  system: System,
  workload: Workload,
  server: SpawnedModelServer,
): Promise<Measurement> {
  const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
  try {
    const args = system.args({ url: server.url, home });
    const figures = await measureAgainst(server, () => measureCommand({ args, env: { OPENAI_API_KEY: "test" } }));
    const wanted = workload.agents * workload.calls;
    if (figures.exitCode !== 0)
      throw new Error(`exit code ${figures.exitCode}: ${(figures.stderr || figures.stdout).slice(-800)}`);
    if (figures.calls < wanted) throw new Error(`the server saw ${figures.calls} calls instead of ${wanted}`);
    return {
      ...figures,
      name: system.name,
      concurrency: system.concurrency,
      databaseMb: (await databaseBytes(home)) / 2 ** 20,
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Writes the plan where a command can read it; returns the file and how to remove it. */
export async function writePlan(plan: PlanFileInput): Promise<{ file: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "glasshive-plan-"));
  const file = join(folder, "plan.json");
  await writeFile(file, JSON.stringify(plan));
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
