/** Which sub-budgets a model turn draws on. Pure. */
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { Subtask } from "../../../state/plan.ts";
import type { Account } from "./accounts.ts";

export interface Spender {
  agent: AgentProfile | undefined;
  subtask: Subtask | undefined;
  lookup: (id: string) => Subtask | undefined;
}

/** The agent's over the whole run, the subtask's, and of a part also those of the subtasks that it was split from. */
export function accountsOf({ agent, subtask, lookup }: Spender): Account[] {
  const accounts: Account[] = [];
  if (agent?.budget !== undefined) accounts.push({ name: `agent ${agent.name}`, budget: agent.budget });
  for (let owner = subtask; owner !== undefined; owner = lookup(owner.partOf ?? "")) {
    if (owner.budget !== undefined) accounts.push({ name: `subtask ${owner.id}`, budget: owner.budget });
  }
  return accounts;
}
