/** Where a program named on the launcher's command line is: a file of the checkout, or the JavaScript entry of a tool. */
import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The absolute path of the script to run. Throws one readable line where there is none.
 * @param {string} program "app/cli/main.ts", "./x.mjs", an absolute path, or a tool's name such as "vitest"
 * @param {string} root
 * @returns {string}
 */
export function resolveProgram(program, root = ROOT) {
  const isFile = /[\\/]/.test(program) || /\.[cm]?[jt]s$/.test(program);
  if (!isFile) return resolveTool(program, root);
  const path = isAbsolute(program) ? program : resolve(root, program);
  if (!existsSync(path)) throw new Error(`there is no ${program} in this checkout`);
  return path;
}

/**
 * The lock file knows each tool's entry on every platform; `node_modules/.bin` holds shell scripts on Windows.
 * @param {string} name
 * @param {string} root
 */
function resolveTool(name, root) {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  for (const [folder, entry] of Object.entries(lock.packages)) {
    const script = folder.lastIndexOf("node_modules/") === 0 ? entry.bin?.[name] : undefined;
    if (script === undefined) continue;
    const path = join(root, folder, script);
    if (!existsSync(path)) throw new Error(`${name} is not installed: run "npm install" first`);
    return path;
  }
  throw new Error(`${name} is neither a file of this checkout nor a tool that its packages bring`);
}
