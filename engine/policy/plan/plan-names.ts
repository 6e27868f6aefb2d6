/** What a plan names, whoever made it, exists in its run: agents, tools, models, and prices where it caps money. Pure. */
import { SwarmError } from "../../../state/errors.ts";
import type { PlanFile, PlannedSubtask } from "../../../state/plan.ts";
import { switchableModels } from "../../../state/recovery-policy.ts";
import { quoted } from "./plan-problems.ts";

/** What there is; absent: not known yet, and not looked at. */
export interface Available {
  agents?: Equipped["agents"];
  tools?: ReadonlySet<string>;
  modelOf?: Equipped["modelOf"];
}

interface Equipped {
  agents: readonly { name: string; model?: string | undefined }[];
  tools: ReadonlyMap<string, unknown>;
  /** Undefined: the run's own. Throws SwarmError for a model that cannot be used. */
  modelOf: (name: string | undefined) => { id: string; price?: object | undefined };
}

export function availableIn(run: Equipped): Available {
  return { agents: run.agents, tools: new Set(run.tools.keys()), modelOf: (name) => run.modelOf(name) };
}

/** Names of subtasks that stand for nothing, and caps on money that cannot be counted, each in one line. */
export function absentNames(subtasks: readonly PlannedSubtask[], available: Available): string[] {
  const agents = available.agents && new Set(available.agents.map(({ name }) => name));
  const { tools: known } = available;
  return subtasks.flatMap((planned) => {
    const { id, agent, tools, recovery } = planned;
    const said = `subtask "${id}" names`;
    const lacks = (what: string, name: string, there: Iterable<string>): string =>
      `${said} ${what} ${quoted(name)}, which the run does not have: ${[...there].join(", ")}`;
    const models = switchableModels(recovery).flatMap((model) => modelProblem(model, available) ?? []);
    return [
      ...(agent !== undefined && agents?.has(agent) === false ? [lacks("agent", agent, agents)] : []),
      ...tools.flatMap((name) => (known?.has(name) === false ? [lacks("tool", name, known)] : [])),
      ...models.map((problem) => `subtask "${id}": ${problem}`),
      ...uncounted(planned, available).map((problem) => `subtask "${id}": ${problem}`),
    ];
  });
}

/** An agent that may take it has a model without a price: its money would be refused at the first call. */
function uncounted({ agent, budget }: PlannedSubtask, { agents = [], modelOf }: Available): string[] {
  if (budget?.maxUsd === undefined) return [];
  const models = agents
    .filter(({ name }) => agent === undefined || name === agent)
    .map(({ model }) => modelOf?.(model));
  const unpriced = models.find((model) => model !== undefined && model.price === undefined);
  return unpriced === undefined
    ? []
    : [`budget.maxUsd needs a price, and none is known for the model ${unpriced.id}: give one, or leave it out`];
}

/** The plan with names in the spelling of what there is: `Web Researcher` is `web-researcher` where that is one agent. Pure. */
export function withMeantNames(file: PlanFile, { agents, tools }: Available): PlanFile {
  const agentNamed = spelling(agents?.map(({ name }) => name));
  const toolNamed = spelling(tools);
  const meant = <T extends { agent?: string | undefined }>(one: T): T =>
    one.agent === undefined ? one : { ...one, agent: agentNamed(one.agent) };
  return {
    ...file,
    subtasks: file.subtasks.map((one) => ({ ...meant(one), tools: one.tools.map(toolNamed) })),
    checks: file.checks.map((check) => ("predicate" in check ? meant(check) : check)),
  };
}

/** A name as it is spelt where it exists; one that exists nowhere, or could be several, as it is. */
function spelling(names: Iterable<string> = []): (name: string) => string {
  const known = new Set(names);
  const byLetters = Map.groupBy(known, lettersOf);
  return (name) => {
    const [only, ...others] = byLetters.get(lettersOf(name)) ?? [];
    return known.has(name) || only === undefined || others.length > 0 ? name : only;
  };
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, "");
}

function modelProblem(model: string, { modelOf }: Available): string | undefined {
  try {
    modelOf?.(model);
    return undefined;
  } catch (error) {
    if (error instanceof SwarmError) return error.message;
    throw error;
  }
}
