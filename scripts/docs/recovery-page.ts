/** `docs/generated/recovery.md`: what happens by default when something goes wrong in a lane. */
import { z } from "zod";
import { DEFAULT_RECOVERY, OUTCOME_OF_SIGNAL, RecoveryAction } from "../../engine/recovery/policy.ts";
import { INFRASTRUCTURE_SIGNALS, SIGNAL_KINDS, type SignalKind } from "../../state/signal.ts";
import { markdownTable } from "./markdown-table.ts";

const MEANINGS: Record<SignalKind, string> = {
  "rate-limit": "the provider says: too many calls",
  quota: "the account has nothing left, or may not use the model",
  timeout: "the provider took too long",
  server: "the provider failed (5xx)",
  network: "the provider cannot be reached",
  auth: "the key is refused",
  "context-overflow": "the conversation does not fit the model",
  "content-filter": "the provider's filter refused the call or the reply",
  "bad-request": "the provider refused the call as it was put",
  "truncated-stream": "the reply broke off",
  "output-limit": "the reply reached the most tokens that it may have",
  "empty-answer": "a reply without text and without a tool call",
  "malformed-answer": "a reply that is not what the protocol says",
  "invalid-output": "the output does not fit what the subtask `expects`",
  "agent-failed": "the agent says that it cannot",
  "agent-error": "the agent's code or its model client threw",
  "steps-exceeded": "no result within the steps that the subtask or its agent has",
  idle: "no progress for too long (nothing raises it yet)",
  deadline: "the run's time is over",
  budget: "a cap of the run is reached",
  cancelled: "the caller stopped the run",
};

export function recoveryPage(): string {
  const rows = SIGNAL_KINDS.map((kind) => [
    `\`${kind}\``,
    MEANINGS[kind],
    actionsOf(kind),
    `\`${OUTCOME_OF_SIGNAL[kind]}\``,
    INFRASTRUCTURE_SIGNALS.has(kind) ? "yes" : "no",
  ]);
  const actions = RecoveryAction.options.map((option) => {
    const { properties } = z.toJSONSchema(option, { io: "input" }) as { properties: Record<string, Limits> };
    const { do: name, ...limits } = properties;
    return [
      `\`${name?.const}\``,
      ACTIONS[name?.const as RecoveryAction["do"]],
      Object.entries(limits).map(limit).join(", "),
    ];
  });
  return `# Recovery

A signal is something that went wrong, with its evidence. The policy names, for each signal, actions in order: the first whose
limit is not used up is taken, and where none is left the lane ends with the outcome. Limits count over the whole lane, across
its attempts. Every firing is a \`recovery\` line in the journal.

${markdownTable(["signal", "what happened", "default policy", "outcome in the end", "the provider's fault"], rows)}

## Actions

${markdownTable(["action", "what it does", "limits"], actions)}

A policy of your own stands under \`recovery\` in the file of \`--config\`, or in the option of that name of \`createSwarm\`; what it
does not name keeps its default, and an empty list means: give up at once.
`;
}

interface Limits {
  const?: string;
  minimum?: number;
  maximum?: number;
  default?: number;
}

const ACTIONS: Record<RecoveryAction["do"], string> = {
  retry:
    "the same step again, after `backoffMs`, doubled with each firing up to `maxBackoffMs`; `retry-after` counts if longer",
  repair: "tells the model what is wrong with its output and lets it answer again, in the same conversation",
  reassign: "a new attempt by the next best agent, with a fresh conversation; passed over where no other agent fits",
  "give-up": "ends the lane with the signal's outcome",
};

function actionsOf(kind: SignalKind): string {
  const actions = DEFAULT_RECOVERY[kind] ?? [];
  if (actions.length === 0) return "give up";
  return [...actions.map(inWords), "give up"].join(", then ");
}

function inWords(action: RecoveryAction): string {
  if (action.do !== "retry") return `${action.do} ${"max" in action ? `${action.max}×` : ""}`.trim();
  const pause = action.backoffMs === 0 ? "at once" : `after ${action.backoffMs} to ${action.maxBackoffMs} ms`;
  return `retry ${action.max}× ${pause}`;
}

function limit([name, { minimum, maximum, default: standard }]: [string, Limits]): string {
  return `\`${name}\` ${minimum} to ${maximum}${standard === undefined ? "" : ` (default ${standard})`}`;
}
