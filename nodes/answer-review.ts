/**
 * Node `answer-review`: with `approve: answer` the written answer waits for a human. Approve publishes it, edit publishes the
 * human's, reject sends the reason back to the synthesizer. The run ends here, after the approval and not before.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { coverageIn, publishAnswer } from "../engine/runtime/coordinator/publish-answer.ts";
import type { Run, Services } from "../engine/runtime/run/run.ts";
import { askHuman } from "../engine/runtime/people/ask-human.ts";
import { SwarmError } from "../state/errors.ts";
import { coverageSentence } from "../state/outcome.ts";
import { readDecision, requestOf, type HumanRequest, type ReviewDecision } from "../state/review.ts";
import type { Draft, SwarmState, SwarmUpdate } from "../state/swarm-state.ts";
import { hash } from "node:crypto";

/** How often an answer goes back to the synthesizer; then it is approved or edited. */
const MOST_REWRITES = 3;

export function answerReview(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state, config);
    const { checks } = state;
    const draft = state.draft as Draft;
    const request = askingFor(run, draft);
    const digest = hash("sha256", draft.text);
    const { answer: review, by } = await askHuman(run, {
      // A later resume of a partial run writes another answer under the same count of rewrites.
      key: `${draft.reasons.length}/${digest.slice(0, 16)}`,
      request,
      about: { rewrites: draft.reasons.length, digest, characters: draft.text.length },
      read: (given) => read(given, request),
      record: (decision) => ({ decision }),
    });
    if (review.type === "approve")
      return publishAnswer(run, { written: draft.text, by: draft.by, checks, isUnapproved: by === "default" });
    if (review.type === "edit")
      return publishAnswer(run, { written: String(review.edited_action.args["answer"]), by: "human", checks });
    return { draft: { ...draft, reasons: [...draft.reasons, review.message ?? "rejected without a reason"] } };
  };
}

function askingFor(run: Run, { text, reasons }: Draft): HumanRequest {
  const isLast = reasons.length >= MOST_REWRITES;
  const again = isLast ? ` It has been rewritten ${MOST_REWRITES} times: approve it, or edit it.` : "";
  const description = `Publish this answer? Coverage: ${coverageSentence(coverageIn(run))}.${again}`;
  return requestOf({
    kind: "answer",
    actions: [{ name: "publish_answer", args: { answer: text }, description }],
    allowed: isLast ? ["approve", "edit"] : ["approve", "edit", "reject"],
  });
}

/** Throws SwarmError ANSWER_INVALID: the human is asked again. */
function read(given: unknown, request: HumanRequest): ReviewDecision {
  const decision = readDecision(given, request, `it has been rewritten ${MOST_REWRITES} times: approve it, or edit it`);
  const edited = decision.type === "edit" ? decision.edited_action.args["answer"] : "unchanged";
  if (typeof edited === "string" && edited.trim() !== "") return decision;
  throw new SwarmError("ANSWER_INVALID", "an edit needs args.answer, the text that is to be published");
}
