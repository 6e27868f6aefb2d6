/** What `glasshive replay RUN --agents FILE` says: who would have been given each subtask. */
import type { AgentProfile } from "../../../state/agent-profile.ts";
import { ReplayRoutes, type ReplayedRoute } from "../../../engine/policy/route/replay-routes.ts";
import { readAgents } from "../../config/read-agents.ts";
import { readDataFile } from "../../config/read-file.ts";
import { readAgain } from "../../runs/run-journal.ts";
import { EXIT } from "../exit-codes.ts";
import { stoppable } from "../interruption.ts";
import { readRunRecord } from "../run-record.ts";
import { TERMINAL } from "../terminal.ts";
import { many } from "../view/amounts.ts";

/** Returns the exit code. Throws SwarmError AGENTS_INVALID. */
export async function replayAgents(
  { home, runId, file }: { home: string; runId: string; file: string },
  isJson: boolean,
): Promise<number> {
  const agents: readonly AgentProfile[] = readAgents(readDataFile(file, "the agents file", "AGENTS_INVALID"));
  const { plan } = await stoppable(() => readRunRecord(home, runId));
  const replay = new ReplayRoutes(agents, plan);
  readAgain(home, runId, replay.add);
  const { routes } = replay;
  const others = routes.filter(({ recorded, replayed }) => recorded.agent !== replayed.agent);
  if (isJson) TERMINAL.out(JSON.stringify({ runId, agents: file, routes, different: others.length }));
  else {
    const head = `run ${runId}: ${many(routes.length, "route")} recorded, ${others.length} would go to another agent`;
    TERMINAL.out([head, ...routes.map(lineOf)].join("\n"));
  }
  return EXIT.complete;
}

function lineOf({ at, subtask, attempt, recorded, replayed }: ReplayedRoute): string {
  const mark = recorded.agent === replayed.agent ? "=" : "≠";
  const score = replayed.score === null ? "" : `, ${replayed.score.toFixed(2)}`;
  const reasons = replayed.rejected.slice(0, 3).map(({ agent, reason }) => `${agent}: ${reason}`);
  const why = replayed.agent === null && reasons.length > 0 ? `; ${reasons.join("; ")}` : "";
  return `${mark} ${at.slice(11, 23)} ${subtask} attempt ${attempt}: was ${recorded.agent ?? "nobody"} (${recorded.rule}); would be ${replayed.agent ?? "nobody"} (${replayed.rule}${score})${why}`;
}
