/**
 * Runs what a stranger has written (a pattern, a schema) over what a stranger has said, for so long and no longer.
 * `node:vm` has the only way to end synchronous work in its own thread, a match of a regular expression too
 * (docs/decisions/0030-strangers-patterns-in-time.md). Pure, but for the time.
 *
 * 1. Nothing holds the thread for longer than its time, `MOST_MS` in the thread of the lanes; what was too slow `MOST_OFTEN` times is not begun again.
 * 2. Work that nests without an end is told like work that takes too long.
 */
import { createContext, Script } from "node:vm";

/** Far above what a check of a usual output takes, on a busy machine too; below what a person at Ctrl-C notices. */
const MOST_MS = 500;
const MOST_OFTEN = 3;
/** Names remembered as slow. */
const KEPT = 200;

export type InTime<T> = { ok: true; value: T } | { ok: false; problem: string };

const sandbox = createContext({ work: undefined });
const call = new Script("work()");
const slow = new Map<string, number>();

/** `name`: the pattern or the schema, to know it again by. Throws what the work throws. */
export function inTime<T>(name: string, work: () => T, mostMs = MOST_MS): InTime<T> {
  const times = slow.get(name) ?? 0;
  if (times >= MOST_OFTEN)
    return { ok: false, problem: `it took more than ${MOST_MS} ms ${times} times and is not tried again` };
  let value: T | undefined;
  sandbox["work"] = () => void (value = work());
  try {
    call.runInContext(sandbox, { timeout: Math.ceil(mostMs) });
    return { ok: true, value: value as T };
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, problem: "it nests without an end, or too deep" };
    if ((error as NodeJS.ErrnoException | null)?.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    if (slow.size >= KEPT) slow.clear();
    slow.set(name, times + 1);
    return { ok: false, problem: `it takes more than ${Math.ceil(mostMs)} ms` };
  } finally {
    sandbox["work"] = undefined;
  }
}
