/**
 * Node `intake`: what is asked, under which id, with which options. Begins the run; owns nothing that comes later. New input is a
 * new run, whatever thread it comes by; only a question that was begun and not answered goes on (docs/decisions/0025).
 * Running it twice (a crash after it) gives the same id and begins nothing twice.
 */
import { HumanMessage } from "@langchain/core/messages";
import { Overwrite, type LangGraphRunnableConfig } from "@langchain/langgraph";
import { asksOf } from "../engine/policy/permissions/narrow.ts";
import { unanswerable } from "../engine/runtime/run/effects.ts";
import type { Services } from "../engine/runtime/run/run.ts";
import { SwarmError } from "../state/errors.ts";
import type { RunOptions } from "../state/run-options.ts";
import { checkpointerIn } from "../engine/runtime/langgraph/host-config.ts";
import { lastHumanText, questionIn, threadIn } from "../state/question.ts";
import { NOTHING_DONE, type SwarmState, type SwarmUpdate } from "../state/swarm-state.ts";

/** Characters. What is longer is material, and belongs into documents. */
const MOST_TASK = 10_000_000;

export function intake(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const question = questionIn(state);
    const { task } = question;
    if (task.length > MOST_TASK)
      throw new SwarmError("USAGE", `the task has ${task.length} characters, more than ${MOST_TASK}`, {
        next: "ask the question alone and give its material as documents (--docs)",
      });
    const options = services.permit(asksOf(state, config));
    refuseUnanswerable(options, config);
    const first = state.runId === "" ? (threadIn(config.configurable) ?? services.runs.newId()) : state.runId;
    const run = await services.runs.begin(first, { ...question, run: options }, config);
    const isInMessages = lastHumanText(state.messages) === task;
    const isNew = run.id !== state.runId;
    return {
      runId: run.id,
      task,
      asked: task,
      ...NOTHING_DONE,
      ...(isNew ? { lanes: new Overwrite({}), artifacts: new Overwrite({}) } : {}),
      ...(isInMessages ? {} : { messages: [new HumanMessage({ id: `${run.question.birth}/task`, content: task })] }),
    };
  };
}

/** A question waits in a checkpoint. Throws SwarmError USAGE where people are to be asked and none is kept. */
function refuseUnanswerable({ approve, unattended }: RunOptions, { configurable }: LangGraphRunnableConfig): void {
  if (approve.length === 0 || unattended || checkpointerIn(configurable) !== undefined) return;
  throw unanswerable(`approve (${approve.join(", ")})`);
}
