/** What `glasshive doctor` does: what is configured, what is missing, what would be used. Contacts the configured endpoint alone. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { openDocuments } from "../../../adapters/documents/document-library.ts";
import { commandsAreIsolated } from "../../../adapters/process/check-command.ts";
import { openFileLimit } from "../../../adapters/process/open-files.ts";
import { inHomeStorage } from "../../../adapters/storage/home-storage.ts";
import { BUILT_IN_AGENTS } from "../../../engine/policy/route/built-in-agents.ts";
import type { AgentProfile } from "../../../state/agent-profile.ts";
import { describeError, SwarmError } from "../../../state/errors.ts";
import { documentsReport, documentsText } from "../../../state/left-out.ts";
import { CEILINGS, DEFAULT_CONCURRENCY } from "../../../state/usage.ts";
import { readAgentsFile, readRecovery } from "../../config/read-agents.ts";
import type { RunConfig } from "../../config/run-config.ts";
import { documentLimitsOf, documentsOf } from "../../config/run-settings.ts";
import { callsThatFit } from "../../runs/limiter-pool.ts";
import { refuseEmpty } from "../../runs/run-documents.ts";
import { configuration } from "../config-file.ts";
import { EXIT } from "../exit-codes.ts";
import type { Asked } from "../home.ts";
import { untilInterrupted } from "../interruption.ts";
import { print } from "../terminal.ts";
import { endpointFindings, priceFindings, type Finding } from "./endpoint-findings.ts";

/** Returns the exit code: 1 where something configured cannot be used. */
export async function doctor({ cwd, home, flags }: Asked): Promise<number> {
  const config = configuration(flags, cwd);
  const recovery = readRecovery(config.recovery);
  const team = profilesOf(config, cwd);
  // Without profiles that can be read, what the run itself would use.
  const endpoint = { baseUrl: config.baseUrl, apiKey: process.env["OPENAI_API_KEY"] || undefined };
  const using = { config, recovery, agents: team instanceof SwarmError ? [] : team, endpoint };
  const findings = await untilInterrupted(async (): Promise<Finding[]> => [
    { what: "node", is: process.versions.node },
    await homeFinding(home),
    ...(await endpointFindings(using)),
    limitsOf(config),
    await commandsFinding(),
    ...(team instanceof SwarmError
      ? [{ what: "agents", is: describeError(team), problem: true as const }]
      : [...team.map(agentFinding), ...priceFindings(using)]),
    ...(await documents(config, cwd)),
  ]);
  const policy = Object.entries(recovery).map(
    ([signal, actions]) => `  ${signal}: ${actions.map((action) => JSON.stringify(action)).join(" → ")}`,
  );
  print(flags, { findings, recovery }, () =>
    [...findings.map(lineOf), "", "recovery policy (signal: ordered actions):", ...policy].join("\n"),
  );
  return findings.some(({ problem }) => problem) ? EXIT.failed : EXIT.complete;
}

function lineOf({ what, is, problem }: Finding): string {
  return `${problem ? "✗" : "✓"} ${what.padEnd(12)} ${is}`;
}

async function homeFinding(home: string): Promise<Finding> {
  const isThere = await access(home, constants.W_OK).then(
    () => true,
    () => false,
  );
  try {
    // A look must not create anything: a home that is not there yet is made by the first run.
    if (!isThere) return { what: "home", is: `${home} (not there yet, or not writable; a run creates it)` };
    return await inHomeStorage(home, () => ({ what: "home", is: home }));
  } catch (error) {
    return { what: "home", is: describeError(error), problem: true };
  }
}

/** Reads them as a run would, into an index that is not kept. */
async function documents(config: RunConfig, cwd: string): Promise<Finding[]> {
  const roots = documentsOf(config, cwd);
  if (roots.length === 0) return [];
  try {
    const limits = documentLimitsOf(config) ?? {};
    const library = await openDocuments({ roots, cwd, indexFile: undefined, limits });
    const overview = library.overview(0);
    library.close();
    refuseEmpty(overview);
    return [{ what: "documents", is: documentsText(documentsReport(overview)) }];
  } catch (error) {
    return [{ what: "documents", is: describeError(error), problem: true }];
  }
}

/** What the commands of checks see of other processes. */
async function commandsFinding(): Promise<Finding> {
  const alone = "see no process but their own, and end with it";
  const seen = "run as you do: this system hides neither other processes nor their environment from them";
  return { what: "commands", is: (await commandsAreIsolated()) ? alone : seen };
}

function limitsOf({ maxAgents, maxSteps, concurrency = DEFAULT_CONCURRENCY }: RunConfig): Finding {
  const openFiles = openFileLimit();
  const fit = callsThatFit(openFiles);
  const narrowed = fit < concurrency ? ` (${fit} at most: a process may open ${openFiles} files here)` : "";
  const caps = `${maxAgents ?? CEILINGS.maxAgents} agents, ${maxSteps ?? CEILINGS.maxSteps} steps`;
  return { what: "limits", is: `${caps}, ${concurrency} model calls in flight${narrowed}` };
}

/** Read once: the file may be a pipe. */
function profilesOf({ agents }: RunConfig, cwd: string): readonly AgentProfile[] | SwarmError {
  if (agents === undefined) return BUILT_IN_AGENTS;
  try {
    return readAgentsFile(resolve(cwd, agents));
  } catch (error) {
    if (error instanceof SwarmError) return error;
    throw error;
  }
}

function agentFinding({ name, skills, tools, kind, memory }: AgentProfile): Finding {
  const granted = `skills: ${skills.join(", ") || "none"}; tools: ${tools.join(", ") || "none"}`;
  return { what: "agent", is: `${name} (${kind}); ${granted}${memory === "none" ? "" : `; memory: ${memory}`}` };
}
