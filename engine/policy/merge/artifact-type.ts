/** What is known of an artifact by its name and the plan's declaration. Pure. */
import type { ArtifactType, ConflictPolicy, DeclaredArtifact } from "../../../state/artifact.ts";

export interface ArtifactRules {
  type: ArtifactType;
  policy: ConflictPolicy;
  /** Of a table: the field by which rows are told apart. */
  key: string;
}

const TYPE_OF_ENDING: Readonly<Record<string, ArtifactType>> = { json: "json", jsonl: "table", lines: "lines" };

/** `unstated`: the policy of artifacts whose declaration names none. */
export function rulesOf(name: string, declared: DeclaredArtifact | undefined, unstated: ConflictPolicy): ArtifactRules {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const byName = Object.hasOwn(TYPE_OF_ENDING, ending) ? TYPE_OF_ENDING[ending] : undefined;
  return {
    type: declared?.type ?? byName ?? "text",
    policy: declared?.policy ?? unstated,
    key: declared?.key ?? "id",
  };
}

/** Whether a subtask that names these artifacts (`folder/*` for a folder) has named this one. */
export function isNamed(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("/*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  );
}
