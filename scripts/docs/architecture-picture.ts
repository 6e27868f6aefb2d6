/** The picture in docs/architecture.md, from the imports: an arrow leads from a folder to what it uses, unless a longer way does. */
import { importEdges } from "../measure/source.ts";

/** A top folder, and of the engine its room. */
function roomOf(path: string): string {
  const [top = "", room = ""] = path.split("/");
  return top === "engine" ? `engine/${room}` : top;
}

export function architecturePicture(): string {
  const uses = new Map<string, Set<string>>();
  for (const [from, to] of importEdges()) {
    const [one, other] = [roomOf(from), roomOf(to)];
    if (one === other) continue;
    uses.set(one, (uses.get(one) ?? new Set()).add(other));
  }
  const isImplied = (from: string, to: string): boolean =>
    [...(uses.get(from) ?? [])].some((between) => between !== to && reaches(uses, between, to));
  const arrows = [...uses].flatMap(([from, targets]) =>
    [...targets].filter((to) => !isImplied(from, to)).map((to) => `  ${nodeOf(from)} --> ${nodeOf(to)}`),
  );
  return ["```mermaid", "flowchart LR", ...arrows.toSorted(), "```"].join("\n");
}

function reaches(uses: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  return [...(uses.get(from) ?? [])].some((next) => next === to || reaches(uses, next, to));
}

function nodeOf(room: string): string {
  return `${room.replace("/", "_")}["${room}/"]`;
}
