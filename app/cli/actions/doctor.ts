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
import type { RecoveryPolicy } from "../../../state/recovery-policy.ts";
import { CEILINGS, DEFAULT_CONCURRENCY } from "../../../state/usage.ts";
import { readAgents, readRecovery } from "../../config/read-agents.ts";
import { readDataFile } from "../../config/read-file.ts";
import type { RunConfig } from "../../config/run-config.ts";
import { documentLimitsOf, documentsOf } from "../../config/run-settings.ts";
import { callsThatFit } from "../../runs/limiter-pool.ts";
import { refuseEmpty } from "../../runs/run-documents.ts";
import { configuration } from "../config-file.ts";
import { EXIT } from "../exit-codes.ts";
import { homeOf, standingPlace } from "../home.ts";
import { stoppable } from "../interruption.ts";
import { TERMINAL } from "../terminal.ts";
import { endpointFindings, priceFindings, type Finding } from "./endpoint-findings.ts";

export interface DoctorFlags extends Record<string, unknown> {
  home?: string;
  json?: boolean;
  config?: string;
}

/** Returns the exit code: 1 where something configured cannot be used. */
export async function doctor(flags: DoctorFlags): Promise<number> {
  const cwd = standingPlace();
  const config = configuration(flags, cwd);
  const recovery = readRecovery(config.recovery);
  const profiles = profilesOf(config, cwd);
  const findings = await stoppable(async () => [
    ...(await system(homeOf(flags.home, cwd))),
    ...(await models(config, { profiles, recovery })),
    limitsOf(config),
    await commandsFinding(),
    ...agents(profiles),
    ...prices(config, { profiles, recovery }),
    ...(await documents(config, cwd)),
  ]);
  if (flags.json === true) TERMINAL.out(JSON.stringify({ findings, recovery }));
  else {
    const policy = ["recovery policy (signal: ordered actions):", ...policyLines(recovery)];
    TERMINAL.out([...findings.map(lineOf), "", ...policy].join("\n"));
  }
  return findings.some(({ problem }) => problem) ? EXIT.failed : EXIT.complete;
}

function lineOf({ what, is, problem }: Finding): string {
  return `${problem ? "✗" : "✓"} ${what.padEnd(12)} ${is}`;
}

function policyLines(recovery: ReturnType<typeof readRecovery>): string[] {
  return Object.entries(recovery).map(
    ([signal, actions]) => `  ${signal}: ${actions.map((action) => JSON.stringify(action)).join(" → ")}`,
  );
}

async function system(home: string): Promise<Finding[]> {
  return [{ what: "node", is: process.versions.node }, await homeFinding(home)];
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

/** Of checks. */
async function commandsFinding(): Promise<Finding> {
  const alone = "see no process but their own, and end with it";
  const seen = "run as you do: this system hides neither other processes nor their environment from them";
  return { what: "commands", is: (await commandsAreIsolated()) ? alone : seen };
}

function limitsOf({ maxAgents, maxSteps, concurrency = DEFAULT_CONCURRENCY }: RunConfig): Finding {
  const openFiles = openFileLimit();
  const fit = callsThatFit(openFiles);
  const narrowed = fit < concurrency ? ` (${fit} at most: a process may open ${openFiles} files here)` : "";
  return {
    what: "limits",
    is: `${maxAgents ?? CEILINGS.maxAgents} agents, ${maxSteps ?? CEILINGS.maxSteps} steps, ${concurrency} model calls in flight${narrowed}`,
  };
}

function endpointOf(config: RunConfig): { baseUrl?: string; apiKey?: string } {
  const baseUrl = config.baseUrl ?? (process.env["OPENAI_BASE_URL"] || undefined);
  const apiKey = process.env["OPENAI_API_KEY"] || undefined;
  return { ...(baseUrl === undefined ? {} : { baseUrl }), ...(apiKey === undefined ? {} : { apiKey }) };
}

type Profiles = readonly AgentProfile[] | SwarmError;

interface Using {
  profiles: Profiles;
  recovery: RecoveryPolicy;
}

/** Read once: the file may be a pipe. */
function profilesOf(config: RunConfig, cwd: string): Profiles {
  if (config.agents === undefined) return BUILT_IN_AGENTS;
  try {
    return readAgents(readDataFile(resolve(cwd, config.agents), "the agents file", "AGENTS_INVALID"));
  } catch (error) {
    if (error instanceof SwarmError) return error;
    throw error;
  }
}

/** Without profiles that can be read, what the run itself would use. */
function models(config: RunConfig, { profiles, recovery }: Using): Promise<Finding[]> {
  const agents = profiles instanceof SwarmError ? [] : profiles;
  return endpointFindings({ config, agents, recovery, endpoint: endpointOf(config) });
}

/** What is wrong with the profiles has been said by then. */
function prices(config: RunConfig, { profiles, recovery }: Using): Finding[] {
  if (profiles instanceof SwarmError) return [];
  return priceFindings({ config, agents: profiles, recovery, endpoint: endpointOf(config) });
}

function agents(profiles: Profiles): Finding[] {
  if (profiles instanceof SwarmError) return [{ what: "agents", is: describeError(profiles), problem: true }];
  return profiles.map(({ name, skills, tools, kind, memory }) => ({
    what: "agent",
    is: `${name} (${kind}); skills: ${skills.join(", ") || "none"}; tools: ${tools.join(", ") || "none"}${memory === "none" ? "" : `; memory: ${memory}`}`,
  }));
}
