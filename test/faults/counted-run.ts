/**
 * A run under random caps, at a provider of which a share of the calls fails, whose process is killed at random moments: all by a
 * seed. The server counts what it was asked and what it can bill, whatever the run believes. For tests and benchmarks.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../../state/run-result.ts";
import {
  byRole,
  startModelServer,
  synthesizerAnswer,
  type ModelCall,
  type ModelServer,
  type Reply,
} from "../support/model-server/index.ts";
import { resultOf, startCommand } from "../support/run-command.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { randomFaults } from "./random-faults.ts";

const LANES = 6;
const CALLS = 3;
const MOST_KILLS = 2;
/** Answers that say that nothing was worked. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([429, 503]);
const OUTPUT_LIMIT = 200;

export interface CountedRun {
  caps: { steps: number; tokens: number };
  kills: number;
  /** At the server: all calls, and the most that they can be billed. */
  asked: number;
  billable: number;
  code: number | null;
  result: RunResult;
}

/** `folder` is filled: plan, configuration, home. */
export async function countedRun(seed: number, folder: string): Promise<CountedRun & { home: string }> {
  const random = seededRandom(`counted:${seed}`);
  const caps = { steps: 6 + Math.floor(random() * 30), tokens: 15_000 + Math.floor(random() * 60_000) };
  const faults = randomFaults({ seed, share: 0.3, calls: CALLS, delay: { kind: "fixed", ms: 60 } });
  const answer = byRole({ agent: faults, synthesizer: synthesizerAnswer() });
  /** What a call can be billed that has no usage at its end. */
  const limits = new Map<number, number>();
  const server = await startModelServer({
    behaviour: (call) => {
      const reply = answer(call);
      if (REFUSALS.has(reply.status)) limits.set(call.n, 0);
      else if (isBroken(reply)) limits.set(call.n, call.inputTokens + outputLimitOf(call));
      return reply;
    },
  });
  try {
    const args = argumentsOf(folder, { url: server.url, caps });
    let kills = 0;
    for (let verb = args.run; ; verb = args.resume) {
      const { child, ended } = startCommand([...verb, "--json"]);
      if (kills < MOST_KILLS && (await hasCalled(server, 1 + Math.floor(random() * 8), child))) {
        child.kill("SIGKILL");
        kills += 1;
      }
      const outcome = await ended;
      if (outcome.signal === "SIGKILL") continue;
      const asked = server.records();
      const billable = asked.reduce(
        (sum, { n, inputTokens, outputTokens }) => sum + (limits.get(n) ?? inputTokens + outputTokens),
        0,
      );
      const { code } = outcome;
      return { caps, kills, asked: asked.length, billable, code, result: resultOf(outcome), home: args.home };
    }
  } finally {
    await server.close();
  }
}

/** Waits for so many more calls. False: the process ended before. */
async function hasCalled(server: ModelServer, more: number, child: { exitCode: number | null }): Promise<boolean> {
  const target = server.records().length + more;
  while (server.records().length < target) {
    if (child.exitCode !== null) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

/** Without a usage at its end: it may have been worked up to the limit that it carries. */
function isBroken({ resetSocket, truncateAfterChunks, hang, status = 200, rawBody }: Reply): boolean {
  return (
    Boolean(resetSocket) || truncateAfterChunks !== undefined || hang === true || status >= 400 || rawBody !== undefined
  );
}

function outputLimitOf({ request }: ModelCall): number {
  const { max_tokens, max_completion_tokens } = request as { max_tokens?: number; max_completion_tokens?: number };
  return max_tokens ?? max_completion_tokens ?? Infinity;
}

function argumentsOf(folder: string, { url, caps }: { url: string; caps: CountedRun["caps"] }) {
  const home = join(folder, "home");
  mkdirSync(folder, { recursive: true });
  const subtasks = Array.from({ length: LANES }, (_, index) => ({
    ...{ id: `s${index + 1}`, title: `Part ${index + 1}`, instructions: "Do it.", steps: CALLS + 2 },
    dependsOn: index < 4 ? [] : ["s1"],
  }));
  const retry = [{ do: "retry", max: 3, backoffMs: 10, maxBackoffMs: 50 }];
  const recovery = Object.fromEntries(
    ["rate-limit", "server", "network", "truncated-stream", "idle"].map((kind) => [kind, retry]),
  );
  const config = {
    ...{ cacheWarmupMs: 0, detection: { idleMs: 700 }, recovery },
    modelLimits: { m: { maxOutputTokens: OUTPUT_LIMIT } },
  };
  writeFileSync(join(folder, "plan.json"), JSON.stringify({ task: "A task with a cap", subtasks }));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const run = ["run", "--plan", join(folder, "plan.json"), "--config", join(folder, "config.json"), "--id", "r"];
  const limits = ["--max-steps", String(caps.steps), "--max-tokens", String(caps.tokens)];
  return {
    home,
    run: [...run, "--model", "m", "--base-url", url, "--home", home, ...limits],
    resume: ["resume", "r", "--home", home],
  };
}
