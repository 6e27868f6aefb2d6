/**
 * What opens a lane's conversation: made anew from the plan and the board at each turn, the same to the byte each time, so
 * that the state need not hold it. Results that it names have been committed, and do not change.
 */
import { createHash, hash } from "node:crypto";
import type { BaseMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { LanePrompt, ShownText } from "../../../state/lane-state.ts";
import type { Subtask } from "../../../state/plan.ts";
import { beginningOf, withMore } from "../../policy/output/kept-output.ts";
import {
  agentSystemMessage,
  sharedOpening,
  subtaskMessage,
  type Ground,
  type Input,
  type OpeningFacts,
} from "../../policy/prompts/agent-prompt.ts";
import { artifactsSection } from "../../policy/prompts/artifact-notes.ts";
import { documentsBriefly } from "../../policy/prompts/documents-view.ts";
import { sharedFirst, sharedParts } from "../../policy/prompts/shared-parts.ts";
import { condenseMessage, condenseSystemMessage } from "../../policy/prompts/synthesizer-prompt.ts";
import type { AgentBrief, ResultExcerpt } from "../../ports/brief.ts";
import type { SharedPrefix } from "../../ports/turns.ts";
import { planOf, type Run } from "../run/run.ts";

/** Of the documents that an agent may be told of by name. */
const SAMPLE_FILES = 40;

interface Lane {
  subtask: Subtask;
  agent: AgentProfile;
}

/** What the requests of a lane begin with, in messages and as data. */
export interface LaneOpening {
  system: SystemMessage;
  /** The subtask, with the results that it is given. */
  asked: HumanMessage;
  /**
   * The tools that the requests name. `read_result` is of no use to a lane that is given no results and has no tool to find something
   * with. What it is granted and calls all the same is run.
   */
  tools: readonly StructuredToolInterface[];
  brief: AgentBrief;
  /** What the first request has in common with its siblings': everything before what is its own. */
  shared(): SharedPrefix;
}

export function laneOpening(run: Run, { subtask, agent }: Lane): LaneOpening {
  const { task, history } = run.question;
  const tools = offeredTools(run.team.toolsOf(agent.name, subtask), subtask);
  const facts = openingFacts(run, { subtask, agent, tools });
  const system = systemMessage(run, agent, { tools: tools.length > 0, inputs: isGivenResults(subtask) });
  const writes = subtask.writes
    .filter((name) => !name.endsWith("/*"))
    .map((name) => ({ name, type: run.shared.artifacts.rules(name).type }));
  return {
    system,
    asked: asAskedBefore(subtask, subtaskMessage(facts)),
    tools,
    brief: { role: "agent", task, history, subtask, inputs: facts.inputs, writes },
    shared: () => prefixOf(agent, `${system.text}\n${sharedOpening(facts)}`),
  };
}

/** Whether it is given results: of those that it names, or of the parts that it was split into. */
function isGivenResults({ dependsOn, parts = [] }: Subtask): boolean {
  return dependsOn.length + parts.length > 0;
}

const READ_RESULT = "read_result";
/** Tools by which nothing is found that a lane has not been shown or pointed to. */
const FIND_NOTHING: ReadonlySet<string> = new Set([READ_RESULT, "request_subtasks"]);

type Tools = readonly StructuredToolInterface[];

/** By what is granted, without `read_result`: what is asked of a list of tools is found out once. */
const withoutReading = new WeakMap<Tools, Tools>();

function offeredTools(granted: Tools, subtask: Subtask): Tools {
  if (isGivenResults(subtask) || granted.some(({ name }) => !FIND_NOTHING.has(name))) return granted;
  const offered = withoutReading.get(granted) ?? granted.filter(({ name }) => name !== READ_RESULT);
  withoutReading.set(granted, offered);
  return offered;
}

/** By subtask, while a request holds it: what others remember of a message (its size, its JSON) holds for the next turn too. */
const askedBefore = new WeakMap<Subtask, WeakRef<HumanMessage>>();

function asAskedBefore(subtask: Subtask, message: HumanMessage): HumanMessage {
  const before = askedBefore.get(subtask)?.deref();
  if (before?.text === message.text) return before;
  askedBefore.set(subtask, new WeakRef(message));
  return message;
}

function prefixOf({ name }: AgentProfile, text: string): SharedPrefix {
  const key = createHash("sha256").update(`${name}\n${text}`).digest("base64");
  return { key, bytes: Buffer.byteLength(text) };
}

/** By run, agent and what the lane has to go by: it does not change, and every turn begins with it. */
const systemMessages = new WeakMap<Run, Map<string, SystemMessage>>();

function systemMessage(run: Run, agent: AgentProfile, has: Pick<Ground, "tools" | "inputs">): SystemMessage {
  const messages = systemMessages.get(run) ?? new Map<string, SystemMessage>();
  systemMessages.set(run, messages);
  const key = `${has.tools} ${has.inputs} ${agent.name}`;
  const message = messages.get(key) ?? newSystemMessage(run, agent, has);
  messages.set(key, message);
  return message;
}

function newSystemMessage(run: Run, agent: AgentProfile, has: Pick<Ground, "tools" | "inputs">): SystemMessage {
  const ordered = sharedFirst(
    agent.skills,
    run.team.agents.map(({ skills }) => skills),
  );
  const skills = ordered.flatMap((name) => run.team.skills.get(name) ?? []);
  const { task, history } = run.question;
  const known = run.shared.documents?.overview(SAMPLE_FILES);
  const ground = { documents: known && documentsBriefly(known.files, known.sample), ...has };
  return agentSystemMessage({ agent, skills, task, history, ground, rules: run.options.agentPrompt });
}

function openingFacts(run: Run, { subtask, agent, tools }: Lane & { tools: Tools }): OpeningFacts {
  // What was split is given the parts' results: the inputs have gone into them, unless no part came to anything.
  const { parts = [], dependsOn } = subtask;
  const given = parts.some((id) => run.shared.board.result(id)?.outcome === "done") ? parts : dependsOn;
  const { instructions, membersOf, dependentsOn } = sharedParts(planOf(run));
  const results = given
    .flatMap((id) => inputOf(run, id))
    .sort((one, other) => dependentsOn(other.subtask) - dependentsOn(one.subtask));
  const isDone = ({ outcome }: Input): boolean => outcome === "done";
  return {
    subtask,
    inputs: results.filter(isDone),
    missing: results.filter((result) => !isDone(result)),
    artifacts: artifactsSection(subtask, {
      rules: (name) => run.shared.artifacts.rules(name),
      checks: planOf(run).checks,
      tools: new Set(tools.map(({ name }) => name)),
    }),
    steps: tools.length === 0 ? undefined : (subtask.steps ?? agent.maxSteps),
    cites: run.shared.documents !== undefined,
    shared: instructions.get(subtask.id),
    isCommon: (id) => dependentsOn(id) >= Math.max(2, membersOf(subtask)),
  };
}

function inputOf(run: Run, id: string): Input[] {
  const result = run.shared.board.result(id);
  const subtask = run.shared.board.subtask(id);
  return result === undefined ? [] : [withMore(result, { title: subtask?.title, item: subtask?.item })];
}

/** System and human message of a call that condenses results for a reduce subtask. */
export function reduceMessages(run: Run, subtask: Subtask, results: readonly ResultExcerpt[]): BaseMessage[] {
  const { task, history } = run.question;
  const system = condenseSystemMessage({ task, history, rules: run.options.synthesizerPrompt });
  return [system, condenseMessage({ subtask: subtask.id, results })];
}

/** Characters: what is longer is there by reference, behind its beginning. */
const [MOST_SHOWN, BEGINNING] = [4096, 1000];

/** What opens the conversation with an agent; undefined: the run has no such agent, or no conversation is opened (`reduce`). */
export function promptOf(run: Run, subtask: Subtask, agentName: string): LanePrompt | undefined {
  const agent = run.team.agent(agentName);
  if (agent === undefined || subtask.role === "reduce") return undefined;
  const { system, asked } = laneOpening(run, { subtask, agent });
  const message = shown(asked.text);
  // People and graphs have a role of their own.
  return agent.kind === "model" ? { system: shown(system.text), message } : { message };
}

function shown(text: string): ShownText {
  if (text.length <= MOST_SHOWN) return text;
  const digest = hash("sha256", text.toWellFormed());
  return {
    digest,
    characters: text.length,
    bytes: Buffer.byteLength(text),
    beginning: beginningOf(text, BEGINNING),
  };
}
