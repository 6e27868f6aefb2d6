/**
 * What a kill would leave on the disk, at each write of one run: the child (with `crash-at-write.ts` and `each`) halts at every
 * moment of a write, is stopped with all its threads (SIGSTOP), its home is copied, and it goes on. What a process has written
 * outlives it, so a copy taken between two of its steps is what SIGKILL there would have left; and what the operating system
 * takes back with a process (locks) is not in a copy. One run shows all moments, where killing takes a run for each.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { CommandOutcome, RunningCommand } from "./run-command.ts";

/** The disk at one moment. */
export interface Sight<Facts> {
  /** `MOMENT:TARGET:N`, as in crash-at-write.ts. */
  moment: string;
  /** Kinds of the journal lines that are written; "" otherwise. */
  what: string;
  /** A copy of the home. */
  home: string;
  /** What `facts` returned at that moment. */
  facts: Facts;
}

export interface LookOptions<Facts> {
  home: string;
  /** A folder for the copies. */
  into: string;
  isWanted: (moment: string, what: string) => boolean;
  /** What is true outside of the home, as the calls that the model server has had. */
  facts: () => Facts;
}

/** Turns of the event loop in which a server of this process hears what a stopped child has sent. */
const TURNS_TO_HEAR = 5;

/**
 * Runs the child to its end, or until a look fails, and throws that. A disk that looks the same at several moments is one sight,
 * with the facts of the last of them.
 */
export async function lookAtEachWrite<Facts>(
  { child, ended }: Pick<RunningCommand, "child" | "ended">,
  { home, into, isWanted, facts }: LookOptions<Facts>,
): Promise<{ sights: Sight<Facts>[]; outcome: CommandOutcome }> {
  const sights = new Map<string, Sight<Facts>>();
  const look = async (line: string): Promise<void> => {
    const [moment = "", what = ""] = line.split(" ");
    if (!isWanted(moment, what)) return;
    await stop(child.pid!);
    for (let turn = 0; turn < TURNS_TO_HEAR; turn += 1) await setImmediate();
    const digest = digestOf(home);
    const known = sights.get(digest);
    const copy = known?.home ?? join(into, moment.replaceAll(":", "-"));
    if (known === undefined) cpSync(home, copy, { recursive: true });
    sights.set(digest, { moment, what, ...known, home: copy, facts: facts() });
    process.kill(child.pid!, "SIGCONT");
  };
  let last = Promise.resolve();
  const failures: unknown[] = [];
  // It stands still, and waits for an answer: it must not outlive the look.
  const fail = (error: unknown): void => {
    failures.push(error);
    child.kill("SIGKILL");
  };
  for (const channel of child.stdio.slice(3) as Duplex[]) {
    channel.setEncoding("utf8").on("data", (line: string) => {
      last = last.then(() => look(line.trimEnd())).then(() => void channel.write("\n"), fail);
    });
    channel.on("error", () => undefined);
  }
  const outcome = await ended;
  await last;
  if (failures.length > 0) throw failures[0];
  return { sights: [...sights.values()], outcome };
}

/** Returns when every thread stands still. */
async function stop(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) return setTimeout(50);
  while (!readdirSync(threads).every((thread) => isStopped(join(threads, thread, "stat")))) await setTimeout(1);
}

function isStopped(file: string): boolean {
  try {
    return /^\d+ \(.*\) [Tt] /s.test(readFileSync(file, "utf8"));
  } catch {
    return true; // It has ended.
  }
}

function digestOf(home: string): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex");
}
