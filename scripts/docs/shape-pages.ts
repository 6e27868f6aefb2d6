/** `docs/reference/{result,plan,agents,library}.md`: the shapes that other programs read and write, from schemas and interfaces. */
import { AgentProfile } from "../../state/agent-profile.ts";
import { DeclaredArtifact } from "../../state/artifact.ts";
import { PlanFile, PlannedSubtask } from "../../state/plan.ts";
import { Usage } from "../../state/usage.ts";
import { interfaceTable, schemaTable } from "./shapes.ts";

const RESULT = "state/run-result.ts";

export function resultPage(): string {
  const parts = ["SubtaskReport", "PendingInterrupt", "CitationCheck", "ArtifactReport", "CheckReport", "CheckedWrite"];
  return `# Result

What \`run --json\` prints, as one object, and what \`result.json\` in the run's folder holds. What it counts in \`coverage\` is described
in the [README](../../README.md); times are ISO 8601, durations milliseconds, money US dollars.

${interfaceTable(RESULT, "RunResult")}

${parts.map((name) => `## ${name}\n\n${interfaceTable(RESULT, name)}`).join("\n\n")}

## Usage

${schemaTable(Usage, "state/usage.ts", "Usage")}
`;
}

export function planPage(): string {
  return `# Plan file

What the planner produces and what \`run --plan\` takes, as JSON. Unknown keys, duplicate ids, dependencies that do not exist and cycles
are refused with one line each; how to write one is in the [guide](../guide/plans.md).

${schemaTable(PlanFile, "state/plan.ts", "PlanFile")}

## A subtask

${schemaTable(PlannedSubtask, "state/plan.ts", "PlannedSubtask")}

## An artifact that is declared

${schemaTable(DeclaredArtifact, "state/artifact.ts", "DeclaredArtifact")}

Checks are described in [their guide](../guide/checks.md).
`;
}

export function agentsPage(): string {
  return `# Agent profiles

A file for \`--agents\` (JSON or YAML) has the key \`agents\`: a list of profiles. The [guide](../guide/agents.md) tells how to write one.

${schemaTable(AgentProfile, "state/agent-profile.ts", "AgentProfile")}
`;
}

export function libraryPage(): string {
  return `# Library

\`createSwarm(options)\` returns a compiled LangGraph graph with \`close()\` and \`[Symbol.asyncDispose]()\`; the
[guide](../guide/embedding.md) has programs. Errors are \`SwarmError\`s, by [code](errors.md).

${interfaceTable("app/create-swarm.ts", "SwarmOptions")}
`;
}
