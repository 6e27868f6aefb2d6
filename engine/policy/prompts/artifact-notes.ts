/** What an agent is told of the artifacts. Pure. */
import { HumanMessage, type BaseMessage } from "@langchain/core/messages";
import type { ChangedArtifact } from "../../../state/artifact.ts";
import type { Subtask } from "../../../state/plan.ts";
import type { ArtifactRules } from "../merge/artifact-rules.ts";
import { section } from "./markup.ts";

/** For the opening of a lane's conversation: names and kinds, nothing that changes while the run goes on. */
export function artifactsSection(
  { reads, writes }: Subtask,
  rules: (name: string) => ArtifactRules,
): string | undefined {
  if (reads.length === 0 && writes.length === 0) return undefined;
  const described = (name: string): string => (name.endsWith("/*") ? name : `${name} (${rules(name).type})`);
  const lines = [
    ...writes.map((name) => `may write: ${described(name)}`),
    ...reads.filter((name) => !writes.includes(name)).map((name) => `may read: ${described(name)}`),
    "Others work on them at the same time. Add with append_artifact where that is enough, change parts with patch_artifact, and read what you change. Your result is still your last reply.",
  ];
  return section("artifacts", {}, lines.join("\n"));
}

/** Marks what is told on the side: it begins nothing anew, as a repair does. Not sent to the model. */
const NOTE = { glasshive: "note" } as const;

export function isNote(message: BaseMessage): boolean {
  return message.additional_kwargs["glasshive"] === NOTE.glasshive;
}

/** At the beginning of a step: what others have changed since the agent read it. */
export function changesNote(changes: readonly ChangedArtifact[]): BaseMessage {
  const lines = changes.map(
    ({ artifact, seen, newest, by }) => `${artifact}: you saw version ${seen}, it is at version ${newest} now (${by})`,
  );
  const content = section("changed", {}, `${lines.join("\n")}\nRead again what your work depends on.`);
  return new HumanMessage({ content, additional_kwargs: NOTE });
}
