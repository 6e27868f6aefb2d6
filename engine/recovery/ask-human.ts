/**
 * Asks a human, and takes only an answer that fits. LangGraph keeps what a thread was resumed with: a node that threw at a bad
 * answer would meet it again at every later resume, and the thread could never go on. So it is asked again, and told why.
 */
import { interrupt } from "@langchain/langgraph";
import { SwarmError } from "../../state/errors.ts";
import type { HumanRequest } from "../../state/review.ts";

/** `read` throws a SwarmError that is the user's fault for an answer that does not fit. Throws LangGraph's interrupt. */
export function askHuman<Answer>(request: HumanRequest, read: (answer: unknown) => Answer): Answer {
  let asked = request;
  for (;;) {
    const answer: unknown = interrupt(asked);
    try {
      return read(answer);
    } catch (error) {
      if (!(error instanceof SwarmError) || error.fault !== "user") throw error;
      asked = withProblem(request, error.message);
    }
  }
}

/** In the description too, since that is what front ends show. */
function withProblem(request: HumanRequest, problem: string): HumanRequest {
  const action_requests = request.action_requests.map((action) => ({
    ...action,
    description: `Your answer could not be used: ${problem}. ${action.description}`,
  }));
  return { ...request, problem, action_requests };
}
