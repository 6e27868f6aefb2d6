/** The names of the tools for artifacts (tools/artifacts/): routing and grants go by them. */

export const WRITING_TOOLS: ReadonlySet<string> = new Set(["write_artifact", "patch_artifact", "append_artifact"]);
export const ARTIFACT_TOOLS: ReadonlySet<string> = new Set(["list_artifacts", "read_artifact", ...WRITING_TOOLS]);

/** Whether a subtask with these artifacts has a use for a tool. Pure. */
export function isUseful(
  tool: string,
  { reads, writes }: { reads: readonly string[]; writes: readonly string[] },
): boolean {
  if (WRITING_TOOLS.has(tool)) return writes.length > 0;
  return !ARTIFACT_TOOLS.has(tool) || reads.length > 0 || writes.length > 0;
}
