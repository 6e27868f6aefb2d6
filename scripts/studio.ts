/**
 * `npm run studio`: serves langgraph.json on LangGraph's dev server, for Studio. The server is fetched by npx at the version
 * that was tried: npm's `latest` (2.0.0) is older than it. Arguments are passed on (`-- --port 2025 --no-browser`).
 */
import { ROOT } from "./launch/resolve-program.mjs";
import { runChild } from "./launch/run-child.mjs";

const SERVER = "@langchain/langgraph-cli@1.5.1";

const args = ["dev", ...process.argv.slice(2)];
const fromServer = ["--yes", `--package=${SERVER}`];
const onWindows = process.platform === "win32";

/** The shell that npx puts in between must give way to the server: it would keep a SIGTERM to itself. */
const call = ["exec langgraphjs", ...args.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`)].join(" ");

process.exitCode = await runChild(
  "npx",
  [...fromServer, ...(onWindows ? ["langgraphjs", ...args] : ["--call", call])],
  {
    cwd: ROOT,
    // Nothing is contacted that the user did not configure.
    env: { LANGGRAPH_CLI_NO_ANALYTICS: "1", ...process.env },
    shell: onWindows,
  },
);
