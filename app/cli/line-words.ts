/**
 * What a person is told of a line of the journal, by its kind: in the account of a run (`show`) as a sentence, in the live view as an
 * event that is counted where it happens again. Kinds that are not here are not told of. Pure.
 */
import { byKind, type ByKind, type DataOf, type JournalLine, type LineOf } from "../../engine/journal/events.ts";
import { firingOf, roleOf, type Noted } from "../../engine/journal/progress-view.ts";
import { duration, many, wait } from "../../state/amounts.ts";
import type { ConflictRegion } from "../../state/artifact.ts";
import { fieldOf } from "../../state/is-record.ts";
import { changesText } from "../../state/left-out.ts";
import { isMemoryTool } from "../../state/memory.ts";
import { plainWords } from "../../state/outcome.ts";
import { cutTo, listed, oneLine } from "../../state/plain-text.ts";
import { countsText } from "../../state/redaction.ts";
import type { CheckedWrite } from "../../state/run-result.ts";
import type { Tone } from "./view/styled-row.ts";

export interface LineWords {
  /** What happened. The same words are the same event. */
  what: string;
  /** The particulars; absent or empty: there are none. */
  detail?: string;
  /** Default: plain. */
  tone?: Tone;
  /** Whom it befell, in front of the particulars; default: the line's subtask. */
  whom?: string;
}

/** `noted`: what the live view knows of it beyond its line. Undefined: nothing is told of it. */
export function wordsOf(line: JournalLine, noted?: Noted): LineWords | undefined {
  return byKind(WORDS, line, noted);
}

/** A call that keeps a note, or asks for some. */
export function isMemoryCall(line: JournalLine): boolean {
  return line.kind === "tool-call" && isMemoryTool(line.data.tool);
}

const SHOWN = 200;
const MOST_LISTED = 5;

const WORDS: ByKind<LineWords | undefined, Noted | undefined> = {
  plan: ({ data: { version, origin, advice = "" } }) => ({
    what: `plan version ${version} from ${origin}`,
    detail: advice,
    tone: origin.startsWith("last resort") ? "warn" : "plain",
  }),
  route: ({ data: { agent, rule, candidates, rejected } }) => ({
    what: `routed to ${agent ?? "nobody"} (${rule})${scoresText(candidates)}${rejectedText(rejected)}`,
  }),
  "attempt-start": ({ attempt, data }) => ({ what: `attempt ${attempt} begins with ${data.agent}` }),
  signal: ({ data: { kind, evidence } }) => ({ what: `signal ${kind}`, detail: oneLine(evidence, SHOWN) }),
  recovery: (line, noted) => (noted === undefined ? policyWords(line) : signalAndAction(line, noted)),
  compact: ({ data: { reason, beforeTokens, afterTokens, answers, turns, by } }) => ({
    what: `conversation compacted (${reason})`,
    detail: `some ${beforeTokens} tokens to ${afterTokens}, ${many(answers, "tool answer")} and ${many(turns, "turn")} taken out (${by})`,
  }),
  publish: (line, noted) => (noted === undefined ? publishWords(line) : endWords(line, noted)),
  park: ({ subtask, data: { routedAgain = [], waitsFor = [] } }) =>
    subtask === undefined
      ? { what: "routed again", detail: listed(routedAgain, MOST_LISTED) }
      : { what: "parked", detail: `${listed(waitsFor, MOST_LISTED)} waits for a human`, whom: `${subtask}:` },
  interrupt: ({ subtask, data: { kind, calls = [], cap, evidence } }) => {
    const names = listed([...new Set(calls.map(({ name }) => name))], MOST_LISTED);
    const ofRun = cap === undefined ? `the ${kind}` : `the cap on ${cap}`;
    const about = subtask === undefined ? ofRun : names === "" ? kind : names;
    const why = evidence === undefined ? "" : `: ${oneLine(evidence, SHOWN)}`;
    return { what: "waits for a human", detail: `${about}${why}`, tone: "accent" };
  },
  resume: ({ subtask, data }) => ({
    what: ANSWERED[data.by ?? "human"],
    detail: [...(subtask === undefined ? [`the ${data.kind}`] : []), ...decisionText(data)].join(": "),
    tone: "accent",
  }),
  "limit-change": ({ data: { limit, reason } }) => ({
    what: "limit changed",
    detail: `at most ${many(limit, "model call")} at once: ${oneLine(reason, SHOWN)}`,
  }),
  "usage-unreported": ({ data: { model } }) => ({
    what: "usage not reported",
    detail: `${model} does not say what its calls use: under a cap they are booked at the most that they can have cost`,
    tone: "warn",
  }),
  "process-start": ({ data: { lostCalls, changedDocuments } }) => ({
    what: "a process goes on with the run",
    detail: [
      ...(lostCalls > 0 ? [`${many(lostCalls, "call")} lost with the one before, booked in full`] : []),
      ...(changedDocuments === undefined ? [] : [`documents since the run began: ${changesText(changedDocuments)}`]),
    ].join("; "),
  }),
  "process-end": ({ data: { reason } }) => ({ what: "a process leaves the run", detail: reason }),
  redaction: ({ data: { source, counts } }) => ({ what: `redacted from the ${source}`, detail: countsText(counts) }),
  "tool-call": ({ data: { tool, args, outcome, characters } }) => {
    if (!isMemoryTool(tool)) return undefined;
    const said = oneLine(String(fieldOf(args, "text") ?? fieldOf(args, "query") ?? ""), SHOWN);
    const what =
      tool === "remember" ? `remembers "${said}"` : `recalls ${said === "" ? "its newest notes" : `"${said}"`}`;
    return outcome === "ok" ? { what: `${what} (told ${many(characters, "character")})` } : { what, detail: outcome };
  },
  write: ({ data: { artifact, version, base, bytes } }) => ({
    what: `wrote version ${version} of ${artifact} on version ${base} (${many(bytes, "byte")})`,
  }),
  conflict: ({ data }) => conflictWords(data),
  check: ({ data: { check, by, verdict, evidence, writes } }) => ({
    what: `check ${check} by ${by}`,
    detail: `${verdict}: ${oneLine(evidence, SHOWN)}${writesText(writes)}`,
  }),
};

const ANSWERED = {
  human: "a human answered",
  resume: "answered by an option of resume",
  default: "nobody was there to answer",
} as const;

/** What was decided, in the words of who decided. */
function decisionText({ decision, decisions, stopped, reason }: DataOf<"resume">): string[] {
  const types = [...(decision === undefined ? [] : [decision]), ...(decisions ?? [])].map((one) =>
    String(fieldOf(one, "type") ?? one),
  );
  const said = stopped === undefined ? types : [stopped ? "stop" : "raised"];
  return [...(said.length === 0 ? [] : [listed(said, MOST_LISTED)]), ...(reason === undefined ? [] : [reason])];
}

function policyWords({ data: { rule, action, model, delayMs } }: LineOf<"recovery">): LineWords {
  const after = delayMs > 0 ? ` after ${duration(delayMs)}` : "";
  return { what: "policy", detail: `${ruleText(rule, action)}${model === undefined ? "" : ` to ${model}`}${after}` };
}

/** The rule names its action already, but for one that nobody has written: to give up where no rule is left. */
function ruleText(rule: string, action: string): string {
  if (action === "give-up")
    return `given up (${rule.replace(/ give-up(?:: )?/, ": ").replace(/: $/, ": no rule is left")})`;
  return rule.includes(` ${action}`) ? rule : `${rule}: ${plainWords(action)}`;
}

/** A signal and what recovery chose about it, in one line. */
function signalAndAction(line: LineOf<"recovery">, { signal }: Noted): LineWords {
  const { action, delayMs, agent = "", check, purpose } = line.data;
  const { kind, evidence } = signal ?? { kind: line.data.signal, evidence: "" };
  const firing = firingOf(line);
  const parts = [
    action === "reassign" && agent !== "" ? `to ${agent}` : "",
    delayMs >= 1000 ? `in ${wait(delayMs)}` : "",
    firing === "" ? "" : `(${firing})`,
  ];
  const how = parts.filter((part) => part !== "").join(" ");
  const who = line.subtask ?? (check === undefined ? roleOf(purpose) : `check ${check}`);
  const isAnswer = kind === "not-found" && action === "give-up";
  return {
    what: isAnswer ? plainWords(kind) : `${plainWords(kind)} → ${plainWords(action)}`,
    detail: [how, evidence].filter((part) => part !== "").join(": "),
    tone: action === "give-up" && !isAnswer ? "bad" : "warn",
    whom: how === "" && evidence !== "" ? `${who}:` : who,
  };
}

function publishWords({ attempt, data: { accepted, outcome, keptFrom } }: LineOf<"publish">): LineWords {
  if (!accepted) return { what: `late result of attempt ${attempt}`, detail: "recorded, not applied" };
  if (keptFrom === undefined) return { what: `published as ${plainWords(outcome)}` };
  const { line, run, steps } = keptFrom;
  const detail = `line ${line} of run ${run}, where it took ${many(steps, "step")}`;
  return { what: `kept as ${plainWords(outcome)}`, detail };
}

/** Of a lane that did not end well, with why. */
function endWords({ subtask = "", data: { outcome } }: LineOf<"publish">, { cause }: Noted): LineWords {
  const tone = outcome === "skipped" || outcome === "not-found" ? "warn" : "bad";
  return { what: `ended ${plainWords(outcome)}`, detail: cause, tone, whom: `${subtask}:` };
}

const MOST_CANDIDATES = 3;

function scoresText(candidates: DataOf<"route">["candidates"]): string {
  if (candidates.length === 0) return "";
  const parts = candidates.slice(0, MOST_CANDIDATES).map(({ agent, score: { total, ...of } }) => {
    const each = Object.entries(of).map(([part, value]) => `${part} ${value.toFixed(2)}`);
    return `${agent} ${total.toFixed(2)} (${each.join(", ")})`;
  });
  return `; scores: ${parts.join(", ")}`;
}

function rejectedText(rejected: DataOf<"route">["rejected"]): string {
  const parts = rejected.slice(0, MOST_CANDIDATES).map(({ agent, reason }) => `${agent} (${reason})`);
  return parts.length === 0 ? "" : `; rejected: ${parts.join(", ")}`;
}

const MOST_REGIONS = 3;
const LONGEST_SIDE = 80;

function conflictWords(data: DataOf<"conflict">): LineWords {
  const { artifact, base, committed, policy, result, version, regions, places } = data;
  const came = version === null ? "no version came of it" : `version ${version} came of it`;
  const why = data.reason === undefined ? "" : ` (${oneLine(data.reason, 120)})`;
  const when = `written on version ${base} when version ${committed} was current`;
  const shown = regions.slice(0, MOST_REGIONS).map(regionLine);
  const more = places > shown.length ? [`      and ${places - shown.length} more places`] : [];
  const isMerged = result === "merged";
  const head = isMerged ? `${when}, ${came}` : `${when}; policy ${policy} → ${result}${why}, ${came}`;
  return {
    what: `${isMerged ? "merged into" : "conflict in"} ${artifact}`,
    detail: [head, ...shown, ...more].join("\n"),
    tone: "warn",
  };
}

function regionLine({ at, base, committed, incoming }: ConflictRegion): string {
  const side = (text: string): string => JSON.stringify(cutTo(text, LONGEST_SIDE));
  return `      ${at}: was ${side(base)}, committed ${side(committed)}, written ${side(incoming)}`;
}

/** The writes that led to a violated check. */
export function writesText(writes: readonly CheckedWrite[]): string {
  if (writes.length === 0) return "";
  const named = writes.map(
    ({ artifact, version, subtask, attempt }) => `version ${version} of ${artifact} by ${subtask} (attempt ${attempt})`,
  );
  return `; since ${listed(named, 3)}`;
}
