/** A program's run has no settings of the command line: it is listed and shown all the same. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { RunBegin } from "./run-begin.ts";
import { SETTINGS_FILE, writeWhole } from "./run-folder.ts";

export interface Described {
  runId: string;
  begin: RunBegin;
  cwd: string;
  agents: readonly AgentProfile[];
  now: number;
}

export function describeRun(folder: string, { runId, begin, cwd, agents, now }: Described): void {
  if (existsSync(join(folder, SETTINGS_FILE))) return;
  const { task, run, plan } = begin;
  const createdAt = new Date(now).toISOString();
  const about = { runId, createdAt, task, cwd, agents, run, plan: plan ?? undefined, isEmbedded: true };
  writeWhole(folder, SETTINGS_FILE, `${JSON.stringify(about, null, 2)}\n`);
}
