/**
 * LangGraph's dev server on the repository's langgraph.json, as a process group of its own.
 * 1. It keeps its threads in a folder of its own, not in the checkout: the folder holds links to all that the checkout has.
 * 2. It has no key, no tracing and no `.env` of the machine, and a connection to anywhere else ends it.
 * 3. Its model is the offline reader; an assistant may have `chat`, which answers from this process.
 * 4. Its whole process group ends with us, however we end.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { BUILT_IN_AGENTS } from "../../engine/policy/route/built-in-agents.ts";
import { startModelServer, type ModelServer } from "../support/model-server/index.ts";
import { ChatModel } from "./browser/chat-model.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CLI = join(import.meta.dirname, "node_modules/@langchain/langgraph-cli/dist/cli/cli.mjs");
const GUARD = pathToFileURL(resolve(import.meta.dirname, "../support/only-loopback.mjs")).href;
const NOT_LINKED = new Set([".git", ".env", ".langgraph_api"]);
const FOREIGN_SETTINGS = /^(LANGSMITH|LANGCHAIN|LANGGRAPH|OPENAI|GLASSHIVE|OTEL)_/;
const AGENTS_FILE = "dev-server-agents.json";
/** A person, beside the agents that every swarm has. */
const EDITOR = { name: "editor", description: "has the last word", kind: "human" };
const START_MS = 120_000;
/** Its server gives itself 3 s to write its threads down. */
const STOP_MS = 4_000;

export class DevServer {
  /** Of all servers of this folder, without colours. */
  output = "";
  url = "";
  readonly model = new ChatModel();
  #models: ModelServer | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), "glasshive-dev-server-"));
  #child: ChildProcess | undefined;

  constructor() {
    for (const name of readdirSync(ROOT)) {
      if (!NOT_LINKED.has(name)) symlinkSync(join(ROOT, name), join(this.#folder, name));
    }
    writeFileSync(join(this.#folder, AGENTS_FILE), JSON.stringify({ agents: [...BUILT_IN_AGENTS, EDITOR] }));
    process.once("exit", () => {
      this.#signal("SIGKILL");
      rmSync(this.#folder, { recursive: true, force: true });
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  }

  /** Resolves when the server answers. Throws with its output where it does not come up. */
  async start(): Promise<void> {
    const port = await freePort();
    this.#models ??= await startModelServer({ behaviour: this.model.behaviour });
    const config = join(this.#folder, "langgraph.json");
    const args = [
      "dev",
      "--no-browser",
      "--no-reload",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--config",
      config,
    ];
    this.url = `http://127.0.0.1:${port}`;
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: ROOT,
      env: {
        ...environment(),
        ...{ GLASSHIVE_AGENTS: join(this.#folder, AGENTS_FILE), GLASSHIVE_DOCS: "docs" },
        ...{ GLASSHIVE_MODEL: "offline", GLASSHIVE_MODELS: "chat" },
        ...{ OPENAI_BASE_URL: this.#models.url, OPENAI_API_KEY: "of-nobody" },
      },
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        // oxlint-disable-next-line no-control-regex -- colours
        this.output += chunk.toString().replaceAll(/\u001B\[[0-9;]*m/g, "");
      });
    }
    for (const end = Date.now() + START_MS; !(await this.#answers()); await sleep(100)) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`the server did not come up:\n${this.output}`);
    }
  }

  /**
   * Asks the command to end, which asks its server, and then ends what is left of the group. Not the group at once: a server that
   * is asked twice stops in the midst of writing its threads down, and finds none when it is started again.
   */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await Promise.race([exited, sleep(STOP_MS, undefined, { ref: false })]);
    await this.#groupIsGone();
    this.#signal("SIGKILL");
    await exited;
    this.#child = undefined;
  }

  /** For good. */
  async close(): Promise<void> {
    await this.stop();
    await this.#models?.close();
  }

  async #answers(): Promise<boolean> {
    return fetch(new URL("/ok", this.url)).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** The command ends before the server that it started, which is writing its threads down: until the whole group is gone. */
  async #groupIsGone(): Promise<void> {
    for (const end = Date.now() + STOP_MS; Date.now() < end && this.#signal(0);) await sleep(50);
  }

  /** Whether there was anybody to be told. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    const pid = this.#child?.pid;
    if (pid === undefined) return false;
    try {
      return process.kill(process.platform === "win32" ? pid : -pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
      throw error;
    }
  }
}

function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !FOREIGN_SETTINGS.test(name));
  return {
    ...Object.fromEntries(own),
    ...{ LANGGRAPH_CLI_NO_ANALYTICS: "1", BROWSER: "none", NO_COLOR: "1" },
    NODE_OPTIONS: `--import ${GUARD}`,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
