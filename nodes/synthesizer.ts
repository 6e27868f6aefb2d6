/**
 * Node `synthesizer`: one answer from the results, with its coverage and checked citations. It holds a bounded digest of the
 * board, never all of it; when no model call is left or none succeeds, code puts the results side by side and says so.
 */
import { AIMessage } from "@langchain/core/messages";
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { buildResult, checkReports, workOf } from "../engine/answer/build-result.ts";
import { checkCitations } from "../engine/answer/check-citations.ts";
import { gatherResults, promptSizeOf } from "../engine/answer/gather-results.ts";
import { plainAnswer, withCoverage } from "../engine/answer/plain-answer.ts";
import { promptRoom, TOO_LONG } from "../engine/answer/prompt-room.ts";
import { sharedReport } from "../engine/answer/shared-report.ts";
import type { RunHandle, Services } from "../engine/ports.ts";
import { synthesizerPrompt } from "../engine/prompting/synthesizer-prompt.ts";
import { coordinatorTurn } from "../engine/recovery/coordinator-turn.ts";
import { coverageOf, coverageSentence, type Coverage } from "../state/outcome.ts";
import type { Plan } from "../state/plan.ts";
import type { SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

/** How often a prompt that was too long is tried at half its size. */
const MOST_HALVINGS = 5;

export function synthesizer(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state.runId, config);
    const plan = run.board.plan() as Plan;
    const work = workOf(plan);
    const outcomes = work.flatMap((subtask) => run.board.result(subtask.id)?.outcome ?? []);
    const coverage = coverageOf(work.length, outcomes);
    const written = await write(run, { plan, coverage, services, config });
    const checks = checkReports(state.checks, { plan, lookup: (id) => run.board.result(id) });
    const answer = withCoverage(written, { coverage, missing: missingIn(run, plan), checks });
    const result = buildResult({
      runId: run.id,
      task: run.task,
      plan,
      lookup: (id) => run.board.result(id),
      answer,
      usage: run.ledger.spent,
      wallMs: run.workedMs(),
      interrupts: [],
      citations: checkCitations(answer, run.documents),
      shared: sharedReport(run.artifacts, true),
      checks: state.checks,
      model: run.model.id,
      runDir: null,
    });
    await run.finish(result);
    return {
      answer,
      status: result.status === "paused" ? "partial" : result.status,
      coverage,
      messages: [new AIMessage({ id: `${run.id}/answer`, content: answer })],
    };
  };
}

interface Writing {
  plan: Plan;
  coverage: Coverage;
  services: Services;
  config: LangGraphRunnableConfig;
}

/** A prompt that is too long is halved, a bounded number of times: a model's real window may be smaller than we believe. */
async function write(run: RunHandle, { plan, coverage, services, config }: Writing): Promise<string> {
  const lookup = (id: string) => run.board.result(id);
  let bytes = roomFor(run);
  for (let halvings = 0; ; halvings += 1) {
    const results = gatherResults(plan, lookup, bytes);
    if (results.length === 0) return plainAnswer([], causeOfNothing(coverage));
    const messages = synthesizerPrompt({ task: run.task, coverage: coverageSentence(coverage), results });
    const turn = await coordinatorTurn(run, { purpose: "synthesize", messages, clock: services.clock, config });
    if (turn.kind === "reply") return turn.message.text;
    // Who called off the run gets no answer that says so: the run is not over, and can go on from here.
    config.signal?.throwIfAborted();
    if (!TOO_LONG.has(turn.signal.kind) || halvings === MOST_HALVINGS) {
      const shown = gatherResults(plan, lookup, roomFor(run));
      return plainAnswer(shown, `the synthesizer could not be called (${turn.signal.kind}: ${turn.signal.evidence}).`);
    }
    bytes = Math.floor(Math.min(bytes, promptSizeOf(results)) / 2);
  }
}

/** Bytes of results in a prompt. Under a cap on tokens it must leave room for the answer. */
function roomFor(run: RunHandle): number {
  const left = run.ledger.left("coordinator").tokens;
  const room = promptRoom(run.model);
  return Math.min(room, Number.isFinite(left) ? Math.max(500, Math.floor(left * 0.6) - 3000) : room);
}

function causeOfNothing(coverage: Coverage): string {
  if (coverage.infra > 0 && coverage.infra >= coverage.total - coverage.skipped) {
    return "The provider failed for every subtask: nothing was examined, and nothing follows about the question.";
  }
  return "What happened to each subtask stands below.";
}

function missingIn(run: RunHandle, plan: Plan) {
  return workOf(plan).flatMap((subtask) => {
    const result = run.board.result(subtask.id);
    if (result?.outcome === "done") return [];
    return [
      {
        subtask: subtask.id,
        title: subtask.title,
        outcome: result?.outcome ?? "not run",
        cause: result?.cause ?? null,
      },
    ];
  });
}
