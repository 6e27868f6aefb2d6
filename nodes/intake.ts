/**
 * Node `intake`: what is asked, under which id, with which options. Begins the run; owns nothing that comes later.
 * Running it twice (a crash after it) gives the same id and begins nothing twice.
 */
import { HumanMessage, type BaseMessage } from "@langchain/core/messages";
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { asksOf } from "../engine/permissions/narrow.ts";
import type { RunHandle, Services } from "../engine/ports/run.ts";
import { SwarmError } from "../state/errors.ts";
import type { SwarmState, SwarmUpdate } from "../state/swarm-state.ts";
import { approvedTools } from "../tools/asked-calls.ts";

export function intake(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const task = taskOf(state);
    const runId = state.runId === "" ? threadOf(config, services) : successorOf(state.runId);
    const options = services.permit(asksOf(state, config));
    const run = await services.runs.begin(runId, { task, run: options, plan: state.plan ?? undefined }, config);
    refuseUnknownTools(run);
    const said = lastHumanText(state.messages) === task;
    return {
      runId,
      task,
      asked: task,
      plan: null,
      planned: null,
      planVersion: 0,
      rejection: null,
      assignments: [],
      parked: [],
      checks: [],
      draft: null,
      answer: "",
      status: "planning",
      coverage: {},
      ...(said ? {} : { messages: [new HumanMessage({ id: `${runId}/task`, content: task })] }),
    };
  };
}

/** A name with a slip in it would let the tool run unasked. */
function refuseUnknownTools({ options, tools }: RunHandle): void {
  const unknown = approvedTools(options.approve).find((name) => !tools.has(name));
  if (unknown === undefined) return;
  throw new SwarmError("CONFIG_INVALID", `approve: the run has no tool "${unknown}"`, {
    next: `choose from ${[...tools.keys()].join(", ")}`,
  });
}

/** A task that is new on this thread; else the newest human message; else the same task again. */
function taskOf(state: SwarmState): string {
  const given = state.task.trim();
  const said = lastHumanText(state.messages);
  const planned = typeof state.plan?.["task"] === "string" ? state.plan["task"].trim() : "";
  const task = given !== "" && given !== state.asked ? given : (said ?? "") || given || planned;
  if (task.trim() === "") {
    throw new SwarmError("USAGE", "the task is empty", { next: 'give a "task", or a human message in "messages"' });
  }
  return task.trim();
}

function lastHumanText(messages: readonly BaseMessage[]): string | undefined {
  return messages.findLast((message) => HumanMessage.isInstance(message))?.text.trim();
}

function threadOf(config: LangGraphRunnableConfig, services: Services): string {
  const thread: unknown = config.configurable?.["thread_id"];
  return typeof thread === "string" && thread !== "" ? thread : services.runs.newId();
}

/** `id` → `id~2` → `id~3`: the runs that follow one another on a thread. */
function successorOf(runId: string): string {
  const [, base, number] = /^(.*?)(?:~(\d+))?$/s.exec(runId) ?? [];
  return `${base ?? runId}~${Number(number ?? 1) + 1}`;
}
