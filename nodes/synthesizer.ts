/**
 * Node `synthesizer`: one answer from the results, with its coverage and checked citations. It holds a bounded digest of the
 * board, never all of it; when no model call is left or none succeeds, code puts the results side by side and says so. Where a
 * human has to approve the answer, it is a draft, and the run ends after `answer-review`.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { workOf } from "../engine/policy/answer/build-result.ts";
import { gatherResults, promptSizeOf } from "../engine/policy/answer/gather-results.ts";
import {
  closestIn,
  earlierAnswer,
  emptyAnswer,
  plainAnswer,
  type Answer,
} from "../engine/policy/answer/plain-answer.ts";
import { promptRoom, TOO_LONG } from "../engine/policy/answer/prompt-room.ts";
import { coverageIn, publishAnswer, publishResult } from "../engine/runtime/coordinator/publish-answer.ts";
import { planOf } from "../engine/runtime/run/in-plan.ts";
import type { Run, Services } from "../engine/runtime/run/run.ts";
import { synthesizerPrompt } from "../engine/policy/prompts/synthesizer-prompt.ts";
import { coordinatorTurn } from "../engine/runtime/coordinator/coordinator-turn.ts";
import { coverageSentence, type Coverage } from "../state/outcome.ts";
import type { Plan } from "../state/plan.ts";
import type { Draft, SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

/** How often a prompt that was too long is tried at half its size. */
const MOST_HALVINGS = 5;

export function synthesizer(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state, config);
    const plan = planOf(run);
    const ended = isReplay(config) ? undefined : await run.record.end();
    if (ended !== undefined) return publishResult(run, ended);
    const rejected = state.draft ?? undefined;
    const earlier = { text: state.answer, by: state.answeredBy ?? undefined };
    const { text, by, streamedAs } = await write(run, {
      plan,
      coverage: coverageIn(run),
      rejected,
      earlier,
      services,
      config,
    });
    if (run.options.approve.includes("answer")) return { draft: { text, by, reasons: rejected?.reasons ?? [] } };
    // Providers repeat ids, and a message replaces one with its id.
    const isKnown = state.messages.some(({ id }) => id === streamedAs);
    return publishAnswer(run, {
      ...{ written: text, by, checks: state.checks },
      streamedAs: isKnown ? undefined : streamedAs,
    });
  };
}

/** An older checkpoint was asked for by its id: LangGraph runs again what came after it. */
function isReplay({ configurable = {} }: LangGraphRunnableConfig): boolean {
  return configurable["__pregel_replay_state"] !== undefined;
}

interface Writing {
  plan: Plan;
  coverage: Coverage;
  /** The draft that a human sent back, with every reason so far. */
  rejected: Draft | undefined;
  /** The answer that the run had when it ended before; empty: it did not. */
  earlier: Answer;
  services: Services;
  config: LangGraphRunnableConfig;
}

/** A prompt that is too long is halved, a bounded number of times: a model's real window may be smaller than we believe. */
async function write(run: Run, { plan, coverage, rejected, earlier, services, config }: Writing): Promise<Answer> {
  const lookup = (id: string) => run.shared.board.result(id);
  let bytes = roomFor(run);
  for (let halvings = 0; ; halvings += 1) {
    const results = gatherResults(plan, lookup, bytes);
    if (results.length === 0) {
      const empty = emptyAnswer(coverage, run.shared.documents !== undefined);
      const closest = closestIn(workOf(plan).flatMap(({ id }) => lookup(id) ?? []));
      return { text: [empty, ...closest].join("\n\n"), by: "code" };
    }
    const messages = synthesizerPrompt({
      task: run.question.task,
      history: run.question.history,
      coverage: coverageSentence(coverage),
      results,
      rejected,
    });
    const brief = { role: "synthesizer", task: run.question.task, results, isPart: false } as const;
    // A draft is shown by the question about it.
    const isShown = !run.options.approve.includes("answer");
    const asked = { messages, brief, isShown, clock: services.clock, config };
    const turn = await coordinatorTurn(run, { purpose: "synthesize", ...asked });
    if (turn.kind === "reply")
      return { text: turn.message.text, by: "model", ...(isShown ? { streamedAs: turn.message.id } : {}) };
    // Who called off the run gets no answer that says so: the run is not over, and can go on from here.
    config.signal?.throwIfAborted();
    // A prompt that is too dear for what is left costs nothing: half of it may fit.
    const isTooMuch = TOO_LONG.has(turn.signal.kind) || turn.signal.kind === "budget";
    if (!isTooMuch || halvings === MOST_HALVINGS) {
      const reason = `the synthesizer could not be called (${turn.signal.kind}: ${turn.signal.evidence}).`;
      const kept = earlierAnswer(earlier, reason);
      if (kept !== undefined) return { text: kept, by: earlier.by };
      return { text: plainAnswer(gatherResults(plan, lookup, roomFor(run)), reason), by: "code" };
    }
    bytes = Math.floor(Math.min(bytes, promptSizeOf(results)) / 2);
  }
}

/** Bytes of results in a prompt. Under a cap on tokens or money it must leave room for the answer. */
function roomFor(run: Run): number {
  const { tokens, usd } = run.budget.ledger.left("coordinator");
  const perToken = (run.team.model.price?.input ?? 0) / 1e6;
  const left = Math.min(tokens, perToken === 0 ? Infinity : usd / perToken);
  const room = promptRoom(run.team.model);
  return Math.min(room, Number.isFinite(left) ? Math.max(500, Math.floor(left * 0.6) - 3000) : room);
}
