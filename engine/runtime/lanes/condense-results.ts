/**
 * One step of a `reduce` subtask: condenses results that are too much for the synthesizer's prompt, in batches that fit one
 * call, as many steps as it takes. A step is one wave of calls; each condensed part is kept in the lane's messages.
 *
 * 1. Small inputs pass through without a call: the output is empty, and they stand for themselves.
 * 2. The first batch goes alone and shows what the model takes; one that is too long is halved, a bounded number of times.
 * 3. Calls are bounded, and steps stay back for the answer; where none is left, or a model cannot do it, what is there is
 *    handed on, cut to a share, and the text says so.
 */
import type { AIMessage } from "@langchain/core/messages";
import type { LaneChange, LaneState } from "../../../state/lane-state.ts";
import type { Plan } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import { addUsage, NO_USAGE, type Usage } from "../../../state/usage.ts";
import { fit, fitPrompt, gatherInputs, promptSizeOf } from "../../policy/answer/gather-results.ts";
import {
  batchesOf,
  bytesOf,
  condensedPart,
  firstHalf,
  keptBytes,
  materialOf,
  promptRoom,
  TOO_LONG,
  type Piece,
} from "../../policy/answer/material.ts";
import { unreadCall } from "../../policy/reply/reply-message.ts";
import { planOf, type Run } from "../run/run.ts";
import { reduceMessages } from "./lane-messages.ts";
import type { TurnReply } from "../../ports/turns.ts";
import { takeTurn, type LaneContext } from "./lane-node.ts";

/** Condensed parts of one node, at most: all of its inputs are cut to what so many calls can hold. */
const MOST_PARTS = 48;
/** How often what is condensed may be condensed again. */
const MOST_LEVELS = 3;
const MOST_HALVINGS = 6;
const CALLS_AT_ONCE = 4;
/** Steps that stay back for the answer, its retries included. */
const STEPS_FOR_ANSWER = 3;

/** How the step ended, and what it changes. */
export type Condensed =
  { kind: "done"; change: LaneChange; output: string } | { kind: "unfinished" | "failed"; change: LaneChange };

/** Throws GraphDrained where the run drains. */
export async function condenseResults(lane: LaneContext): Promise<Condensed> {
  const { run, subtask, state } = lane;
  const plan = planOf(run);
  const room = promptRoom(run.team.model);
  const most = MOST_PARTS * room;
  const inputs = gatherInputs(plan, subtask, (id) => run.shared.board.result(id), most);
  const kept = keptBytes(plan, run.team.model);
  const { pieces, parts, largestTaken } = materialOf(fitPrompt(inputs, most), state.messages);
  if (parts === 0 && (inputs.length < 2 || promptSizeOf(inputs) <= kept)) return PASS_THROUGH;
  if (parts > 0 && bytesOf(pieces) <= kept) return handOn(pieces);
  const batchRoom = parts === 0 ? room : Math.min(room, largestTaken);
  const wave = nextWave(run, { plan, pieces, parts, room: batchRoom });
  if (wave.length === 0) return settle(pieces, kept);
  const outcomes = await together(wave.map((batch) => condenseBatch(lane, batch)));
  const spent = spentOf(state, outcomes);
  const messages = outcomes.flatMap(({ part }) => part ?? []);
  const failed = outcomes.find(
    ({ signal }) => signal !== undefined && signal.kind !== "budget" && !TOO_LONG.has(signal.kind),
  );
  if (failed?.signal !== undefined) return { kind: "failed", change: { ...spent, messages, signal: failed.signal } };
  if (messages.length > 0) return { kind: "unfinished", change: { ...spent, messages } };
  return { ...settle(pieces, kept), change: spent };
}

/** The output is empty: the inputs stand for themselves. */
const PASS_THROUGH: Condensed = { kind: "done", change: {}, output: "" };

function handOn(pieces: readonly Piece[]): Condensed {
  const parts = pieces.map(({ level, title, output }) =>
    level > 0 ? output.trim() : `## ${title}\n\n${output.trim()}`,
  );
  return { kind: "done", change: {}, output: parts.join("\n\n") };
}

/** Nothing condensed: the inputs pass through, and the synthesizer's prompt cuts them. Else what is there, cut here. */
function settle(pieces: Piece[], kept: number): Condensed {
  if (pieces.every(({ level }) => level === 0)) return PASS_THROUGH;
  return handOn(fit(pieces, kept) as Piece[]);
}

interface Progress {
  plan: Plan;
  pieces: readonly Piece[];
  parts: number;
  room: number;
}

/** The batches of the next calls: of inputs first, then of what has been condensed. None where no call may be made. */
function nextWave(run: Run, { plan, pieces, parts, room }: Progress): Piece[][] {
  const level = Math.min(...pieces.map((piece) => piece.level));
  if (level >= MOST_LEVELS) return [];
  const most = Math.min(MOST_PARTS - parts, callsAllowed(run, plan), parts === 0 ? 1 : CALLS_AT_ONCE);
  const next = pieces.filter((piece) => piece.level === level);
  return batchesOf(next, room).slice(0, Math.max(0, most));
}

/** Each unfinished node's share of the steps that the answer does not need. */
function callsAllowed(run: Run, plan: Plan): number {
  const open = plan.subtasks.filter(
    ({ role, id }) => role === "reduce" && run.shared.board.result(id) === undefined,
  ).length;
  const spare = run.budget.ledger.left("coordinator").steps - STEPS_FOR_ANSWER;
  return spare < 1 ? 0 : Math.max(1, Math.floor(spare / Math.max(1, open)));
}

interface BatchOutcome {
  /** The condensed part; absent where none came. */
  part?: AIMessage;
  signal?: Signal;
  usage: Usage;
  waitedForSlotMs: number;
}

async function condenseBatch(lane: LaneContext, whole: Piece[]): Promise<BatchOutcome> {
  let batch: Piece[] | undefined = whole;
  let usage = NO_USAGE;
  let waitedForSlotMs = 0;
  for (let halvings = 0; ; halvings += 1) {
    const reply = await condensedBy(lane, batch);
    usage = addUsage(usage, reply.usage);
    waitedForSlotMs += reply.waitedForSlotMs;
    if (reply.kind === "reply") {
      const isEmpty = reply.message.text.trim() === "";
      return isEmpty
        ? { usage, waitedForSlotMs }
        : { part: condensedPart(reply.message, batch), usage, waitedForSlotMs };
    }
    const { signal } = reply;
    batch = TOO_LONG.has(signal.kind) && halvings < MOST_HALVINGS ? firstHalf(batch) : undefined;
    if (TOO_LONG.has(signal.kind)) await journalTooLong(lane, signal, batch);
    if (batch === undefined) return { signal, usage, waitedForSlotMs };
  }
}

async function condensedBy(lane: LaneContext, batch: Piece[]): Promise<TurnReply> {
  const { run, subtask } = lane;
  const brief = { role: "synthesizer" as const, task: run.question.task, results: batch, isPart: true };
  const reply = await takeTurn(lane, { messages: reduceMessages(run, subtask, batch), brief, tools: [] });
  if (reply.kind === "signal") return reply;
  await reply.recorded;
  const { message, usage, waitedForSlotMs } = reply;
  const evidence = unreadCall(message, message.text);
  if (evidence === undefined) return reply;
  return { kind: "signal", signal: { kind: "malformed-answer", evidence }, usage, waitedForSlotMs };
}

async function journalTooLong(
  { run, subtask, state }: LaneContext,
  signal: Signal,
  half: Piece[] | undefined,
): Promise<void> {
  const place = { subtask: subtask.id, attempt: state.attempt };
  const action = half === undefined ? "give-up" : "split";
  const rule = `${signal.kind} ${half === undefined ? "give-up: cannot be smaller" : `split: half of it (${bytesOf(half)} bytes)`}`;
  await run.record.journal.append(
    { kind: "signal", ...place, data: { agent: state.agent, ...signal } },
    { kind: "recovery", ...place, data: { signal: signal.kind, action, rule, delayMs: 0 } },
  );
}

/** All of them, ended; then throws what one of them threw, unless others have something to keep: the next step throws again. */
async function together(calls: readonly Promise<BatchOutcome>[]): Promise<BatchOutcome[]> {
  const settled = await Promise.allSettled(calls);
  const outcomes = settled.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const thrown = settled.find((outcome) => outcome.status === "rejected");
  if (thrown !== undefined && !outcomes.some(({ part }) => part !== undefined)) throw thrown.reason;
  return outcomes;
}

function spentOf(state: LaneState, outcomes: readonly BatchOutcome[]): LaneChange {
  return {
    steps: outcomes.reduce((sum, { usage }) => sum + usage.steps, state.steps),
    waitedForSlotMs: outcomes.reduce((sum, outcome) => sum + outcome.waitedForSlotMs, state.waitedForSlotMs),
    turns: state.turns + 1,
  };
}
