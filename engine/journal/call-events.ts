/** Calls of models and tools: what was set aside for each, what came back, what it cost. */
import { z } from "zod";
import { SIGNAL_KINDS } from "../../state/signal.ts";
import { PURPOSES } from "../ports/turns.ts";
import { amount, digest, duration, event, text, texts } from "./event-schema.ts";

/**
 * `timeout`: past the tool's own limit. `ended`: with its lane. `denied`: by a human. `not-run`: it stands for the calls beyond the
 * most that one turn may have.
 */
export const CALL_OUTCOMES = [
  "ok",
  "unknown-tool",
  "invalid-arguments",
  "tool-error",
  "timeout",
  "ended",
  "denied",
  "not-run",
] as const;

const TOKENS = z.object({ inputTokens: amount("tokens"), outputTokens: amount("tokens") });

export const USAGE = z.object({
  steps: amount("model turns"),
  modelCalls: amount("calls that left"),
  inputTokens: amount("tokens"),
  cachedInputTokens: amount("tokens of the input that the provider's cache served"),
  outputTokens: amount("tokens"),
  usd: amount("US dollars"),
});

export const CALL_EVENTS = {
  reserve: event("written before a model call goes out: the most that it can cost", {
    id: text("of the call; its reply has it too"),
    purpose: z.enum(PURPOSES).describe("for whom"),
    agent: text("who asks, in a lane").optional(),
    secondAttempt: z.boolean().optional().describe("it races a slow one"),
    model: text("the model that is called"),
    steps: amount("model turns, at most: 1, more of a graph"),
    inputTokens: amount("tokens, at most"),
    outputTokens: amount("tokens, at most"),
    usd: amount("US dollars, at most"),
    asked: TOKENS.optional().describe("what the call is asked to keep to, where more is set aside"),
    accounts: texts("sub-budgets that it draws on").optional(),
    messages: digest("of what is asked: its last message, which leads to those before it").optional(),
    maxOutputTokens: amount("tokens that the reply may have, where a cap says so").optional(),
    tools: digest("of the tools that the reply may call").optional(),
    artifacts: amount("writes to shared artifacts that the asking step has seen").optional(),
  }),
  "model-call": event("a model call has come back", {
    id: text("as reserved"),
    model: text("the model that was called"),
    ms: duration("from the request to the end of the answer"),
    gapMs: duration("the longest time in which nothing came"),
    waitedMs: duration("how long it waited for a slot"),
    calls: texts("tools that the reply calls").optional(),
    characters: amount("of the reply's text").optional(),
    reply: digest("of the reply, as the message that follows what was asked").optional(),
    finish: text("why the model ended, in the provider's words").optional(),
    signal: z.enum(SIGNAL_KINDS).optional().describe("what went wrong"),
    evidence: text("of that, one line").optional(),
    retryAfterMs: duration("how long the provider asks to be left alone").optional(),
  }),
  settle: event("what that call has cost", {
    id: text("as reserved"),
    usage: USAGE.describe("as the provider says, else the most that it can be"),
    lost: z.boolean().optional().describe("its process died: booked in full"),
    estimated: z.boolean().optional().describe("the provider did not say"),
  }),
  "tool-call": event("one tool call of an agent and its outcome", {
    tool: text("its name"),
    call: text("its id in the reply that made it").optional(),
    turn: amount("step of the lane").optional(),
    args: z.unknown().optional().describe("as the model gave them"),
    kept: z
      .object({ digest: z.string(), characters: z.number(), bytes: z.number(), beginning: z.string() })
      .optional()
      .describe("in place of long ones: where their JSON is in the contents"),
    outcome: z.enum(CALL_OUTCOMES).describe("`ok`, or what went wrong"),
    ms: duration("how long it took"),
    characters: amount("of the answer"),
    digest: text("of what the model was shown of the answer: equal ones have equal ones").optional(),
    answer: digest("of the whole answer").optional(),
    artifacts: amount("writes to shared artifacts that the step has seen").optional(),
  }),
  "limit-change": event("the number of model calls let through at once has changed", {
    endpoint: text("with a hash of its key"),
    limit: amount("model calls in flight at most, from now on"),
    reason: text("one line"),
    requestsPerMinute: amount("requests a minute at most").optional(),
    tokensPerMinute: amount("tokens a minute at most").optional(),
  }),
  "usage-unreported": event("a model does not say what a call has used: its calls under a cap are booked in full", {
    model: text("the model that was called"),
  }),
};
