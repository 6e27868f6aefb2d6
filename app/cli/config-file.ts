/**
 * What a configuration file may say. Who types the flags is the owner; the file may be another's: it came with a project, or from the
 * web. It says how a run is done; what it reaches of its owner's beyond where they stand, they say themselves.
 */
import { dirname, resolve } from "node:path";
import { liesOpenIn } from "../../adapters/documents/in-roots.ts";
import { SwarmError } from "../../state/errors.ts";
import { mergeConfig, readConfigFile, type RunConfig } from "../config/run-config.ts";
import { documentsOf } from "../config/run-settings.ts";

interface Flags extends Record<string, unknown> {
  config?: string;
}

/** The flags over the file that they name, and over `more`. Throws SwarmError CONFIG_INVALID, NOT_ALLOWED, USAGE. */
export function configuration(flags: Flags, cwd: string, more: RunConfig = {}): RunConfig {
  if (flags.config === undefined) return mergeConfig(more, flags);
  const path = resolve(cwd, flags.config);
  const file = readConfigFile(path);
  if (flags["docs"] === undefined) refuseDocuments(file, path, cwd);
  if (flags["baseUrl"] === undefined) refuseEndpoint(file, path);
  return mergeConfig({ ...file, ...more }, flags);
}

/** Open ones in the file's folder, or in that of who uses it. */
function refuseDocuments(file: RunConfig, path: string, cwd: string): void {
  const outside = documentsOf(file, cwd).find((document) => !liesOpenIn(document, [cwd, dirname(path)]));
  if (outside === undefined) return;
  throw new SwarmError(
    "NOT_ALLOWED",
    `the configuration ${path} names the documents ${outside}; allowed to it is what lies, not hidden, in its folder and in ${cwd}`,
    { next: `name them yourself: --docs ${outside}` },
  );
}

/** A key goes to the host that its owner named. */
function refuseEndpoint({ baseUrl }: RunConfig, path: string): void {
  if (baseUrl === undefined || !process.env["OPENAI_API_KEY"]) return;
  const own = originOf(process.env["OPENAI_BASE_URL"] || "https://api.openai.com/v1");
  if (originOf(baseUrl) === own) return;
  throw new SwarmError(
    "NOT_ALLOWED",
    `the configuration ${path} names the endpoint ${baseUrl}, which would be sent the key in OPENAI_API_KEY; allowed to it is ${own}`,
    { next: `name the endpoint yourself: --base-url ${baseUrl}` },
  );
}

/** Of an address that is none, its text: it is refused elsewhere. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

/** Commands are for the owner to give. Throws SwarmError NOT_ALLOWED for a plan that the file names, not they. */
export function refuseCommands(flags: Flags, plan: Record<string, unknown> | undefined): void {
  if (flags.config === undefined || flags["plan"] !== undefined) return;
  const checks = (plan?.["checks"] ?? []) as { id: string; command?: unknown }[];
  const check = checks.find(({ command }) => command !== undefined);
  if (check === undefined) return;
  throw new SwarmError("NOT_ALLOWED", `the plan that the configuration names runs a command (check "${check.id}")`, {
    next: "look at it, then name the plan yourself: --plan FILE",
  });
}
