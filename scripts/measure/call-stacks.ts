/**
 * The files on the call stack at three moments: as a request of a lane leaves for the provider, as a write is committed to the log of
 * artifacts, and as the first request of a command leaves. The stack is that of a debugger, which goes on through what was awaited: who
 * called, up to the invocation, or to the command line's entry.
 */
import { channel } from "node:diagnostics_channel";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { WriteQueue } from "../../adapters/storage/write-queue.ts";
import { measuredCommand, measuredRun, PLAIN_TURN } from "./measured-run.ts";
import { productFile } from "./source.ts";

/** The function that the debugger stops at. */
const STOP = "measureStopsHere";

/** By name, the files, the innermost first. */
export async function callStacks(): Promise<Record<string, string[]>> {
  const stacks = await StackReader.open();
  const sent = channel("undici:request:create");
  let of = "request";
  const onSent = (): void => stacks.take(of);
  // oxlint-disable-next-line typescript/unbound-method -- called with its own `this`, and put back
  const { commit } = WriteQueue.prototype;
  try {
    sent.subscribe(onSent);
    WriteQueue.prototype.commit = function (sql, ...rows) {
      if (rows.some(([place]) => String(place).includes("artifacts"))) stacks.take("write");
      return commit.call(this, sql, ...rows);
    };
    await measuredRun();
    of = "command";
    await measuredCommand();
    return {
      "files on the call stack of a model request": await stacks.files("request", PLAIN_TURN),
      "files on the call stack of an artifact write": await stacks.files("write", 0),
      "files on the call stack of the first request of a run, from its command": await stacks.files("command", 0),
    };
  } finally {
    WriteQueue.prototype.commit = commit;
    sent.unsubscribe(onSent);
    await stacks.close();
  }
}

class StackReader {
  readonly #debugger: Worker;
  readonly #names: string[] = [];
  /** Addresses of scripts, for each time that it was taken. */
  readonly #stacks: string[][] = [];

  private constructor(debug: Worker) {
    this.#debugger = debug;
    debug.on("message", (stack: string[]) => void this.#stacks.push(stack));
  }

  static async open(): Promise<StackReader> {
    Object.assign(globalThis, { [STOP]: () => undefined });
    const debug = new Worker(new URL("./debugger-thread.ts", import.meta.url), { workerData: STOP });
    await once(debug, "message");
    return new StackReader(debug);
  }

  take(name: string): void {
    this.#names.push(name);
    const stop: unknown = Reflect.get(globalThis, STOP);
    if (typeof stop === "function") stop();
  }

  /** Of the moment of that name, the first is 0. */
  async files(name: string, nth: number): Promise<string[]> {
    while (this.#stacks.length < this.#names.length) await once(this.#debugger, "message");
    const stack = this.#stacks.filter((_, index) => this.#names[index] === name)[nth] ?? [];
    return [...new Set(stack.flatMap((url) => productFile(url) ?? []))];
  }

  async close(): Promise<void> {
    Reflect.deleteProperty(globalThis, STOP);
    await this.#debugger.terminate();
  }
}
