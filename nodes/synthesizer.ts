/**
 * Node `synthesizer`: the answer, with its coverage and checked citations. What stands as an answer already (the artifact that was to
 * be made, the one result) is taken as it is; else a model makes one from the results. When no model call is left or none succeeds,
 * code puts the results side by side and says so. Where a human has to approve the answer, it is a draft, and the run ends after
 * `answer-review`.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { answerId, asMarkdown, deliverableOf, wordId, type Deliverable } from "../engine/policy/answer/deliverable.ts";
import type { Answer } from "../engine/policy/answer/plain-answer.ts";
import { coverageIn, missingIn, publishAnswer, publishResult } from "../engine/runtime/coordinator/publish-answer.ts";
import { writeAnswer, writtenArtifacts } from "../engine/runtime/coordinator/write-answer.ts";
import { planOf, type Run, type Services } from "../engine/runtime/run/run.ts";
import { isReplay } from "../engine/runtime/langgraph/host-config.ts";
import { isShownInBlocks, isStreamed, showInBlocks } from "../engine/runtime/langgraph/stream-events.ts";
import type { SwarmState, SwarmUpdate } from "../state/swarm-state.ts";
import { synthesizerReading } from "../tools/synthesizer-reading.ts";
import { readsByRule } from "../engine/ports/models.ts";

export function synthesizer(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state, config);
    const ended = isReplay(config.configurable) ? undefined : await run.record.end();
    if (ended !== undefined) return publishResult(run, ended);
    const rejected = state.draft ?? undefined;
    // Taken along by a fork that leaves from where it waited for a human.
    if (rejected?.reasons.length === 0 && run.options.approve.includes("answer")) return { draft: rejected };
    const stands = rejected === undefined ? await standing(run, config) : undefined;
    const { text, by, streamedAs } = stands ?? (await written(run, state, { ...services, config }));
    if (run.options.approve.includes("answer")) return { draft: { text, by, reasons: rejected?.reasons ?? [] } };
    // Providers repeat ids, and a message replaces one with its id.
    const hasOwnId = isShownInBlocks(config) || state.messages.some(({ id }) => id === streamedAs);
    const update = await publishAnswer(run, {
      written: text,
      by,
      checks: state.checks,
      streamedAs: hasOwnId ? undefined : streamedAs,
    });
    // What checks and coverage add was not streamed.
    showInBlocks({ id: answerId(run.question), text: update.answer ?? "" }, config);
    return update;
  };
}

/** What stands as the answer already; undefined: nothing does. */
async function standing(run: Run, config: LangGraphRunnableConfig): Promise<Answer | undefined> {
  const plan = planOf(run);
  const lookup = (id: string) => run.shared.board.result(id);
  const found = deliverableOf(plan, { lookup, written: writtenArtifacts(run) });
  if (found === undefined) return undefined;
  const { notice } = run.team.model;
  if (found.kind === "artifact") {
    const content = await contentOf(run, found.name);
    const text = asMarkdown(content, run.shared.artifacts.rules(found.name).type !== "text");
    return { text: notice === undefined ? text : `${text}\n\n${notice}`, by: "model" };
  }
  // It words the one result too: that costs nothing.
  if (readsByRule(run.team.model)) return undefined;
  const { steps = 0 } = run.shared.board.result(found.subtask) ?? {};
  const streamedAs = isStreamed(config) && steps > 0 ? wordId(run.question, steps - 1) : undefined;
  return { ...onlyResult(run, found), streamedAs };
}

function contentOf({ shared: { artifacts } }: Run, name: string): Promise<string> {
  return artifacts.content(name, artifacts.records[name]?.version ?? 0);
}

function onlyResult(run: Run, { subtask }: Extract<Deliverable, { kind: "result" }>): Answer {
  const result = run.shared.board.result(subtask);
  const isJson = run.shared.board.subtask(subtask)?.expects !== undefined;
  const isByHuman = run.team.agent(result?.agent ?? "")?.kind === "human";
  return { text: asMarkdown(result?.output ?? "", isJson), by: isByHuman ? "human" : "model" };
}

function written(
  run: Run,
  { draft, answer, answeredBy }: SwarmState,
  { clock, config }: Pick<Services, "clock"> & { config: LangGraphRunnableConfig },
): Promise<Answer> {
  const plan = planOf(run);
  return writeAnswer(run, {
    plan,
    coverage: coverageIn(run),
    missing: missingIn(run, plan),
    clock,
    config,
    rejected: draft ?? undefined,
    earlier: { text: answer, by: answeredBy ?? undefined },
    reading: synthesizerReading(run, { clock, config }),
  });
}
