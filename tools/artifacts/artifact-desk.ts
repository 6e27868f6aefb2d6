/** What a tool for artifacts knows of the lane that calls it: handed over beside the call's arguments, not by the model. */
import type { RunnableConfig } from "@langchain/core/runnables";
import { isNamed } from "../../engine/policy/merge/artifact-rules.ts";
import type { SharedArtifacts, WriteOutcome } from "../../engine/runtime/artifacts/shared-artifacts.ts";
import type { StepView } from "../../engine/runtime/artifacts/step-view.ts";
import type { ConflictRecord, WriteOrigin } from "../../state/artifact.ts";
import { ArtifactName, nameClash } from "../../state/artifact.ts";
import { SwarmError } from "../../state/errors.ts";
import type { Subtask } from "../../state/plan.ts";

export interface ArtifactDesk {
  artifacts: SharedArtifacts;
  subtask: Pick<Subtask, "id" | "reads" | "writes">;
  origin: Omit<WriteOrigin, "call">;
  view: StepView;
  /** Asks a model what becomes of a conflict. */
  arbitrate: (conflict: ConflictRecord) => Promise<WriteOutcome>;
  /** Conflicts that wait for a human, by the number of the call: its answer is still to come. */
  pending: Map<number, ConflictRecord>;
}

const KEY = "glasshive_artifacts";

interface Handed {
  desk: ArtifactDesk;
  call: number;
}

/** `call`: the number of the call in its turn. */
export function withDesk(config: RunnableConfig, desk: ArtifactDesk, call: number): RunnableConfig {
  return { ...config, configurable: { ...config.configurable, [KEY]: { desk, call } satisfies Handed } };
}

export function deskOf(config: RunnableConfig): Handed {
  const handed = config.configurable?.[KEY] as Handed | undefined;
  if (handed !== undefined) return handed;
  throw new SwarmError("INTERNAL", "a tool for artifacts was called outside a lane");
}

/** Why this lane may not read or write this artifact; undefined: it may. A line for the model. */
export function refusal(desk: ArtifactDesk, name: string, wish: "read" | "write"): string | undefined {
  const { subtask } = desk;
  const shown = JSON.stringify(name.slice(0, 100));
  const valid = ArtifactName.safeParse(name);
  if (!valid.success) return `${shown} cannot name an artifact: it ${valid.error.issues[0]?.message ?? "is no name"}.`;
  const granted = wish === "write" ? subtask.writes : [...subtask.reads, ...subtask.writes];
  if (isNamed(granted, name)) return wish === "write" ? clash(desk, name) : undefined;
  return `This subtask may not ${wish} artifact ${shown}. It may ${wish}: ${granted.join(", ") || "none"}.`;
}

function clash({ artifacts, subtask }: ArtifactDesk, name: string): string | undefined {
  const known = [...Object.keys(artifacts.records), ...subtask.writes];
  const other = known.find((written) => nameClash(written, name));
  return other === undefined
    ? undefined
    : `${JSON.stringify(name)} cannot name an artifact: ${JSON.stringify(other)} differs from it in case alone. Use that name, or another.`;
}
