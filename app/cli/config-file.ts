/**
 * What a configuration file may say. Who types the flags is the owner; the file may be another's: it came with a project, or from the
 * web. It says how a run is done; what it reaches of its owner's beyond where they stand, they say themselves.
 */
import { dirname, resolve } from "node:path";
import { liesIn, liesOpenIn } from "../../adapters/documents/in-roots.ts";
import { isOnThisMachine } from "../../adapters/models/openai/endpoint.ts";
import { ownPrice, priceOf } from "../../adapters/models/prices.ts";
import type { Price } from "../../engine/ports/models.ts";
import { SwarmError } from "../../state/errors.ts";
import { readRecovery } from "../config/read-agents.ts";
import { mergeConfig, readConfigFile, type RunConfig } from "../config/run-config.ts";
import { documentsOf, asList, endpointOf, modelsIn, type RunSettings } from "../config/run-settings.ts";
import { capInMoney, modelsNamed } from "../price-check.ts";
import { fieldOf, listOf } from "../../state/is-record.ts";

interface Flags extends Record<string, unknown> {
  config?: string;
}

/** The flags over the file that they name, and over `more`. Throws SwarmError CONFIG_INVALID, NOT_ALLOWED, USAGE. */
export function configuration(flags: Flags, cwd: string, more: RunConfig = {}): RunConfig {
  if (flags.config === undefined) return mergeConfig(more, flags);
  const path = resolve(cwd, flags.config);
  const file = readConfigFile(path);
  refuseReach({ what: `the configuration ${path}`, config: file, folders: [cwd, dirname(path)] }, flags, cwd);
  return mergeConfig({ ...file, ...more }, flags);
}

/** Options that another than the owner may have written. */
interface Written {
  /** Where they stand. */
  what: string;
  config: RunConfig;
  /** Absolute folders in which they may name files. */
  folders: string[];
}

/** What they name beyond what is allowed to them, unless the owner's flags say it in their place. Throws SwarmError NOT_ALLOWED. */
export function refuseReach(written: Written, flags: Record<string, unknown>, cwd: string): void {
  if (flags["docs"] === undefined) refuseDocuments(written, cwd);
  for (const key of ["plan", "agents", "skills"] as const) if (flags[key] === undefined) refuseFiles(key, written, cwd);
  if (flags["baseUrl"] === undefined) refuseEndpoint(written);
}

/** Open ones in the file's folder, or in that of who uses it. */
function refuseDocuments({ what, config, folders }: Written, cwd: string): void {
  const outside = documentsOf(config, cwd).find((document) => !liesOpenIn(document, folders));
  if (outside === undefined) return;
  throw new SwarmError(
    "NOT_ALLOWED",
    `${what} names the documents ${outside}; allowed to it is what lies, not hidden, in ${allowedIn(folders)}`,
    { next: `name them yourself: --docs ${outside}` },
  );
}

/** In those folders too, hidden or not: skills often are, and what is no plan, profile or skill is refused as such. */
function refuseFiles(key: "plan" | "agents" | "skills", { what, config, folders }: Written, cwd: string): void {
  const outside = asList(config[key]).find((named) => !liesIn(resolve(cwd, named), folders));
  if (outside === undefined) return;
  throw new SwarmError(
    "NOT_ALLOWED",
    `${what} names the ${key} ${outside}; allowed to it is what lies in ${allowedIn(folders)}`,
    { next: `name them yourself: --${key} ${outside}` },
  );
}

function allowedIn([cwd, ...others]: string[]): string {
  return [...(others.length === 0 ? [] : ["its folder"]), cwd].join(" and in ");
}

/** A key goes to the host that its owner named. */
function refuseEndpoint({ what, config: { baseUrl } }: Written): void {
  if (baseUrl === undefined || !process.env["OPENAI_API_KEY"]) return;
  const own = originOf(process.env["OPENAI_BASE_URL"] || "https://api.openai.com/v1");
  if (originOf(baseUrl) === own) return;
  throw new SwarmError(
    "NOT_ALLOWED",
    `${what} names the endpoint ${baseUrl}, which would be sent the key in OPENAI_API_KEY; allowed to it is ${own}`,
    { next: `name the endpoint yourself: --base-url ${baseUrl}` },
  );
}

/** Of an address that is none, its text: it is refused elsewhere. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

/**
 * What files have, which a configuration names and not the owner: commands, and servers elsewhere that would be told of the work. Throws
 * SwarmError NOT_ALLOWED.
 */
export function refuseNamed(flags: Flags, { agents, plan }: Pick<RunSettings, "agents" | "plan">): void {
  if (flags.config === undefined) return;
  if (flags["agents"] === undefined) refuseServers(agents);
  if (flags["plan"] === undefined) refuseCommands(plan);
}

function refuseServers(agents: RunSettings["agents"]): void {
  const far = agents.find(({ url }) => url !== undefined && !isOnThisMachine(url));
  if (far === undefined) return;
  throw new SwarmError(
    "NOT_ALLOWED",
    `the agents that the configuration names work at ${far.url} (agent "${far.name}"), which would be told of the task and of what is found`,
    { next: "look at them, then name them yourself: --agents FILE" },
  );
}

function refuseCommands(plan: Record<string, unknown> | undefined): void {
  const check = listOf(plan?.["checks"]).find((one) => fieldOf(one, "command") !== undefined);
  if (check === undefined) return;
  throw new SwarmError(
    "NOT_ALLOWED",
    `the plan that the configuration names runs a command (check "${String(fieldOf(check, "id"))}")`,
    {
      next: "look at it, then name the plan yourself: --plan FILE",
    },
  );
}

/**
 * A cap in money is as true as the prices: where the owner sets one, a file may name higher prices than are known, and what a model of
 * their own machine costs, which nobody else knows. Throws SwarmError NOT_ALLOWED.
 */
export function refusePrices(flags: Flags, settings: RunSettings): void {
  if (flags.config !== undefined)
    refuseBelievedPrices(flags, settings, "look at its prices, then write maxUsd into it, in place of your own");
}

/**
 * The same for a run that goes on, where nobody had capped it in money before: prices that its configuration had named were no
 * matter until now.
 */
export function refuseKeptPrices(flags: Flags, settings: RunSettings): void {
  if (settings.run.caps.maxUsd === undefined)
    refuseBelievedPrices(
      flags,
      settings,
      "begin it anew, with a configuration that you have looked at and that has maxUsd",
    );
}

function refuseBelievedPrices(flags: Flags, settings: RunSettings, next: string): void {
  const { prices = {}, model, plan } = settings;
  const cap = capInMoney({
    maxUsd: flags["maxUsd"] as number | undefined,
    agents: flags["agents"] === undefined ? [] : settings.agents,
    plan: flags["plan"] === undefined ? undefined : plan,
  });
  if (cap === undefined) return;
  const recovery = readRecovery(settings.recovery);
  const url = endpointOf(settings.baseUrl);
  for (const name of new Set([model, ...modelsNamed({ agents: settings.agents, recovery }), ...modelsIn(plan)])) {
    const price = name === undefined ? undefined : ownPrice(prices, name);
    if (name === undefined || price === undefined) continue;
    const known = priceOf(name, url);
    if (known === undefined ? isOnThisMachine(url) : !isBelow(price, known)) continue;
    const beside = known === undefined ? "none is known beside it" : `known is ${inAndOut(known)}`;
    throw new SwarmError(
      "NOT_ALLOWED",
      `the configuration sets the price of ${name} to ${inAndOut(price)}, and ${beside}: ${cap} would hold by its word alone`,
      { next },
    );
  }
}

function isBelow(price: Price, known: Price): boolean {
  return price.input < known.input || price.cachedInput < known.cachedInput || price.output < known.output;
}

function inAndOut({ input, cachedInput, output }: Price): string {
  return `USD ${input} in, ${cachedInput} cached in, ${output} out`;
}
