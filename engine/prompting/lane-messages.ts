/**
 * What opens a lane's conversation: made anew from the plan and the board at each turn, the same to the byte each time, so
 * that the state need not hold it. Results that it names have been committed, and do not change.
 */
import type { BaseMessage } from "@langchain/core/messages";
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { Subtask } from "../../state/plan.ts";
import type { RunHandle } from "../ports.ts";
import { artifactsSection } from "./artifact-notes.ts";
import { agentSystemMessage, subtaskMessage } from "./agent-prompt.ts";
import { condenseMessage, condenseSystemMessage, type ResultExcerpt } from "./synthesizer-prompt.ts";

/** System and human message of a work subtask. */
export function workMessages(run: RunHandle, facts: { subtask: Subtask; agent: AgentProfile }): BaseMessage[] {
  const { subtask, agent } = facts;
  // What was split is given the parts' results: the inputs have gone into them, unless no part came to anything.
  const isJoined = subtask.parts?.some((id) => run.board.result(id)?.outcome === "done") === true;
  const given = isJoined ? (subtask.parts as string[]) : subtask.dependsOn;
  const results = given.flatMap((id) => run.board.result(id) ?? []);
  const skills = agent.skills.flatMap((name) => run.skills.get(name) ?? []);
  return [
    agentSystemMessage({ agent, skills, task: run.task, cites: run.documents !== undefined }),
    subtaskMessage({
      subtask,
      inputs: results.filter(({ outcome }) => outcome === "done"),
      missing: results.filter(({ outcome }) => outcome !== "done"),
      artifacts: artifactsSection(subtask, (name) => run.artifacts.rules(name)),
    }),
  ];
}

/** System and human message of a call that condenses results for a reduce subtask. */
export function reduceMessages(run: RunHandle, subtask: Subtask, results: readonly ResultExcerpt[]): BaseMessage[] {
  return [condenseSystemMessage(run.task), condenseMessage({ subtask: subtask.id, results })];
}
