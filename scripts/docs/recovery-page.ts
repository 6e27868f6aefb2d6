/**
 * `docs/reference/recovery.md`: what happens by default when something goes wrong. Actions are described by the comments of
 * state/recovery-policy.ts, which also holds their limits.
 */
import ts from "typescript";
import { z } from "zod";
import { DEFAULT_RECOVERY, OUTCOME_OF_SIGNAL } from "../../engine/policy/recovery/policy.ts";
import { RecoveryAction } from "../../state/recovery-policy.ts";
import { SIGNAL_KINDS, type SignalKind } from "../../state/signal.ts";
import { markdownTable } from "./markdown-table.ts";
import { leadingComment, sourceFile, visit } from "./source-file.ts";

/** A signal that is added has to be told of here: the types ask for it. */
const MEANINGS: Record<SignalKind, string> = {
  "rate-limit": "the provider says: too many calls",
  quota: "the account has nothing left",
  timeout: "the provider took too long",
  server: "the provider failed (5xx)",
  network: "the provider cannot be reached",
  auth: "the key is refused",
  endpoint: "what answers at the base URL is no chat completions endpoint",
  model: "the endpoint does not have the model, or not for this account",
  "context-overflow": "the conversation does not fit the model",
  "content-filter": "the provider's filter refused the call or the reply",
  parameter: "the endpoint refuses an optional part of the request, which is left out from then on",
  "bad-request": "the provider refused the call as it was put",
  "truncated-stream": "the reply broke off",
  "output-limit": "the reply reached the most tokens that it may have",
  "empty-answer": "a reply without text and without a tool call",
  "malformed-answer": "a reply that is not what the protocol says",
  "tool-error": "all tool calls of a step failed",
  "unknown-tool": "a call of a tool that does not exist, or that the agent is not granted",
  "invalid-arguments": "a tool call with arguments that do not fit",
  "invalid-output": "the output does not fit what the subtask `expects`",
  "check-failed": "the output did not pass a check",
  "broken-citation": "words that do not stand where they are cited; what still has such is a result all the same",
  announced: "the reply says what the agent is going to do, and it does not do it",
  declined: "the reply is a short refusal",
  uncited: "the reply says what documents state, and cites none of them; it is the result once that was asked for",
  "invariant-violated": "the artifacts break an invariant of the plan",
  refusal: "the model will not do it",
  "not-found": "the agent has looked, and says that the answer is not there",
  "agent-failed": "the agent says that it cannot",
  "agent-error": "the agent's code or its model client threw",
  idle: "no token and no event for too long",
  loop: "the same calls with the same answers, again and again",
  "no-progress": "steps that bring nothing new",
  straggler: "a call that takes far longer than those of its siblings",
  deadline: "the run's time is over",
  "steps-exceeded": "no result within the steps that the subtask or its agent has",
  budget: "a cap of the run is reached",
  cancelled: "the caller stopped the run",
  "lost-worker": "who worked on the lane is gone",
};

export function recoveryPage(): string {
  const rows = SIGNAL_KINDS.map((kind) => [
    `\`${kind}\``,
    MEANINGS[kind],
    actionsOf(kind),
    `\`${OUTCOME_OF_SIGNAL[kind]}\``,
    OUTCOME_OF_SIGNAL[kind] === "infra" ? "yes" : "no",
  ]);
  const described = actionComments();
  const actions = RecoveryAction.options.map((option) => {
    const { properties } = z.toJSONSchema(option, { io: "input" }) as { properties: Record<string, Limits> };
    const { do: name, ...limits } = properties;
    const what = described.get(name?.const ?? "") || "ends the lane with the signal's outcome";
    return [`\`${name?.const}\``, what, Object.entries(limits).map(limit).join(", ")];
  });
  return `# Recovery

A signal is something that went wrong, with its evidence. The policy names, for each signal, actions in order: the first whose
limit is not used up is taken, and where none is left the lane ends with the outcome. Limits count over the whole lane, across
its attempts. Every firing is a \`recovery\` line in the journal.

${markdownTable(["signal", "what happened", "default policy", "outcome in the end", "infrastructure"], rows)}

## Actions

${markdownTable(["action", "what it does", "limits"], actions)}

A policy of your own stands under \`recovery\` in the file of \`--config\`, or in the option of that name of \`createSwarm\`; what it
does not name keeps its default, and an empty list means: give up at once.
`;
}

function actionsOf(kind: SignalKind): string {
  return [...(DEFAULT_RECOVERY[kind] ?? []).map(inWords), "give up"].join(", then ");
}

function inWords(action: RecoveryAction): string {
  if (action.do === "retry") {
    const pause = action.backoffMs === 0 ? "at once" : `after ${action.backoffMs} to ${action.maxBackoffMs} ms`;
    return `retry ${action.max}× ${pause}`;
  }
  return "max" in action ? `${action.do} ${action.max}×` : action.do;
}

interface Limits {
  type?: string;
  const?: string;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  default?: number;
}

function limit([name, { type, minimum, maximum, maxItems, default: standard }]: [string, Limits]): string {
  const values = type === "array" ? `a list of up to ${maxItems}` : `${minimum} to ${maximum}`;
  return `\`${name}\` ${values}${standard === undefined ? "" : ` (default ${standard})`}`;
}

/** The comment in front of each action of the schema, by the action's name. */
function actionComments(): Map<string, string> {
  const comments = new Map<string, string>();
  visit(sourceFile("state/recovery-policy.ts"), (node) => {
    const name = ts.isCallExpression(node)
      ? /^strictObject\(\{\s*do: z\.literal\("([^"]+)"\)/.exec(node.getText())?.[1]
      : undefined;
    if (name !== undefined) comments.set(name, leadingComment(node));
  });
  return comments;
}
