/**
 * What a configuration file may say. Who types the flags is the owner; the file may be another's: it came with a project, or from the
 * web. It says how a run is done; what it reaches of its owner's beyond where they stand, they say themselves.
 */
import { dirname, resolve } from "node:path";
import { liesIn, liesOpenIn } from "../../adapters/documents/in-roots.ts";
import { baseUrlOf, isOnThisMachine } from "../../adapters/models/openai/endpoint.ts";
import { ownPrice, priceOf } from "../../adapters/models/prices.ts";
import type { Price } from "../../engine/ports/models.ts";
import { SwarmError } from "../../state/errors.ts";
import { readRecovery } from "../config/read-agents.ts";
import { flagOf, mergeConfig, readConfigFile, readPolicyFile, type RunConfig } from "../config/run-config.ts";
import { documentsOf, asList, modelsIn, type RunSettings } from "../config/run-settings.ts";
import { capInMoney, modelsNamed } from "../price-check.ts";
import type { Flags } from "./home.ts";
import { fieldOf, listOf } from "../../state/is-record.ts";

/** The flags over the policy and the configuration that they name. Throws SwarmError CONFIG_INVALID, NOT_ALLOWED, USAGE. */
export function configuration(flags: Flags, cwd: string): RunConfig {
  const policy = flags.policy === undefined ? {} : readPolicyFile(resolve(cwd, flags.policy));
  if (flags.config === undefined) return mergeConfig(policy, flags);
  const path = resolve(cwd, flags.config);
  const file = readConfigFile(path);
  refuseReach({ what: `the configuration ${path}`, config: file, folders: [cwd, dirname(path)] }, flags, cwd);
  return mergeConfig({ ...file, ...policy }, flags);
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
export function refuseReach({ what, config, folders }: Written, flags: Record<string, unknown>, cwd: string): void {
  const [first, ...others] = folders;
  const where = [...(others.length === 0 ? [] : ["its folder"]), first].join(" and in ");
  // Open ones. Other files may be hidden, skills often are; what is no plan, profile or skill is refused as such.
  const documents = flags["docs"] === undefined ? documentsOf(config, cwd) : [];
  const document = documents.find((path) => !liesOpenIn(path, folders));
  if (document !== undefined)
    throw notAllowed(`${what} names the documents ${document}; allowed to it is what lies, not hidden, in ${where}`, {
      next: `name them yourself: --docs ${document}`,
    });
  for (const key of ["plan", "agents", "skills", "heads", "signingKey"] as const) {
    const named = flags[key] === undefined ? asList(config[key]) : [];
    const outside = named.find((path) => !liesIn(resolve(cwd, path), folders));
    if (outside !== undefined)
      throw notAllowed(`${what} names the ${key} ${outside}; allowed to it is what lies in ${where}`, {
        next: `name them yourself: ${flagOf(key)} ${outside}`,
      });
  }
  if (flags["baseUrl"] === undefined) refuseEndpoint(what, config.baseUrl);
}

/** A key goes to the host that its owner named. */
function refuseEndpoint(what: string, baseUrl: string | undefined): void {
  if (baseUrl === undefined || !process.env["OPENAI_API_KEY"]) return;
  const own = originOf(baseUrlOf(undefined));
  if (originOf(baseUrl) === own) return;
  throw notAllowed(
    `${what} names the endpoint ${baseUrl}, which would be sent the key in OPENAI_API_KEY; allowed to it is ${own}`,
    { next: `name the endpoint yourself: --base-url ${baseUrl}` },
  );
}

function notAllowed(problem: string, { next }: { next: string }): SwarmError {
  return new SwarmError("NOT_ALLOWED", problem, { next });
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
  const far = agents.find(({ url }) => url !== undefined && !isOnThisMachine(url));
  if (flags.agents === undefined && far !== undefined)
    throw notAllowed(
      `the agents that the configuration names work at ${far.url} (agent "${far.name}"), which would be told of the task and of what is found`,
      { next: "look at them, then name them yourself: --agents FILE" },
    );
  const check = listOf(plan?.["checks"]).find((one) => fieldOf(one, "command") !== undefined);
  if (flags.plan === undefined && check !== undefined)
    throw notAllowed(`the plan that the configuration names runs a command (check "${String(fieldOf(check, "id"))}")`, {
      next: "look at it, then name the plan yourself: --plan FILE",
    });
}

/**
 * A cap in money is as true as the prices: where the owner sets one, a file may name higher prices than are known, and what a model of
 * their own machine costs, which nobody else knows. Throws SwarmError NOT_ALLOWED.
 */
export function refusePrices(flags: Flags, settings: RunSettings): void {
  const next = "look at its prices, then write maxUsd into it, in place of your own";
  if (flags.config !== undefined) refuseBelievedPrices(flags, settings, next);
}

/**
 * The same for a run that goes on, where nobody had capped it in money before: prices that its configuration had named were no
 * matter until now.
 */
export function refuseKeptPrices(flags: Flags, settings: RunSettings): void {
  const next = "begin it anew, with a configuration that you have looked at and that has maxUsd";
  if (settings.run.caps.maxUsd === undefined) refuseBelievedPrices(flags, settings, next);
}

function refuseBelievedPrices(flags: Flags, settings: RunSettings, next: string): void {
  const { prices = {}, model, plan } = settings;
  const cap = capInMoney({
    maxUsd: flags["maxUsd"] as number | undefined,
    agents: flags.agents === undefined ? [] : settings.agents,
    plan: flags.plan === undefined ? undefined : plan,
  });
  if (cap === undefined) return;
  const recovery = readRecovery(settings.recovery);
  const url = baseUrlOf(settings.baseUrl);
  for (const name of new Set([model, ...modelsNamed({ agents: settings.agents, recovery }), ...modelsIn(plan)])) {
    const price = name === undefined ? undefined : ownPrice(prices, name);
    if (name === undefined || price === undefined) continue;
    const known = priceOf(name, url);
    if (known === undefined ? isOnThisMachine(url) : !isBelow(price, known)) continue;
    const beside = known === undefined ? "none is known beside it" : `known is ${inAndOut(known)}`;
    throw notAllowed(
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
