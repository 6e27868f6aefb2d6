/** Subtasks as the offline planner writes them: ids, skills, tools and the schema of a row. */
import type { Aspect } from "../task/aspects.ts";
import { slug } from "../task/names.ts";
import { stemSet } from "../text/words.ts";
import type { OfflinePlanningFacts } from "./planning-facts.ts";

export interface PlannedWork {
  id: string;
  title: string;
  instructions: string;
  skills: string[];
  dependsOn: string[];
  tools?: string[];
  forEach?: string[] | { documents: string; as: "file" | "folder" };
  expects?: Record<string, unknown>;
}

const LOOKING_TOOLS = ["search_documents", "read_document"];
const USUAL_SKILLS = ["research", "extraction", "search", "reading"];

/** The subtask with the skills and tools that this run's agents have for it. Pure. */
export function plannedWork(
  work: Pick<PlannedWork, "id" | "title" | "instructions" | "forEach" | "expects">,
  facts: OfflinePlanningFacts,
): PlannedWork {
  const canLook =
    facts.documents !== undefined &&
    facts.toolsByAgent.some((tools) => LOOKING_TOOLS.every((tool) => tools.includes(tool)));
  const { forEach, expects, ...rest } = work;
  return {
    ...rest,
    title: rest.title.slice(0, 300),
    skills: skillsFor(work.title, facts.skills),
    dependsOn: [],
    ...(canLook ? { tools: LOOKING_TOOLS } : {}),
    ...(forEach === undefined ? {} : { forEach }),
    ...(expects === undefined ? {} : { expects }),
  };
}

function skillsFor(title: string, offered: readonly string[]): string[] {
  const words = stemSet(title);
  const named = offered.filter((skill) => [...stemSet(skill.replaceAll("-", " "))].some((stem) => words.has(stem)));
  const usual = offered.filter((skill) => USUAL_SKILLS.includes(skill));
  return [...new Set([...usual, ...named])].slice(0, 3);
}

/** Ids that are short, readable and unique. */
export class SubtaskIds {
  private readonly taken = new Set<string>();

  next(text: string, fallback: string): string {
    const base = slug(text) || fallback;
    let id = base;
    for (let at = 2; this.taken.has(id); at += 1) id = `${base}-${at}`;
    this.taken.add(id);
    return id;
  }
}

/** A row: the item, and for each aspect what was found with its citation, or null. Pure. */
export function rowSchema(aspects: readonly Aspect[]): Record<string, unknown> {
  const cell = (aspect: Aspect): Record<string, unknown> => ({
    title: aspect.title,
    anyOf: [
      {
        type: "object",
        properties: {
          value: { type: "string", description: "the answer, short" },
          citation: { type: "string", description: 'the place that says so: "quoted words" [path:line]' },
        },
        required: ["value", "citation"],
        additionalProperties: false,
      },
      { type: "null" },
    ],
  });
  const keyed = aspects.map((aspect): [string, unknown] => [
    aspect.key === "item" ? "item_" : aspect.key,
    cell(aspect),
  ]);
  return {
    type: "object",
    properties: { item: { type: "string" }, ...Object.fromEntries(keyed) },
    required: ["item", ...keyed.map(([key]) => key)],
    additionalProperties: false,
  };
}

/** The aspects as instructions name them. Pure. */
export function aspectList(aspects: readonly Aspect[]): string {
  return aspects.map((aspect) => aspect.title.charAt(0).toLowerCase() + aspect.title.slice(1)).join("; ");
}
