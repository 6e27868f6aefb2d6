/** One subtask on its way: who takes it, its attempts, what went wrong and what was done about it, its result. */
import { z } from "zod";
import { OUTCOMES } from "../../state/outcome.ts";
import { ACTION_NAMES } from "../../state/recovery-policy.ts";
import { SIGNAL_KINDS } from "../../state/signal.ts";
import { WRITES } from "./artifact-events.ts";
import { PURPOSES } from "../ports/turns.ts";
import { amount, digest, duration, event, text, texts } from "./event-schema.ts";

const share = (meaning: string) => z.number().describe(`${meaning}, 0 to 1`);
const SCORE = z.object({
  skills: share("named skills"),
  text: share("likeness of the texts"),
  load: share("without work"),
  record: share("past outcomes"),
  total: share("their weighted sum"),
});

const KEPT_FROM = z
  .object({ run: z.string(), line: amount("of its journal"), steps: amount("that it took there") })
  .optional()
  .describe("where it was recorded: this run forks from that one, and has not run it");

export const LANE_EVENTS = {
  route: event("which agent a subtask goes to, and why", {
    agent: z.string().nullable().describe("its name; null: nobody fits"),
    rule: text("what decided"),
    candidates: z.array(z.object({ agent: z.string(), score: SCORE })).describe("who could take it, best first"),
    rejected: z.array(z.object({ agent: z.string(), reason: z.string() })).describe("who could not, and why"),
  }),
  park: event("a lane steps back since an input waits for a human; without a subtask: such lanes are routed again", {
    waitsFor: texts("inputs that wait").optional(),
    routedAgain: texts("subtasks that are sent again").optional(),
  }),
  "attempt-start": event("an agent begins with a subtask: its inputs exist and a slot is free", {
    agent: text("its name"),
  }),
  signal: event("something went wrong in a lane or with the coordinator", {
    kind: z.enum(SIGNAL_KINDS).describe("what"),
    evidence: text("one line"),
    agent: z.string().nullable().optional().describe("whose turn it was"),
    retryAfterMs: duration("how long the provider asks to be left alone").optional(),
    cap: z
      .object({ name: z.enum(["steps", "tokens", "usd"]), at: z.number().nullable() })
      .optional()
      .describe("the cap that refused, and how high it was"),
    purpose: z.enum(PURPOSES).optional().describe("of the coordinator's call"),
    check: text("the check that is violated").optional(),
    writes: WRITES.optional().describe("the writes that led to it"),
  }),
  recovery: event("what the policy did about a signal", {
    signal: z.enum(SIGNAL_KINDS).describe("which"),
    action: z.enum(ACTION_NAMES).describe("what is done"),
    rule: text("the rule of the policy that fired, with its count"),
    delayMs: duration("the wait before it"),
    model: text("the model to go on with").optional(),
    agent: text("to whom the subtask is reassigned").optional(),
    purpose: z.enum(PURPOSES).optional().describe("of the coordinator's call"),
    check: text("the check that is violated").optional(),
  }),
  compact: event("a conversation came near its model's window, or over it, or held much that is old", {
    reason: text("near the limit, overflow, or old answers"),
    limitTokens: amount("tokens that a prompt may have"),
    beforeTokens: amount("tokens, estimated"),
    afterTokens: amount("tokens, estimated"),
    answers: amount("tool answers that were taken out"),
    turns: amount("turns that were taken out"),
    by: z.enum(["references", "summary", "outline"]).describe("what stands in their place"),
  }),
  "attempt-end": event("how an attempt ended", {
    agent: text("its name"),
    outcome: z.enum(OUTCOMES).describe("how"),
    cause: z.string().nullable().describe("why it was not done"),
    steps: amount("model turns of the lane"),
    keptFrom: KEPT_FROM,
    again: z.boolean().optional().describe("the database had lost an end of this attempt"),
  }),
  citations: event("the citations of a text were held against the documents", {
    of: z.enum(["result", "artifact", "draft", "answer"]).describe("what the text is"),
    name: text("of the artifact").optional(),
    total: amount("citations"),
    verified: amount("those whose words stand where they are cited"),
    unsupported: amount("verified ones beside which a number, a date or a name is said that does not stand there"),
    content: digest("of what was found, as JSON"),
  }),
  publish: event("a result goes to the board", {
    accepted: z.boolean().describe("false: a late result of an older attempt, not applied"),
    outcome: z.enum(OUTCOMES).describe("how the subtask ended"),
    characters: amount("of the output"),
    digest: digest("of the output").optional(),
    startedAt: text("ISO 8601: when its inputs were there and a slot was free").optional(),
    endedAt: text("ISO 8601: when it was published").optional(),
    waitedForSlotMs: duration("for an agent slot or a model slot").optional(),
    keptFrom: KEPT_FROM,
    again: z.boolean().optional().describe("the database had lost an end of this attempt"),
  }),
};
