/** What the contents have of a run as it was set up: all that it is told, and that its options do not say. */
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import { fieldOf, isRecord, listOf } from "../../state/is-record.ts";
import type { Question } from "../../state/question.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import type { Contents } from "../ports/board.ts";
import type { DocumentOverview } from "../ports/documents.ts";
import type { ResolvedModel } from "../ports/models.ts";

export interface RunSetup {
  question: Question;
  agents: readonly AgentProfile[];
  skills: readonly Skill[];
  recovery: RecoveryPolicy;
  detection: Detection;
  /** `view`: what the planner is shown of them. */
  documents?: (DocumentOverview & { view?: string }) | undefined;
  /** `name`: as a profile has it; absent: the run's own, which is the first. */
  models: ({ name?: string | undefined; concurrency?: number } & Pick<
    ResolvedModel,
    "id" | "contextWindow" | "maxOutputTokens" | "price" | "notice"
  >)[];
}

/** Undefined where an earlier release has put less there. Throws SwarmError STORAGE_FAILED where it is lost. */
export function readSetup(contents: Contents, digest: string | undefined): RunSetup | undefined {
  if (digest === undefined) return undefined;
  const setup: unknown = JSON.parse(contents.text({ digest, characters: 0, bytes: 0 }));
  return isSetup(setup) ? setup : undefined;
}

function isSetup(value: unknown): value is RunSetup {
  const documents = fieldOf(value, "documents");
  return (
    typeof fieldOf(fieldOf(value, "question"), "task") === "string" &&
    ["recovery", "detection"].every((name) => isRecord(fieldOf(value, name))) &&
    ["agents", "skills"].every((name) => Array.isArray(fieldOf(value, name))) &&
    listOf(fieldOf(value, "models")).length > 0 &&
    (documents === undefined || Array.isArray(fieldOf(documents, "sample")))
  );
}
