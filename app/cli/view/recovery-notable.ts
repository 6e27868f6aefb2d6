/** How a signal and what recovery chose about it read in one line. Pure. */
import { wait } from "./amounts.ts";
import { plainWords } from "../../../state/outcome.ts";
import type { Notable } from "./notables.ts";

/** A signal as the journal told it; both texts cleaned. */
export interface SeenSignal {
  kind: string;
  evidence: string;
}

interface Recovery {
  /** A subtask's id, or the planner or synthesizer. */
  who: string;
  signal: SeenSignal;
  action: string;
  delayMs: number;
  /** "2/6", or empty. */
  firing: string;
  /** To whom it is reassigned. */
  agent: string;
}

export function recoveryNotable({
  who,
  signal,
  action,
  delayMs,
  firing,
  agent,
}: Recovery): Omit<Notable, "at" | "times"> {
  const parts = [
    who,
    action === "reassign" && agent !== "" ? `to ${agent}` : "",
    delayMs >= 1000 ? `in ${wait(delayMs)}` : "",
    firing === "" ? "" : `(${firing})`,
  ];
  const head = parts.filter((part) => part !== "").join(" ");
  const isAnswer = signal.kind === "not-found" && action === "give-up";
  return {
    tone: action === "give-up" && !isAnswer ? "bad" : "warn",
    what: isAnswer ? plainWords(signal.kind) : `${plainWords(signal.kind)} → ${plainWords(action)}`,
    detail: signal.evidence === "" ? head : `${head}: ${signal.evidence}`,
  };
}
