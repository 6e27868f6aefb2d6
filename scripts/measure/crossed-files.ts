/**
 * The files that a model call, an artifact write and a whole run cross: those of which a function ran, as V8 counts calls. One lane
 * against a model server on the loopback, everything durable, in this process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { Session, type Profiler } from "node:inspector";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createSwarm } from "../../app/create-swarm.ts";
import { startModelServer } from "../../test/support/model-server/start-model-server.ts";
import type { Reply } from "../../test/support/model-server/reply.ts";
import { PRODUCT } from "./source.ts";

/** What the lane's model says, turn by turn. The turn between two requests is what is counted. */
const SCRIPT: Reply[] = [
  { toolCalls: [{ name: "list_artifacts", args: {} }] },
  { toolCalls: [{ name: "list_artifacts", args: {} }] },
  { toolCalls: [{ name: "write_artifact", args: { name: "notes", content: "One line.", base: 0 } }] },
  { content: "It is written." },
];
const PLAIN_TURN = 2;
const WRITE_TURN = 3;

/** By name, the files; `a run` is everything from the invocation to its end. */
export async function countCrossedFiles(): Promise<Record<string, string[]>> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const home = mkdtempSync(join(tmpdir(), "measure-"));
  const counter = new CallCounter(root);
  const turns: string[][] = [];
  const server = await startModelServer({
    behaviour: ({ role }) => {
      if (role === "synthesizer") return { content: "Done." };
      turns.push(counter.take());
      return SCRIPT[turns.length - 1] ?? { content: "It is written." };
    },
  });
  try {
    await using swarm = createSwarm({ model: "m", baseUrl: server.url, apiKey: "none", home });
    const plan = { subtasks: [{ id: "s1", instructions: "Write the notes.", writes: ["notes"] }] };
    counter.take();
    const { answer, lanes } = await swarm.invoke(
      { task: "Write the notes.", plan },
      { configurable: { thread_id: "measured" } },
    );
    if (!Object.values(lanes).some(({ outcome }) => outcome === "done"))
      throw new Error(`the run that is measured ended otherwise: ${answer}`);
    const run = new Set([...turns.flat(), ...counter.take()]);
    const plain = new Set(turns[PLAIN_TURN]);
    return {
      "files crossed by a model call": [...plain],
      "files crossed by an artifact write, beside a turn's": (turns[WRITE_TURN] ?? []).filter(
        (file) => !plain.has(file),
      ),
      "files crossed by a run": [...run].toSorted(),
    };
  } finally {
    counter.stop();
    await server.close();
    rmSync(home, { recursive: true });
  }
}

class CallCounter {
  readonly #session = new Session();
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  }

  /** The product's files of which a function was called since the last time. */
  take(): string[] {
    let scripts: Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, taken) => {
      if (error !== null) throw error;
      scripts = taken.result;
    });
    return scripts
      .filter(({ functions }) =>
        functions.some(({ functionName, ranges }) => functionName !== "" && (ranges[0]?.count ?? 0) > 0),
      )
      .filter(({ url }) => url.startsWith("file:"))
      .map(({ url }) => relative(this.#root, fileURLToPath(url)))
      .filter((path) => PRODUCT.some((folder) => path.startsWith(`${folder}/`)))
      .toSorted();
  }

  stop(): void {
    this.#session.disconnect();
  }
}
