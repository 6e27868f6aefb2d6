/**
 * Asks a human, on record, and takes only an answer that fits. LangGraph keeps what a thread was resumed with: a node that threw
 * at a bad answer would meet it again at every later resume, and the thread could never go on. So it is asked again, and told why.
 *
 * 1. The question is in the journal before it is asked; the answer once it has been carried out. Both once, however often the
 *    node runs.
 * 2. In an unattended run nobody is waited for: the answer is the default of `denialOf`, with `by: "default"` on record.
 */
import { SwarmError } from "../../../state/errors.ts";
import type { HumanRequest, ReviewDecision } from "../../../state/review.ts";
import type { DataOf } from "../../journal/events.ts";
import type { Said } from "../run/effects.ts";
import type { Run } from "../run/run.ts";

/** What stands in place of a human's reason. */
export const NOBODY = "nobody was there to answer";

export interface Question<Answer> {
  /** The same each time that the node asks this, another for each new question of its kind. */
  key: string;
  request: HumanRequest;
  attempt?: number;
  /** What the journal says of the question, beside its kind. */
  about: Omit<DataOf<"interrupt">, "kind">;
  /** Throws a SwarmError that is the user's fault for an answer that does not fit. */
  read: (answer: unknown) => Answer;
  /** What the journal says of the answer, beside the kind. */
  record: (answer: Answer) => Omit<DataOf<"resume">, "kind" | "by">;
  /** What the answer changes outside the node; may be done twice. */
  carryOut?: (answer: Answer) => Promise<void>;
}

export type Answered<Answer> = Pick<Said, "by"> & { answer: Answer };

/** Throws LangGraph's interrupt while there is no answer that fits. */
export async function askHuman<Answer>(run: Run, question: Question<Answer>): Promise<Answered<Answer>> {
  const { key, request, attempt, about, record } = question;
  const { kind } = request;
  const place = {
    ...(request.subtask === null ? {} : { subtask: request.subtask }),
    ...(attempt === undefined ? {} : { attempt }),
  };
  await run.record.once(`interrupt/${kind}/${key}`, { kind: "interrupt", ...place, data: { kind, ...about } });
  const { given, by, answer } = answerTo(request, question.read, (asked) =>
    run.options.unattended ? { given: denialOf(request), by: "default" } : run.effects.answer(`${kind}/${key}`, asked),
  );
  await question.carryOut?.(answer);
  await run.record.once(`resume/${kind}/${key}`, {
    kind: "resume",
    ...place,
    data: {
      kind,
      ...record(answer),
      answer: run.shared.contents.add(JSON.stringify(given)),
      ...(by === "default" ? { by } : {}),
    },
  });
  return { answer, by };
}

/** No to everything; an answer is published all the same, since it is there. Pure. */
export function denialOf({ kind, action_requests }: HumanRequest): { decisions: ReviewDecision[] } {
  return {
    decisions: action_requests.map(() =>
      kind === "answer" ? { type: "approve" as const } : { type: "reject" as const, message: NOBODY },
    ),
  };
}

/** As it was given, and as it was read. */
function answerTo<Answer>(
  request: HumanRequest,
  read: (answer: unknown) => Answer,
  ask: (request: HumanRequest) => Said,
): Said & { answer: Answer } {
  let asked = request;
  for (;;) {
    const said = ask(asked);
    try {
      return { ...said, answer: read(said.given) };
    } catch (error) {
      if (said.by === "default" || !(error instanceof SwarmError) || error.fault !== "user") throw error;
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
