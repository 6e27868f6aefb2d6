/** The agents of a run that brings none. */
import type { AgentProfile } from "../../../state/agent-profile.ts";

const ARTIFACTS = ["list_artifacts", "read_artifact", "write_artifact", "patch_artifact", "append_artifact"];
const base = { kind: "model", maxSteps: 20, modalities: ["text"], memory: "none" } satisfies Partial<AgentProfile>;

export const BUILT_IN_AGENTS: readonly AgentProfile[] = [
  {
    ...base,
    modalities: ["text"],
    name: "researcher",
    description: "looks facts up by searching and reading, extracts them and says where each of them stands",
    skills: ["research", "extraction", "search", "lookup"],
    tools: ["search_documents", "read_document", "list_documents", "read_result", "request_subtasks", ...ARTIFACTS],
  },
  {
    ...base,
    modalities: ["text"],
    name: "analyst",
    description: "compares, checks, classifies and judges what others have found, and calculates from it",
    skills: ["analysis", "comparison", "classification", "review", "verification", "calculation"],
    tools: ["read_result", "read_document", "search_documents", "request_subtasks", ...ARTIFACTS],
  },
  {
    ...base,
    modalities: ["text"],
    name: "writer",
    description: "writes, rewrites, summarises and translates texts from given material",
    skills: ["writing", "summarisation", "summarization", "translation", "editing", "drafting"],
    tools: ["read_result", "read_document", "search_documents", ...ARTIFACTS],
  },
];
