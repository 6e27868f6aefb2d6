/** The notable events of a run in words. Pure. */
import { byKind, type ByKind, type LineOf } from "../../../engine/journal/events.ts";
import { firingOf, roleOf, type Noted } from "../../../engine/journal/progress-view.ts";
import { plainWords } from "../../../state/outcome.ts";
import { wait } from "./amounts.ts";
import type { Tone } from "./styled-row.ts";
import { cleanText, namesOf } from "./terminal-text.ts";

export interface Notable {
  /** Milliseconds since the epoch, of the last time. */
  at: number;
  tone: Tone;
  /** What happened, and what was done: "rate limit → retry". The same words are the same event. */
  what: string;
  /** The last time's particulars, cleaned. */
  detail: string;
  times: number;
}

type Words = Pick<Notable, "tone" | "what" | "detail">;

export function notableOf(noted: Noted): Notable {
  const { line, at, times } = noted;
  const { tone, what, detail } = byKind(WORDS, line, noted) ?? { tone: "plain", what: line.kind, detail: "" };
  return { at, times, tone, what: cleanText(what), detail: cleanText(detail) };
}

const WORDS: ByKind<Words, Noted> = {
  "process-start": ({ data: { lostCalls: lost } }) => ({
    tone: "plain",
    what: "the run continues",
    detail: lost === 0 ? "" : `${lost} model calls of the process before are booked in full: their end is unknown`,
  }),
  plan: ({ data: { origin, advice } }) =>
    advice === undefined
      ? { tone: "warn", what: "no usable plan", detail: origin }
      : { tone: "plain", what: origin === "single" ? "one agent" : "the plan", detail: advice },
  recovery: recoveryWords,
  publish: ({ subtask, data: { outcome } }, { cause }) => ({
    tone: outcome === "skipped" || outcome === "not-found" ? "warn" : "bad",
    what: `ended ${plainWords(outcome)}`,
    detail: `${subtask ?? ""}: ${cause}`,
  }),
  interrupt: ({ subtask, data: { kind, calls = [] } }) => ({
    tone: "accent",
    what: "waits for a human",
    detail: subtask === undefined ? `the ${kind}` : `${subtask} ${namesOf(calls.map(({ name }) => name))}`,
  }),
  resume: ({ subtask, data: { kind } }) => ({
    tone: "accent",
    what: "a human answered",
    detail: subtask ?? `the ${kind}`,
  }),
  conflict: ({ subtask = "", data: { artifact } }) => ({
    tone: "warn",
    what: "conflict",
    detail: `${subtask} ${artifact}`.trim(),
  }),
  park: ({ data: { routedAgain = [] } }) => ({
    tone: "plain",
    what: "routed again",
    detail: namesOf(routedAgain),
  }),
  "limit-change": ({ data }) => ({
    tone: "plain",
    what: "limit changed",
    detail: Object.entries(data)
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
  }),
};

/** How a signal and what recovery chose about it read in one line. */
function recoveryWords(line: LineOf<"recovery">, { signal }: Noted): Words {
  const { subtask, data } = line;
  const { action, delayMs, agent = "", check, purpose } = data;
  const { kind, evidence } = signal ?? { kind: data.signal, evidence: "" };
  const firing = firingOf(line);
  const parts = [
    subtask ?? (check === undefined ? roleOf(purpose) : `check ${check}`),
    action === "reassign" && agent !== "" ? `to ${agent}` : "",
    delayMs >= 1000 ? `in ${wait(delayMs)}` : "",
    firing === "" ? "" : `(${firing})`,
  ];
  const head = parts.filter((part) => part !== "").join(" ");
  const isAnswer = kind === "not-found" && action === "give-up";
  return {
    tone: action === "give-up" && !isAnswer ? "bad" : "warn",
    what: isAnswer ? plainWords(kind) : `${plainWords(kind)} → ${plainWords(action)}`,
    detail: evidence === "" ? head : `${head}: ${evidence}`,
  };
}
