/**
 * What the work of a run learns that is no function of its own past, beside the replies of models: what the world outside says, and what
 * hangs on time or on the order among lanes. Whoever works asks for it here, once, with what would find it out; a run at work finds it
 * out, a run that is run again is told what it learned then (app/replay/replayed-effects.ts), and nobody at work knows which of the two
 * it is in. Owns no behaviour.
 */
import { interrupt } from "@langchain/langgraph";
import { SwarmError } from "../../../state/errors.ts";
import { fieldOf } from "../../../state/is-record.ts";
import type { Outcome } from "../../../state/outcome.ts";
import type { RedactedCounts } from "../../../state/redaction.ts";
import type { HumanRequest } from "../../../state/review.ts";
import type { Signal } from "../../../state/signal.ts";
import type { WriteOrigin } from "../../../state/artifact.ts";
import type { CALL_OUTCOMES } from "../../journal/call-events.ts";
import type { DataOf, Place } from "../../journal/events.ts";
import type { RunView } from "../../journal/run-view.ts";
import type { CitationReport } from "../../policy/citations/check-citations.ts";
import type { RouteDecision } from "../../policy/route/route.ts";
import type { ArtifactLog } from "../artifacts/artifact-log.ts";

export interface Called {
  id: string;
  name: string;
  args: unknown;
}

/** `whole`: what it says, redacted, before it is cut for a conversation. */
export interface ToolAnswer {
  /** `timeout`: past its own limit, which the model is told. `ended`: with its lane, by `end`. */
  outcome: (typeof CALL_OUTCOMES)[number];
  whole: string;
  end?: Signal;
  /** What was taken out of it. */
  redacted: RedactedCounts;
}

/** As it was given. `default`: nobody was there. */
export interface Said {
  given: unknown;
  by: "human" | "default";
}

export type Verdict = Pick<DataOf<"check">, "verdict" | "evidence" | "writes">;

/** How an attempt ended that never began. */
export interface Unbegun {
  kind: "ended";
  outcome: Outcome;
  cause: string | null;
}

/** Questions that nobody was there to answer, and what became of documents. */
export type Account = Pick<RunView, "denied" | "changedDocuments">;

export type WriteLog = Pick<ArtifactLog, "size" | "reached" | "restore">;

export interface Effects {
  /** What a person says to the question of this key. Throws LangGraph's interrupt while nobody has. */
  answer(key: string, request: HumanRequest): Said;
  tool(place: Place & { turn: number }, call: Called, run: () => Promise<ToolAnswer>): Promise<ToolAnswer>;
  /** Of a check by command, by what it is about. */
  command(key: string, look: () => Promise<Verdict>): Promise<Verdict>;
  /** What is found of a text's citations, by the text. */
  citations(key: string, check: () => CitationReport): CitationReport;
  /** What a dry run says, which goes by the earlier runs of its home. */
  forecast(draw: () => string): string;
  /** Who an attempt is given to: load and past outcomes decide too. */
  route(place: Place, decide: () => RouteDecision): RouteDecision;
  /** What a lane that has not begun waits for. */
  entry<Entry>(place: Place, wait: () => Promise<Entry>): Promise<Entry | Unbegun>;
  /** Why the budget has no place for a lane; undefined: it has. */
  refusal(ask: () => Promise<Signal | undefined>): Promise<Signal | undefined>;
  /** What is left of the budget, to read before the answer is written or to add subtasks. */
  stepsLeft(wish: "read" | "add", count: () => number): number;
  /** How many writes to artifacts a step sees, all there when it resolves. `step`: where its calls have been run; else the next one. */
  writesSeen(log: WriteLog, place: Place, step: number | undefined): Promise<number>;
  /** Resolves when it is the turn of this write. */
  turnToWrite(log: WriteLog, by: WriteOrigin): Promise<void>;
  /** What an answer says of the way to it. */
  account(view: Account): Account;
}

/** A question waits in a checkpoint, and `what` is to be asked where none is kept. */
export function unanswerable(what: string): SwarmError {
  return new SwarmError("USAGE", `nobody could answer: ${what} needs checkpoints, and the swarm keeps none`, {
    next: "give createSwarm a home, or a checkpointer, or unattended",
  });
}

/** Whether LangGraph throws it where a question is asked that no checkpoint could keep. */
export function lacksCheckpoints(error: unknown): boolean {
  return fieldOf(error, "lc_error_code") === "MISSING_CHECKPOINTER";
}

function asked(request: HumanRequest): unknown {
  try {
    return interrupt(request);
  } catch (error) {
    throw lacksCheckpoints(error) ? unanswerable(`a question of kind ${request.kind}`) : error;
  }
}

/** Of a run at work. */
export const LIVE: Effects = {
  answer: (_key, request) => ({ given: asked(request), by: "human" }),
  tool: (_place, _call, run) => run(),
  command: (_key, look) => look(),
  citations: (_key, check) => check(),
  forecast: (draw) => draw(),
  route: (_place, decide) => decide(),
  entry: (_place, wait) => wait(),
  refusal: (ask) => ask(),
  stepsLeft: (_wish, count) => count(),
  writesSeen: ({ size }) => Promise.resolve(size),
  turnToWrite: () => Promise.resolve(),
  account: (view) => view,
};
