/** What a writing tool tells the model: what became of its write, and what to do where it was not taken. */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { ArtifactChange } from "../../engine/merge/change.ts";
import type { WriteOutcome } from "../../engine/merge/shared-artifacts.ts";
import type { ConflictRecord } from "../../state/artifact.ts";
import { deskOf, refusal, type ArtifactDesk } from "./artifact-desk.ts";

/** Characters of each side of a conflict that the model is shown. */
const SHOWN = 600;
const MOST_SHOWN = 5;

export interface Writing {
  name: string;
  change: ArtifactChange;
  /** Where the model names the version that it goes by; else the one that it has seen. */
  base?: number | undefined;
}

export async function answerWrite({ name, change, base }: Writing, config: RunnableConfig): Promise<string> {
  const { desk, call } = deskOf(config);
  const refused = refusal(desk, name, "write");
  if (refused !== undefined) return refused;
  const write = { artifact: name, change, base: base ?? desk.view.base(name), by: { ...desk.origin, call } };
  const outcome = await desk.artifacts.commit(write);
  const settled =
    outcome.kind === "pending" && outcome.conflict.policy === "arbiter"
      ? await desk.arbitrate(outcome.conflict)
      : outcome;
  return told(desk, { name, call, outcome: settled });
}

function told(
  desk: ArtifactDesk,
  { name, call, outcome }: { name: string; call: number; outcome: WriteOutcome },
): string {
  const { view } = desk;
  switch (outcome.kind) {
    case "problem":
      return `Not written: ${outcome.problem}`;
    case "pending":
      desk.pending.set(call, outcome.conflict);
      return "A human is asked.";
    case "rejected": {
      view.hasRead(name, outcome.conflict.committed);
      return rejectedText(outcome.conflict);
    }
    case "unchanged":
      view.hasWritten(name, outcome.version);
      return outcome.conflict === undefined
        ? `${name} says so already (version ${outcome.version}).`
        : `${settledText(outcome.conflict)} ${name} stays at version ${outcome.version}.`;
    case "committed": {
      view.hasWritten(name, outcome.version.version);
      const what = `${name} is at version ${outcome.version.version} now (${outcome.version.bytes} bytes).`;
      return outcome.conflict === undefined ? what : `${settledText(outcome.conflict)} ${what}`;
    }
  }
}

/** What became of a conflict, in a sentence. */
export function settledText({ base, committed, result, reason }: ConflictRecord): string {
  const before = `You wrote on version ${base}, others had come to version ${committed}:`;
  const why = reason === undefined || reason === "" ? "" : ` (${reason})`;
  switch (result) {
    case "merged":
      return `${before} both were merged.`;
    case "first-wins":
      return `${before} where both changed the same, what was there first stays.`;
    case "last-wins":
      return `${before} where both changed the same, your write stands.`;
    case "arbitrated":
      return `${before} an arbiter has decided${why}.`;
    case "human":
      return `${before} a human has decided${why}.`;
    case "rejected":
    case "pending":
      return `${before} it was not taken.`;
  }
}

function rejectedText({ artifact, base, committed, regions }: ConflictRecord): string {
  const shown = regions
    .slice(0, MOST_SHOWN)
    .map(
      ({ at, committed: theirs, incoming }) =>
        `- ${at}: it is now ${JSON.stringify(theirs.slice(0, SHOWN))}, you wrote ${JSON.stringify(incoming.slice(0, SHOWN))}`,
    );
  const more = regions.length > MOST_SHOWN ? [`- and ${regions.length - MOST_SHOWN} more places`] : [];
  return [
    `Not written: you wrote on version ${base} of ${artifact}, others have come to version ${committed}, and both changed the same:`,
    ...shown,
    ...more,
    `Read ${artifact} again if you need the rest, then write your change once more: it now goes by version ${committed}.`,
  ].join("\n");
}
