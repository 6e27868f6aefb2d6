/** Lines of the journal as what is told of a run while it works (`state/progress.ts`). Pure. */
import type { Usage } from "../../../state/usage.ts";
import type { LaneProgress, SwarmProgress } from "../../../state/progress.ts";
import { byKind, type ByKind, type JournalLine } from "../../journal/events.ts";

/** What the lines leave to the run. */
export interface Known {
  laneOf(subtask: string): { title: string; agent: string | null };
  spent(): Usage;
}

/** Without what all of them have. */
type Fields = SwarmProgress extends infer Each
  ? Each extends SwarmProgress
    ? Omit<Each, "run" | "at">
    : never
  : never;

const TOLD: ByKind<Fields | undefined, Known> = {
  plan: ({ data: { version, subtasks = 0 } }) => ({ type: "plan", version, subtasks }),
  route: (line, known) => laneOf(line, known, { state: "routed" }),
  "attempt-start": (line, known) => laneOf(line, known, { state: "started" }),
  recovery: (line, known) => {
    const { signal, action } = line.data;
    return line.subtask === undefined ? undefined : laneOf(line, known, { state: "retrying", signal, action });
  },
  publish: (line, known) =>
    line.data.accepted ? laneOf(line, known, { state: "ended", outcome: line.data.outcome }) : undefined,
  interrupt: ({ subtask = null, data: { kind } }) => ({ type: "question", about: kind, subtask }),
  settle: (_, known) => {
    const { steps, inputTokens, outputTokens, usd } = known.spent();
    return { type: "spend", steps, inputTokens, outputTokens, usd };
  },
  "run-end": ({ data: { status } }) => ({ type: "end", status }),
};

/** Undefined: the line is nothing to tell. */
export function progressOf(line: JournalLine, known: Known): SwarmProgress | undefined {
  const told = byKind(TOLD, line, known);
  return told === undefined ? undefined : { ...told, run: line.run, at: line.at };
}

function laneOf(
  { subtask = "", attempt = 1 }: JournalLine,
  known: Known,
  more: Pick<LaneProgress, "state" | "signal" | "action" | "outcome">,
): Fields {
  return { type: "lane", subtask, attempt, ...known.laneOf(subtask), ...more };
}
