/**
 * The files that a model call, an artifact write and a whole run cross: those of which a function ran, as V8 counts calls.
 */
import { Session, type Profiler } from "node:inspector";
import { measuredRun, PLAIN_TURN, WRITE_TURN } from "./measured-run.ts";
import { productFile } from "./source.ts";

/** By name, the files; `a run` is everything from the invocation to its end. */
export async function countCrossedFiles(): Promise<Record<string, string[]>> {
  const counter = new CallCounter();
  const turns: string[][] = [];
  try {
    counter.take();
    await measuredRun(() => turns.push(counter.take()));
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
  }
}

class CallCounter {
  readonly #session = new Session();

  constructor() {
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
      .flatMap(({ url }) => productFile(url) ?? [])
      .toSorted();
  }

  stop(): void {
    this.#session.disconnect();
  }
}
