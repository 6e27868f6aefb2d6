/**
 * `npm run studio`: serves langgraph.json on LangGraph's dev server, for Studio. The server is fetched by npx at the version
 * that was tried: npm's `latest` (2.0.0) is older than it. Arguments are passed on (`-- --port 2025 --no-browser`).
 *
 * 1. It listens on the loopback interface, where no `--host` says otherwise.
 * 2. A port that is taken is one line.
 * 3. Each process of it ends with its parent, however that ends.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { parseArgs } from "node:util";
import "./launch/end-with-parent.mjs";
import { ROOT } from "./launch/resolve-program.mjs";
import { runChild } from "./launch/run-child.mjs";

const SERVER = "@langchain/langgraph-cli@1.5.1";
const LOOPBACK = "127.0.0.1";
const WITH_PARENT = new URL("launch/end-with-parent.mjs", import.meta.url).href;

const given = process.argv.slice(2);
const { values } = parseArgs({
  args: given,
  options: { host: { type: "string", short: "h" }, port: { type: "string", short: "p", default: "2024" } },
  strict: false,
});
const [host, port] = [textOr(values["host"], LOOPBACK), textOr(values["port"], "2024")];
const problem = await problemWith(host, Number(port));
if (problem === undefined) process.exitCode = await serve(["dev", ...given, "--host", host]);
else {
  console.error(`glasshive: ${problem}`);
  process.exitCode = 2;
}

function textOr(value: string | boolean | undefined, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** Why nothing can listen there, and what to do about it. */
async function problemWith(at: string, number: number): Promise<string | undefined> {
  const next = "pass another one: npm run studio -- --port 2025";
  if (!Number.isInteger(number) || number < 0 || number > 65_535) return `${port} is no port; ${next}`;
  const trial = createServer();
  try {
    await once(trial.listen(number, at), "listening");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "EADDRINUSE" ? `port ${port} is taken; end what listens there, or ${next}` : message;
  }
  trial.close();
  await once(trial, "close");
  return undefined;
}

function serve(args: readonly string[]): Promise<number> {
  const fromServer = ["--yes", `--package=${SERVER}`];
  const onWindows = process.platform === "win32";
  // The shell that npx puts in between must give way to the server: it would keep a SIGTERM to itself.
  const call = ["exec langgraphjs", ...args.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`)].join(" ");
  const options = [process.env["NODE_OPTIONS"], `--import=${WITH_PARENT}`].filter((option) => option !== undefined);
  return runChild("npx", [...fromServer, ...(onWindows ? ["langgraphjs", ...args] : ["--call", call])], {
    cwd: ROOT,
    // Nothing is contacted that the user did not configure.
    env: { LANGGRAPH_CLI_NO_ANALYTICS: "1", ...process.env, NODE_OPTIONS: options.join(" ") },
    shell: onWindows,
  });
}
