/**
 * What a model call puts on record: the line before it leaves, with what is asked, and the two once it is over, with what came. Contents
 * stand beside the journal. Owns no order: `ModelTurns` says when each is written.
 */
import type { AIMessage } from "@langchain/core/messages";
import type { Signal } from "../../../state/signal.ts";
import type { Usage } from "../../../state/usage.ts";
import type { DataOf, JournalEntry, Place } from "../../journal/events.ts";
import { recordConversation, recordMessages, recordTools } from "../../journal/recorded-messages.ts";
import type { Reservation } from "../../policy/budget/ledger.ts";
import { MOST_CALLS } from "../../policy/reply/reply-message.ts";
import type { Contents } from "../../ports/board.ts";
import type { ResolvedModel } from "../../ports/models.ts";
import type { TurnRequest } from "../../ports/turns.ts";
import type { Answer } from "./stream-reply.ts";
import { defined } from "../../../state/is-record.ts";
import { messageText } from "../../../state/plain-text.ts";

interface Asked {
  request: TurnRequest;
  reservation: Reservation;
}

interface FinishedCall extends Asked {
  model: ResolvedModel;
  waitedMs: number;
  answer: Answer;
  usage: Usage;
  ms: number;
}

/** Where in the plan a line of the journal belongs. */
export function placeOf({ lane }: TurnRequest): Place {
  return lane === undefined ? {} : { subtask: lane.subtask, attempt: lane.attempt };
}

/** `isSecond`: it races a slow one. */
export function reserveEntry(
  contents: Contents,
  { request, reservation, isSecond }: Asked & { isSecond: boolean },
): JournalEntry {
  const { purpose, prompt, lane } = request;
  const { isCapped, asked } = reservation;
  const given: Partial<DataOf<"reserve">> = {
    agent: lane?.agent,
    secondAttempt: isSecond || undefined,
    artifacts: lane?.artifacts === 0 ? undefined : lane?.artifacts,
    messages: recordConversation(contents, prompt.messages),
    tools: recordTools(contents, prompt.tools),
    maxOutputTokens: isCapped ? asked.outputTokens : undefined,
  };
  return { ...placeOf(request), kind: "reserve", data: { purpose, ...reserveData(reservation), ...defined(given) } };
}

export function callEntries(
  contents: Contents,
  { request, model, reservation, waitedMs, answer, usage, ms }: FinishedCall,
): JournalEntry[] {
  const { id } = reservation;
  const message = answer.kind === "failed" ? undefined : answer.message;
  const replied = message === undefined ? {} : replyData(contents, request, message);
  const signal = answer.kind === "reply" ? {} : signalData(answer.signal);
  const data = { id, model: model.id, ms, gapMs: answer.gapMs, waitedMs, ...replied, ...signal };
  return [
    { ...placeOf(request), kind: "model-call", data },
    { ...placeOf(request), kind: "settle", data: settleData(id, usage, answer.counted !== undefined) },
  ];
}

function replyData(contents: Contents, { prompt }: TurnRequest, message: AIMessage): Partial<DataOf<"model-call">> {
  const finish: unknown = message.response_metadata["finish_reason"];
  return defined({
    calls: message.tool_calls?.slice(0, MOST_CALLS).map(({ name }) => name) ?? [],
    characters: messageText(message).length,
    reply: recordMessages(contents, [message], recordConversation(contents, prompt.messages)),
    finish: typeof finish === "string" ? finish : undefined,
  });
}

function signalData({ kind, evidence, retryAfterMs }: Signal): Partial<DataOf<"model-call">> {
  return defined({ signal: kind, evidence, retryAfterMs });
}

/** The data of a `reserve` line. `asked` only where more was reserved than the call may use; `accounts` only where it draws on some. */
export function reserveData(reservation: Reservation): Omit<DataOf<"reserve">, "purpose"> {
  const { id, model, steps, inputTokens, outputTokens, usd, asked, accounts } = reservation;
  const isEnlarged = inputTokens > asked.inputTokens || outputTokens > asked.outputTokens;
  return {
    id,
    model,
    steps,
    inputTokens,
    outputTokens,
    usd,
    ...(isEnlarged ? { asked } : {}),
    ...(accounts.length === 0 ? {} : { accounts: [...accounts] }),
  };
}

/** The data of a `settle` line. `estimated`: the provider did not say. */
export function settleData(id: string, usage: Usage, isReported: boolean): DataOf<"settle"> {
  return { id, usage, ...(isReported ? {} : { estimated: true }) };
}
