/** The planner's prompt: what stays the same for every run first (the rules), then this run's agents, documents, limits and task. */
import { AIMessage, HumanMessage, SystemMessage, type BaseMessage } from "@langchain/core/messages";
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { Exchange } from "../../../state/exchange.ts";
import type { RejectedPlan } from "../../../state/swarm-state.ts";
import type { DocumentOverview } from "../../ports/documents.ts";
import { ARTIFACT_TOOLS, WRITING_TOOLS } from "../merge/artifact-rules.ts";
import { planText } from "../plan/plan-shape.ts";
import { earlierSections } from "./earlier.ts";
import { marker, section } from "./markup.ts";
import { roleLine } from "./roles.ts";
import { firstOf } from "../../../state/plain-text.ts";

/** Behind the line that names the role. */
export const PLANNER_RULES = `You split one task into subtasks that agents work on in parallel, and say what depends on what. When all have ended, a
synthesizer is given every result and writes the answer: plan no subtask for that.

Answer with one JSON object and nothing else:
{ "subtasks": [ { "id": "short-unique-id", "title": "…", "instructions": "…", "skills": ["…"], "dependsOn": [] } ] }

Optional keys of a subtask:
- "forEach": ["item a", "item b"]: one subtask for each item, {{item}} filled into title and instructions;
- "forEach": { "documents": "**/package.json", "as": "folder" }: the same over documents, one for each matching "file", or for
  each outermost "folder" that holds one; {{item}} is its path;
- "agent": pins an agent by name, where no other will do; "tools": tools that the agent must have;
- "steps": the most model turns that it may take, where that is less than its agent's; "priority": higher goes first;
- "expects": a JSON Schema of the output;
- "allowMissingInputs": true, where it can do without an input that failed;
- "writes" and "reads": names of shared artifacts ("report.md", "facts.json", "rows.jsonl", "folder/*"), where subtasks build one
  thing together; they work on it at once, and their writes are merged.
Optional keys beside "subtasks", for such artifacts:
- "artifacts": [ { "name": "report.md", "content": "what it begins with, such as headings; of a .json file JSON" } ];
- "answer": "report.md": the one that is the deliverable: the answer is that text, without a synthesizer;
- "checks": [ { "id": "…", "artifact": "facts.json", "schema": { JSON Schema } }, { "id": "…", "artifacts": ["report.md"],
  "predicate": "what must hold of them in the end" } ].

Rules:
- Each subtask's instructions stand alone: an agent sees them, the whole task and the results that it depends on, nothing else.
- Name only agents, tools and documents that are listed below, in their spelling.
- Write titles and instructions in the language of the task. What the task says of the answer's form, language or length, say to
  those who need it.
- Subtasks of one kind get the same "expects", so that their results can be compared and put into one table; elsewhere leave it out.
- Use artifacts only where several subtasks work on one document, table or data set, or the task asks for a file; results need none.
- For "each …" over many documents use "forEach" over documents instead of writing the items out.

How much:
- As many subtasks as the task has parts that need nothing of each other. One is enough where splitting gains nothing: a question
  that one search answers, a short text.
- Side by side they cost no time; each link of a "dependsOn" chain costs the time of a whole subtask, some ten model turns. Two or
  three links are plenty.
- A subtask that works on the results of others is worth its time where it decides or computes (compares, ranks, verifies, adds up)
  or writes one text of them, not where it only gathers or shortens: the synthesizer does that.
- A subtask that needs more than about half of its agent's steps is better two.

An example, for "Which of our three vendors should host the archive? Prices and exit terms count.":
{ "subtasks": [
  { "id": "vendor", "forEach": ["Acme", "Birch", "Corvid"], "title": "Offer of {{item}}", "skills": ["research"],
    "instructions": "Find the price per TB and year, and the exit terms (notice, fees, format of export), that {{item}} offers.
      Quote each with its place; null where it is not stated.", "expects": { "type": "object", "properties": { "pricePerTbYear":
      { "type": ["string", "null"] }, "exitTerms": { "type": ["string", "null"] } }, "required": ["pricePerTbYear", "exitTerms"] } },
  { "id": "choice", "title": "Recommendation", "skills": ["comparison"], "dependsOn": ["vendor"], "allowMissingInputs": true,
    "instructions": "Weigh price and exit terms of the vendors against each other and recommend one, with the reason in three sentences." } ] }`;

/** Of one plan; what is wrong with thousands of subtasks is mostly one thing. */
const MOST_PROBLEMS = 40;

export interface PlanningFacts {
  task: string;
  history?: readonly Exchange[] | null | undefined;
  /** Of a task that is planned in parts: which part `task` is. */
  part?: { number: number; of: number };
  agents: readonly AgentProfile[];
  tools: ReadonlySet<string>;
  documents: DocumentOverview | undefined;
  rules?: string | undefined;
  /** What they look like (engine/policy/prompts/documents-view.ts); empty without documents. */
  view: string;
  /** The most work subtasks that the caps allow, and the steps that lanes may use in all. */
  maxSubtasks: number;
  maxSteps: number;
  /** Of the run's other limits, what is left; infinite: not limited. */
  room: PlanningRoom;
  /** Plans that a person has sent back, the oldest first; default: none. */
  rejected?: readonly RejectedPlan[];
}

export interface PlanningRoom {
  agentsAtOnce: number;
  callsAtOnce: number;
  tokens: number;
  usd: number;
  minutes: number;
}

/** System and human message for the planner, and plans that were sent back. Pure; a bounded size whatever the documents are. */
export function plannerPrompt(facts: PlanningFacts): BaseMessage[] {
  const parts = [
    section(
      "agents",
      {},
      facts.agents
        .filter(canWork)
        .map((agent) => describeAgent(agent, facts.tools))
        .join("\n"),
    ),
    describeDocuments(facts),
    describeLimits(facts),
    section("task", {}, facts.task),
    ...earlierSections(facts.history, "planner"),
    ...(facts.part === undefined ? [] : [describePart(facts.part)]),
  ];
  const system = `${roleLine({ kind: "planner" })}\n${facts.rules ?? PLANNER_RULES}`;
  return [new SystemMessage(system), new HumanMessage(parts.join("\n\n")), ...rejections(facts)];
}

/** Tells the planner all that was wrong with its plan. Pure. */
export function planRepair(problems: readonly string[]): BaseMessage {
  const told = problems.map((problem) => `- ${problem}`);
  const all = firstOf(told, MOST_PROBLEMS, (left) => `- and ${left} more`).join("\n");
  return new HumanMessage(
    section("refused", {}, `Your plan was refused:\n${all}\nAnswer with the whole corrected JSON object only.`),
  );
}

/** Each plan that was sent back as the planner's own turn, and the reason as the next one; of a part only the reasons fit. */
function rejections({ rejected = [], part }: PlanningFacts): BaseMessage[] {
  const asked = "Answer with the whole changed JSON object only.";
  return rejected.flatMap(({ plan, reason }) => [
    ...(part === undefined ? [new AIMessage(planText(plan))] : []),
    new HumanMessage(section("rejected", {}, `${reason}\n${asked}`)),
  ]);
}

/** What comes before it is the same for all parts up to the place where the task's own text parts. */
function describePart({ number, of }: { number: number; of: number }): string {
  return section(
    "part",
    { number, of },
    `The task is too long for one prompt: this is part ${number} of ${of}. What stands before and after its list is the same in
each part; the other parts are planned beside you. Plan what this part lists, all of it, and nothing else; depend only on
subtasks of your own plan.`,
  );
}

/** Others are never given a subtask. */
function canWork({ modalities }: AgentProfile): boolean {
  return modalities.includes("text");
}

const MEANS: Partial<Record<AgentProfile["kind"], string>> = {
  human: "a person: minutes or hours",
  graph: "works by itself, by means of its own",
  remote: "works by itself, by means of its own",
};

/** Tools for artifacts are told in a word: a lane has them where its plan names artifacts. */
function describeAgent({ name, description, kind, skills, tools, maxSteps }: AgentProfile, there: ReadonlySet<string>) {
  const usable = tools.filter((tool) => there.has(tool) && !ARTIFACT_TOOLS.has(tool));
  const artifacts = tools.some((tool) => WRITING_TOOLS.has(tool))
    ? "writes artifacts"
    : tools.includes("read_artifact")
      ? "reads artifacts"
      : undefined;
  return [
    `- ${name}: ${description.replace(/\s+/g, " ").trim()}`,
    ...(skills.length > 0 ? [`skills: ${skills.join(", ")}`] : []),
    ...(kind === "graph" || kind === "remote" ? [] : [`tools: ${usable.length > 0 ? usable.join(", ") : "none"}`]),
    ...(artifacts === undefined ? [] : [artifacts]),
    MEANS[kind] ?? `at most ${maxSteps} steps`,
  ].join("; ");
}

function describeDocuments({ documents, view }: PlanningFacts): string {
  if (documents === undefined)
    return section("documents", { files: 0 }, "There are none. Agents have the task, their tools and what they know.");
  const collections = documents.collections.map(
    ({ glob, folders, examples }) => `${glob} is in ${folders} folders, such as ${examples.slice(0, 3).join(", ")}`,
  );
  const each = collections.length === 0 ? [] : ["For forEach over folders:", ...collections];
  return section("documents", { files: documents.files, bytes: documents.bytes }, [view, ...each].join("\n"));
}

function describeLimits({ maxSubtasks, maxSteps, room }: PlanningFacts): string {
  const finite = (amount: number, digits: number): number | undefined =>
    Number.isFinite(amount) ? Number(amount.toFixed(digits)) : undefined;
  return marker("limits", {
    max_subtasks: maxSubtasks,
    max_steps: maxSteps,
    agents_at_once: finite(room.agentsAtOnce, 0),
    model_calls_at_once: finite(room.callsAtOnce, 0),
    tokens_left: finite(room.tokens, 0),
    usd_left: finite(room.usd, 4),
    minutes: finite(room.minutes, 1),
  });
}
