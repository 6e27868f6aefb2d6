/** Where the person stands, where their runs are kept, and what they have typed. Read once, at the start of a command. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { currentFolder } from "../current-folder.ts";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));

export interface Flags extends Record<string, unknown> {
  home?: string;
  json?: boolean;
  verbose?: boolean;
  config?: string;
  policy?: string;
  plan?: string;
  agents?: string;
  id?: string;
}

/** What each verb is given beside its arguments; absolute folders. */
export interface Asked<Typed extends Flags = Flags> {
  cwd: string;
  home: string;
  flags: Typed;
}

/** Throws SwarmError USAGE where the folder in which the person stands is gone. */
export function askedHere<Typed extends Flags>(flags: Typed): Asked<Typed> {
  const cwd = standingPlace();
  // An environment may name none by an empty text.
  return { cwd, home: resolve(cwd, flags.home ?? (process.env["GLASSHIVE_HOME"] || ".glasshive")), flags };
}

/** In a checkout npm runs programs in the package's folder and says where the person stands by INIT_CWD. */
function standingPlace(): string {
  const started = process.env["INIT_CWD"];
  const current = currentFolder();
  const isFromCheckout = resolve(current) === resolve(PACKAGE);
  return isFromCheckout && started !== undefined && started !== "" ? started : current;
}
