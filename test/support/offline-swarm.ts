/**
 * A swarm without a graph: plan, lanes and synthesis played in order, with the real prompts, tools, plan rules and citation
 * check. For tests and evals of a chat model alone; routing, budget, journal and recovery are not in it.
 * 1. A subtask runs after all that it depends on. 2. A lane takes at most `MOST_STEPS` turns, the last one without tools.
 * 3. An output that does not fit its schema goes back once.
 */
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { ToolMessage, type AIMessage, type BaseMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { OfflineChatModel } from "../../adapters/models/offline/offline-chat-model.ts";
import { checkCitations } from "../../engine/policy/citations/check-citations.ts";
import { extractJson } from "../../engine/policy/output/extract-json.ts";
import { gatherInputs, gatherResults, sizeOf } from "../../engine/policy/answer/gather-results.ts";
import { validateOutput } from "../../engine/policy/output/validate-output.ts";
import type { TurnBrief } from "../../engine/ports/brief.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import {
  agentSystemMessage,
  LAST_STEP,
  outputRepair,
  refusalIn,
  subtaskMessage,
} from "../../engine/policy/prompts/agent-prompt.ts";
import { plannerPrompt } from "../../engine/policy/prompts/planner-prompt.ts";
import {
  condenseMessage,
  condenseSystemMessage,
  synthesizerPrompt,
} from "../../engine/policy/prompts/synthesizer-prompt.ts";
import { OUTCOME_OF_SIGNAL } from "../../engine/policy/recovery/policy.ts";
import { BUILT_IN_AGENTS } from "../../engine/policy/route/built-in-agents.ts";
import { expandPlan } from "../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../engine/policy/plan/plan-shape.ts";
import { withReduction } from "../../engine/policy/plan/reduction-tree.ts";
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Plan, Subtask } from "../../state/plan.ts";
import type { CitationCheck } from "../../state/run-result.ts";
import { listDocuments } from "../../tools/list-documents.ts";
import { readDocument } from "../../tools/read-document.ts";
import { searchDocuments } from "../../tools/search-documents.ts";

const MOST_STEPS = 20;
const SAMPLE_FILES = 40;
const PROMPT_BYTES = 2_000_000;
const EPOCH = "1970-01-01T00:00:00.000Z";

export interface SwarmSetting {
  task: string;
  documents: DocumentLibrary | undefined;
  model?: BaseChatModel;
  /** Results of a `reduce` subtask above so many bytes are condensed by the model; below, they pass through. */
  condenseAbove?: number;
}

export interface SwarmAnswer {
  plan: Plan;
  results: SubtaskResult[];
  answer: string;
  citationCheck: CitationCheck;
  /** Model calls, the planner's and the synthesizer's included. */
  calls: number;
}

interface Play {
  task: string;
  documents: DocumentLibrary | undefined;
  model: BaseChatModel;
  condenseAbove: number;
  tools: ReadonlyMap<string, StructuredToolInterface>;
  results: Map<string, SubtaskResult>;
  calls: number;
}

/** Plays one task to its answer. Throws where a plan is invalid or a reply is missing; a lane that fails is a result. */
export async function playOfflineSwarm(setting: SwarmSetting): Promise<SwarmAnswer> {
  const { task, documents, model = new OfflineChatModel(), condenseAbove = 60_000 } = setting;
  const tools =
    documents === undefined ? [] : [searchDocuments, readDocument, listDocuments].map((one) => one(documents));
  const play: Play = {
    task,
    documents,
    model,
    condenseAbove,
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    results: new Map(),
    calls: 0,
  };
  const plan = await playPlanner(play);
  for (const subtask of plan.subtasks) play.results.set(subtask.id, await playSubtask(subtask, plan, play));
  const answer = await playSynthesizer(plan, play);
  return {
    plan,
    results: [...play.results.values()],
    answer,
    citationCheck: checkCitations(answer, { documents }),
    calls: play.calls,
  };
}

async function playPlanner(play: Play): Promise<Plan> {
  const documents = play.documents?.overview(SAMPLE_FILES);
  const facts = { task: play.task, agents: BUILT_IN_AGENTS, documents, maxSubtasks: 4000 };
  const brief = { role: "planner", ...facts, objections: [] } as const;
  const room = { agentsAtOnce: 300, callsAtOnce: 50, tokens: Infinity, usd: Infinity, minutes: Infinity };
  const view = play.documents?.view(play.task) ?? "";
  const messages = plannerPrompt({ ...facts, tools: new Set(play.tools.keys()), view, maxSteps: 4000, room });
  const extracted = extractJson((await turn(play, messages, brief)).text);
  if (!extracted.ok) throw new Error(`the planner's reply is no plan: ${extracted.problem}`);
  const library = play.documents;
  return withReduction(
    expandPlan(parsePlanFile(extracted.value), {
      task: play.task,
      version: 1,
      expandDocuments: library === undefined ? undefined : (glob, as) => library.expand(glob, as),
    }),
  );
}

async function playSubtask(subtask: Subtask, plan: Plan, play: Play): Promise<SubtaskResult> {
  const inputs = subtask.dependsOn.flatMap((id) => play.results.get(id) ?? []);
  const missing = inputs.filter((input) => input.outcome !== "done");
  if (missing.length > 0 && !subtask.allowMissingInputs)
    return resultOf(subtask, { outcome: "skipped", cause: "an input is missing" });
  if (subtask.role === "reduce") return playReduction(subtask, plan, play);
  const agent = agentFor(subtask);
  const given = inputs.filter((input) => input.outcome === "done");
  const messages: BaseMessage[] = [
    agentSystemMessage({
      agent,
      skills: [],
      task: play.task,
      ground: { documents: play.documents && "docs/", tools: true, inputs: true },
    }),
    subtaskMessage({ subtask, inputs: given, missing }),
  ];
  const brief = { role: "agent", task: play.task, subtask, inputs: given, writes: [] } as const;
  const { text, steps } = await toolLoop({ messages, brief }, agent, play);
  const refusal = refusalIn(text);
  if (refusal !== undefined) {
    const output = refusal.kind === "not-found" ? text : "";
    return resultOf(subtask, { outcome: OUTCOME_OF_SIGNAL[refusal.kind], cause: refusal.reason, output, steps });
  }
  return subtask.expects === undefined
    ? resultOf(subtask, { outcome: "done", output: text, steps })
    : validated(subtask, { messages, brief, text, steps }, play);
}

async function toolLoop(
  { messages, brief }: { messages: BaseMessage[]; brief: TurnBrief },
  agent: AgentProfile,
  play: Play,
): Promise<{ text: string; steps: number }> {
  const tools = agent.tools.flatMap((name) => play.tools.get(name) ?? []);
  for (let step = 1; ; step += 1) {
    const isLast = step >= MOST_STEPS;
    if (isLast) messages.push(LAST_STEP);
    const reply = await turn(play, messages, brief, isLast ? [] : tools);
    messages.push(reply);
    const calls = reply.tool_calls ?? [];
    if (calls.length === 0) return { text: reply.text, steps: step };
    if (isLast) throw new Error("the model called a tool in its last step");
    for (const call of calls) {
      const tool = play.tools.get(call.name);
      if (tool === undefined || call.id === undefined) throw new Error(`a call of the unknown tool ${call.name}`);
      const content = String(await tool.invoke(call.args));
      messages.push(new ToolMessage({ content, tool_call_id: call.id, name: call.name }));
    }
  }
}

async function validated(
  subtask: Subtask,
  lane: { messages: BaseMessage[]; brief: TurnBrief; text: string; steps: number },
  play: Play,
): Promise<SubtaskResult> {
  const schema = subtask.expects ?? {};
  const first = validateOutput(lane.text, schema);
  if (first.ok) return resultOf(subtask, { outcome: "done", output: first.output, steps: lane.steps });
  const repaired = await turn(play, [...lane.messages, outputRepair(first.problem)], lane.brief);
  const second = validateOutput(repaired.text, schema);
  const steps = lane.steps + 1;
  return second.ok
    ? resultOf(subtask, { outcome: "done", output: second.output, steps })
    : resultOf(subtask, { outcome: "invalid", cause: second.problem, steps });
}

async function playReduction(subtask: Subtask, plan: Plan, play: Play): Promise<SubtaskResult> {
  const excerpts = gatherInputs(plan, subtask, (id) => play.results.get(id));
  if (sizeOf(excerpts) <= play.condenseAbove) return resultOf(subtask, { outcome: "done" });
  const messages = [condenseSystemMessage(play), condenseMessage({ subtask: subtask.id, results: excerpts })];
  const reply = await turn(play, messages, { role: "synthesizer", task: play.task, results: excerpts, isPart: true });
  return resultOf(subtask, { outcome: "done", output: reply.text, steps: 1 });
}

async function playSynthesizer(plan: Plan, play: Play): Promise<string> {
  const work = plan.subtasks.filter((subtask) => subtask.role === "work");
  const done = work.filter((subtask) => play.results.get(subtask.id)?.outcome === "done");
  const results = gatherResults(plan, (id) => play.results.get(id), PROMPT_BYTES);
  const coverage = `${done.length} of ${work.length} subtasks done`;
  const brief = { role: "synthesizer", task: play.task, results, isPart: false } as const;
  const { text } = await turn(play, synthesizerPrompt({ task: play.task, coverage, results }), brief);
  // As the synthesizer's node: what comes closest stands in an answer that has nothing else.
  const close = results.length > 0 ? [] : work.flatMap(({ id }) => play.results.get(id)?.output ?? []);
  return [text, ...close.filter((output) => output !== "").slice(0, 5)].join("\n\n");
}

async function turn(
  play: Play,
  messages: readonly BaseMessage[],
  brief: TurnBrief,
  tools: StructuredToolInterface[] = [],
): Promise<AIMessage> {
  play.calls += 1;
  const model = tools.length === 0 ? play.model : (play.model.bindTools?.(tools) ?? play.model);
  // As the provider of the offline model does; others do not look at it.
  return model.invoke([...messages], { brief: () => brief } as object);
}

/** The first agent that has the tools and one of the skills; routing proper is the engine's. */
function agentFor(subtask: Subtask): AgentProfile {
  const able = BUILT_IN_AGENTS.filter((agent) => subtask.tools.every((tool) => agent.tools.includes(tool)));
  const skilled = able.find((agent) => subtask.skills.some((skill) => agent.skills.includes(skill)));
  return skilled ?? able[0] ?? (BUILT_IN_AGENTS[0] as AgentProfile);
}

function resultOf(
  subtask: Subtask,
  facts: Pick<SubtaskResult, "outcome"> & { cause?: string; output?: string; steps?: number },
): SubtaskResult {
  return {
    subtask: subtask.id,
    attempt: 1,
    agent: "offline",
    outcome: facts.outcome,
    cause: facts.cause ?? null,
    output: facts.output ?? "",
    steps: facts.steps ?? 0,
    startedAt: EPOCH,
    endedAt: EPOCH,
    waitedForSlotMs: 0,
  };
}
