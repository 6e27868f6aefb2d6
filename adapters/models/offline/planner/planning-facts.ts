/** What the planner's prompt says, read back. */
import type { BaseMessage } from "@langchain/core/messages";
import { sections } from "../../../../engine/policy/prompts/markup.ts";
import { messageText } from "../message-text.ts";

export interface Collection {
  glob: string;
  manifest: string;
  folders: number;
  examples: string[];
}

export interface OfflinePlanningFacts {
  task: string;
  documents: { files: number; collections: Collection[]; sample: { path: string; lines: number }[] } | undefined;
  /** Skills that agents have, and tools that at least one agent has all together with the others named. */
  skills: string[];
  toolsByAgent: string[][];
  maxSubtasks: number;
  /** How often a plan was sent back, and why. */
  objections: string[];
}

/** Pure. */
export function readPlanningFacts(messages: readonly BaseMessage[]): OfflinePlanningFacts {
  const humans = messages.filter((message) => message.type === "human").map(messageText);
  const prompt = humans[0] ?? "";
  const documents = sections(prompt, "documents")[0];
  const agents = (sections(prompt, "agents")[0]?.body ?? "").split("\n");
  const rest = withoutSection(prompt, "documents");
  return {
    task: sections(rest, "task").at(-1)?.body ?? "",
    documents:
      documents === undefined
        ? undefined
        : {
            files: Number(documents.attributes.files ?? 0),
            collections: collectionsIn(documents.body),
            sample: filesIn(documents.body),
          },
    skills: [...new Set(agents.flatMap((agent) => listAfter(agent, "; skills: ")))],
    toolsByAgent: agents.map((agent) => listAfter(agent, "; tools: ")),
    maxSubtasks: Number(sections(rest, "limits")[0]?.attributes.max_subtasks ?? 300),
    objections: [...sections(rest, "rejected"), ...humans.slice(1).flatMap((human) => sections(human, "refused"))].map(
      (objection) => objection.body,
    ),
  };
}

function collectionsIn(body: string): Collection[] {
  return sections(body, "collection").map(({ attributes, body: examples }) => ({
    glob: attributes.glob ?? "",
    manifest: attributes.manifest ?? "",
    folders: Number(attributes.folders ?? 0),
    examples: examples.split("\n").filter((example) => example !== ""),
  }));
}

function filesIn(body: string): { path: string; lines: number }[] {
  return sections(body, "file").map(({ attributes }) => ({
    path: attributes.path ?? "",
    lines: Number(attributes.lines ?? 0),
  }));
}

function listAfter(agent: string, label: string): string[] {
  const start = agent.indexOf(label);
  if (start < 0) return [];
  const end = agent.indexOf(";", start + label.length);
  return agent
    .slice(start + label.length, end < 0 ? undefined : end)
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** Headings of documents stand in the documents section: they must not pass for a task. */
function withoutSection(prompt: string, name: string): string {
  const start = prompt.indexOf(`<${name} `);
  const end = prompt.indexOf(`\n</${name}>`, start);
  return start < 0 || end < 0 ? prompt : prompt.slice(0, start) + prompt.slice(end);
}
