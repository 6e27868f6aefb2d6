/** The planner's prompt: what stays the same for every run first (the rules), then this run's agents, documents and task. */
import { AIMessage, HumanMessage, SystemMessage, type BaseMessage } from "@langchain/core/messages";
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { DocumentOverview } from "../../ports/documents.ts";
import type { RejectedPlan } from "../../../state/swarm-state.ts";
import { planText } from "../plan/plan-text.ts";
import { marker, section } from "./markup.ts";
import { roleLine } from "./roles.ts";

const RULES = `${roleLine({ kind: "planner" })}
You split one task into subtasks that agents work on in parallel, and say what depends on what. Another model merges the
results into the answer: do not plan a subtask for that.

Answer with one JSON object and nothing else:
{ "subtasks": [ { "id": "short-unique-id", "title": "…", "instructions": "…", "skills": ["…"], "dependsOn": [] } ] }

Optional keys of a subtask:
- "forEach": ["item a", "item b"]: one subtask for each item, {{item}} filled into title and instructions;
- "forEach": { "documents": "**/package.json", "as": "folder" }: the same over documents, one for each matching "file", or for
  each outermost "folder" that holds one; {{item}} is its path;
- "agent": pins an agent by name; "tools": tools that the agent must have;
- "steps": the most model turns that it may take; "priority": higher goes first;
- "expects": a JSON Schema of the output, where a table or a program will use it;
- "allowMissingInputs": true, where it can do without an input that failed;
- "writes" and "reads": names of shared artifacts ("report.md", "facts.json", "rows.jsonl", "folder/*"), where subtasks build one
  thing together; they work on it at once, and their writes are merged.
Optional keys beside "subtasks", for such artifacts:
- "artifacts": [ { "name": "report.md", "content": "what it begins with, such as headings" } ];
- "checks": [ { "id": "…", "artifact": "facts.json", "schema": { JSON Schema } }, { "id": "…", "artifacts": ["report.md"],
  "predicate": "what must hold of them in the end" } ].

Rules:
- Each subtask's instructions stand alone: an agent sees them, the whole task and the results that it depends on, nothing else.
- Make subtasks independent wherever the task allows it; "dependsOn" only where one needs another's result.
- Few subtasks for a small task: one is enough where splitting gains nothing.
- Use artifacts only where several subtasks work on one document, table or data set; results need none.
- For "each …" over many documents use "forEach" over documents instead of writing the items out.`;

/** Of one plan; what is wrong with thousands of subtasks is mostly one thing. */
const MOST_PROBLEMS = 40;

export interface PlanningFacts {
  task: string;
  /** Of a task that is planned in parts: which part `task` is. */
  part?: { number: number; of: number };
  agents: readonly AgentProfile[];
  documents: DocumentOverview | undefined;
  /** The most work subtasks that the caps allow, and the steps that lanes may use in all. */
  maxSubtasks: number;
  maxSteps: number;
  /** Plans that a person has sent back, the oldest first; default: none. */
  rejected?: readonly RejectedPlan[];
}

/** System and human message for the planner. Pure; a bounded size whatever the documents are. */
export function plannerPrompt(facts: PlanningFacts): BaseMessage[] {
  const parts = [
    section("agents", {}, facts.agents.map(describeAgent).join("\n")),
    ...(facts.documents === undefined ? [] : [describeDocuments(facts.documents)]),
    marker("limits", { max_subtasks: facts.maxSubtasks, max_steps: facts.maxSteps }),
    section("task", {}, facts.task),
    ...(facts.part === undefined ? [] : [describePart(facts.part)]),
  ];
  return [new SystemMessage(RULES), new HumanMessage(parts.join("\n\n")), ...rejections(facts)];
}

/** Each plan that was sent back as the planner's own turn, and the reason as the next one; of a part only the reasons fit. */
function rejections({ rejected = [], part }: PlanningFacts): BaseMessage[] {
  const asked = "Answer with the whole changed JSON object only.";
  return rejected.flatMap(({ plan, reason }) => [
    ...(part === undefined ? [new AIMessage(planText(plan))] : []),
    new HumanMessage(section("rejected", {}, `${reason}\n${asked}`)),
  ]);
}

/** Tells the planner all that was wrong with its plan. Pure. */
export function planRepair(problems: readonly string[]): BaseMessage {
  const told = problems.slice(0, MOST_PROBLEMS).map((problem) => `- ${problem}`);
  const left = problems.length - told.length;
  const all = [...told, ...(left > 0 ? [`- and ${left} more`] : [])].join("\n");
  return new HumanMessage(
    section("refused", {}, `Your plan was refused:\n${all}\nAnswer with the whole corrected JSON object only.`),
  );
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

function describeAgent(agent: AgentProfile): string {
  const skills = agent.skills.length > 0 ? `; skills: ${agent.skills.join(", ")}` : "";
  const tools = agent.tools.length > 0 ? `; tools: ${agent.tools.join(", ")}` : "";
  return `- ${agent.name}: ${agent.description}${skills}${tools}`;
}

function describeDocuments(overview: DocumentOverview): string {
  const collections = overview.collections.map((collection) =>
    section(
      "collection",
      { glob: collection.glob, manifest: collection.manifest, folders: collection.folders },
      collection.examples.join("\n"),
    ),
  );
  const files = overview.sample.map((file) =>
    section("file", { path: file.path, lines: file.lines }, file.heading ?? ""),
  );
  return section("documents", { files: overview.files, bytes: overview.bytes }, [...collections, ...files].join("\n"));
}
