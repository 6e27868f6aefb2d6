/**
 * What a graph asks a person, in the conversation with it: a reply that calls for answers, each of which comes as a tool's answer would. So
 * it is on record, survives a crash, and comes again in a replay like any other turn. Pure.
 */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { ToolCall } from "@langchain/core/messages/tool";
import type { GraphInterrupt } from "../../ports/graphs.ts";
import { SwarmError } from "../../../state/errors.ts";
import { fieldOf, isRecord } from "../../../state/is-record.ts";
import { onlyDecision, readDecisions, requestOf, type HumanRequest } from "../../../state/review.ts";

const CALL = "interrupt";
const SHOWN_CHARACTERS = 1000;

/** Of a reply that asks, what it says. */
export function askingIn(interrupts: readonly GraphInterrupt[]): { content: ""; tool_calls: ToolCall[] } {
  const tool_calls = interrupts.map(({ id, value }) => ({
    type: "tool_call" as const,
    name: CALL,
    id,
    args: { value: value ?? null },
  }));
  return { content: "", tool_calls };
}

/** A question of the last reply, and its place among them. */
export interface GraphQuestion extends GraphInterrupt {
  index: number;
  /** What became of it; undefined: nothing yet. */
  answer?: { value: unknown };
}

export function questionsIn(messages: readonly BaseMessage[]): GraphQuestion[] {
  const at = messages.findLastIndex((message) => AIMessage.isInstance(message));
  const reply = messages[at];
  if (reply === undefined || !AIMessage.isInstance(reply)) return [];
  const answers = messages.slice(at + 1).filter((message) => ToolMessage.isInstance(message));
  return (reply.tool_calls ?? []).map(({ id = "", args }, index) => {
    const answer = answers[index];
    const question = { id, value: args["value"] as unknown, index };
    return answer === undefined ? question : { ...question, answer: { value: JSON.parse(answer.text) as unknown } };
  });
}

/** `id`: of the message, its own in the conversation. */
export function answerMessage({ id: asked }: GraphQuestion, answer: unknown, id: string): ToolMessage {
  return new ToolMessage({ id, tool_call_id: asked, name: CALL, content: JSON.stringify(answer ?? null) });
}

/** A review, as LangChain's middleware asks for one, is asked as it is; of anything else it is said what the graph asks. */
export function questionRequest({ value }: GraphQuestion, asker: { agent: string; subtask: string }): HumanRequest {
  const { agent, subtask } = asker;
  const asked = typeof value === "string" ? value : JSON.stringify(value);
  if (isReview(value)) {
    // Kind and subtask are the lane's: a graph that is a swarm has its own.
    const { action_requests, review_configs } = value;
    return { kind: "tool", subtask, action_requests, review_configs, value };
  }
  const description = `${agent} asks for subtask ${subtask}: ${asked.slice(0, SHOWN_CHARACTERS)}`;
  const action = { name: "answer", args: { asked: value, answer: "" }, description };
  return { ...requestOf({ kind: "task", subtask, actions: [action] }), value };
}

export type GraphAnswer = { type: "answer"; value: unknown } | { type: "reject"; message?: string | undefined };

/**
 * Any answer is handed on as it was given. Of `decisions`, as chat front ends give them, an approval is `true`, an edit its `answer`
 * (else all of its args), and a rejection ends the subtask; those of a review are the graph's own.
 */
export function readGraphAnswer(given: unknown, request: HumanRequest): GraphAnswer {
  if (isReview(request.value)) {
    const { action_requests: actions } = request.value;
    const isGiven = Array.isArray(fieldOf(given, "decisions"));
    return { type: "answer", value: isGiven ? given : { decisions: readDecisions(given, actions.length) } };
  }
  if (!isRecord(given) || !Array.isArray(given["decisions"])) return { type: "answer", value: given };
  const decision = onlyDecision(given);
  if (decision.type === "reject") return { type: "reject", message: decision.message };
  if (decision.type === "approve") return { type: "answer", value: true };
  const { args } = decision.edited_action;
  if (args["answer"] === "") throw new SwarmError("ANSWER_INVALID", "args.answer is empty");
  return { type: "answer", value: "answer" in args ? args["answer"] : args };
}

type Review = Pick<HumanRequest, "action_requests" | "review_configs">;

function isReview(value: unknown): value is Review {
  return ["action_requests", "review_configs"].every((name) => Array.isArray(fieldOf(value, name)));
}
