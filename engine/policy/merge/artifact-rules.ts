/** What is known of an artifact by its name and the plan's declaration: how it is merged, who may use it, where its file stands. Pure. */
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

export const WRITING_TOOLS: ReadonlySet<string> = new Set(["write_artifact", "patch_artifact", "append_artifact"]);
export const ARTIFACT_TOOLS: ReadonlySet<string> = new Set(["list_artifacts", "read_artifact", ...WRITING_TOOLS]);

/** Whether a subtask with these artifacts has a use for a tool. */
export function isUseful(
  tool: string,
  { reads, writes }: { reads: readonly string[]; writes: readonly string[] },
): boolean {
  if (WRITING_TOOLS.has(tool)) return writes.length > 0;
  // What is named is told of without being listed.
  if (tool === "list_artifacts") return [...reads, ...writes].some((name) => name.endsWith("/*"));
  return !ARTIFACT_TOOLS.has(tool) || reads.length > 0 || writes.length > 0;
}

/** Below a run's folder. */
export const ARTIFACTS_FOLDER = "artifacts";

/** Relative to the run's folder. An artifact whose name is a folder of another (`a` beside `a/b`) gets a `~` behind it. */
export function artifactFile(name: string, names: readonly string[]): string {
  const isFolder = names.some((other) => other.startsWith(`${name}/`));
  return `${ARTIFACTS_FOLDER}/${name}${isFolder ? "~" : ""}`;
}
