/** `list_artifacts`: the artifacts that this subtask may read or write. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { isNamed } from "../../engine/policy/merge/artifact-rules.ts";
import { accessIn, type ArtifactAccess } from "./artifact-access.ts";

const MOST_LISTED = 200;

export function listArtifacts(): StructuredToolInterface {
  return tool((_call, config) => list(accessIn(config).access), {
    name: "list_artifacts",
    description: "Lists artifacts.",
    schema: z.looseObject({}),
  });
}

function list({ artifacts, subtask, view }: ArtifactAccess): string {
  const granted = [...subtask.reads, ...subtask.writes];
  const unwritten = granted.filter((name) => !name.endsWith("/*") && view.version(name) === 0);
  const names = [...view.names.filter((name) => isNamed(granted, name)), ...new Set(unwritten)];
  const lines = names.slice(0, MOST_LISTED).map((name) => {
    const version = artifacts.versions(name)[view.version(name) - 1];
    const access = isNamed(subtask.writes, name) ? "read and write" : "read";
    if (version === undefined) return `${name}: ${artifacts.rules(name).type}, not written yet; ${access}`;
    return `${name}: ${version.type}, version ${version.version}, ${version.bytes} bytes, last written by ${version.by.subtask}; ${access}`;
  });
  const more = names.length - lines.length;
  return (
    [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n") ||
    "There is no artifact that this subtask may use."
  );
}
