/** Where the person stands and where their runs are kept. Read once, at the start of a command. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SwarmError } from "../../state/errors.ts";
import { currentFolder } from "../current-folder.ts";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));

/**
 * In a checkout npm runs programs in the package's folder and says where the person stands by INIT_CWD. Throws SwarmError USAGE where
 * that folder is gone.
 */
export function standingPlace(): string {
  const started = process.env["INIT_CWD"];
  const current = currentFolder();
  const isFromCheckout = resolve(current) === resolve(PACKAGE);
  return isFromCheckout && started !== undefined && started !== "" ? started : current;
}

/** An environment may name none by an empty text. */
export function homeOf(flag: string | undefined, cwd: string): string {
  return resolve(cwd, flag ?? (process.env["GLASSHIVE_HOME"] || ".glasshive"));
}

/** Ids become folder names and are typed by people. Throws SwarmError USAGE. */
export function checkRunId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/.test(id)) return id;
  throw new SwarmError("USAGE", `"${id.slice(0, 60)}" is no run id`, {
    next: "1 to 128 letters, digits, '.', '_', '~' or '-', beginning with a letter or digit",
  });
}
