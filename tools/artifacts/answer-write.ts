/** What a writing tool tells the model: what became of its write, and what to do where it was not taken. */
import type { RunnableConfig } from "@langchain/core/runnables";
import { z } from "zod";
import type { ArtifactChange } from "../../engine/policy/merge/change.ts";
import type { WriteOutcome } from "../../engine/runtime/artifacts/shared-artifacts.ts";
import type { ConflictRecord } from "../../state/artifact.ts";
import type { StepView } from "../../engine/runtime/artifacts/step-view.ts";
import { accessIn, refusal, type ArtifactAccess } from "./artifact-access.ts";

/** Characters of each side of a conflict that the model is shown. */
const SHOWN = 600;
const MOST_SHOWN = 5;

/** Arguments that writing tools share. */
export const NAME = z.string().describe("The artifact's name.");
export const BASE_VERSION = z
  .number()
  .int()
  .min(0)
  .optional()
  .describe("The version that you go by; default: the one you read last.");

export interface Writing {
  name: string;
  change: ArtifactChange;
  /** Where the model names the version that it goes by; else the one that it has seen. */
  base?: number | undefined;
}

export async function answerWrite({ name, change, base }: Writing, config: RunnableConfig): Promise<string> {
  const { access, call } = accessIn(config);
  const refused = refusal(access, name, "write");
  if (refused !== undefined) return refused;
  const from = baseFor(access.view, name, base);
  const by = { ...access.origin, call };
  // A crash may have kept from this step what it had been told before: a write that is on record is answered as it was then.
  const isNew = !access.artifacts.has(by);
  if (isNew && base !== undefined && base > access.view.version(name)) return unseenText(name, base, access.view);
  if (isNew && change.do === "write" && access.view.isUnread(name)) return unreadText(name, from.base);
  const outcome = await access.artifacts.commit({ artifact: name, change, ...from, by });
  const settled =
    outcome.kind === "pending" && outcome.conflict.policy === "arbiter"
      ? await access.arbitrate(outcome.conflict)
      : outcome;
  return answerTo(access, { name, call, change, from, outcome: settled });
}

/**
 * What a write goes by: never a later version than the agent has read, whatever it says, or it would take away in silence what it
 * has not seen. An earlier one may be named: what came after it is merged, on record.
 */
function baseFor(view: StepView, name: string, named: number | undefined): { base: number; after?: string } {
  const known = view.base(name);
  return named === undefined || named >= known.base ? known : { base: named };
}

interface Settled {
  name: string;
  call: number;
  change: ArtifactChange;
  from: { base: number; after?: string };
  outcome: WriteOutcome;
}

function answerTo(access: ArtifactAccess, { name, call, change, from, outcome }: Settled): string {
  const { view } = access;
  switch (outcome.kind) {
    case "problem":
      return `Not written: ${outcome.problem}`;
    case "pending":
      access.pending.set(call, outcome.conflict);
      return "A human is asked.";
    case "rejected": {
      view.hasHeard(name, outcome.conflict.committed);
      return rejectedText(outcome.conflict, change);
    }
    case "unchanged": {
      const { version, conflict } = outcome;
      if (conflict !== undefined) settledIn(view, version, conflict);
      else if (change.do === "write") view.hasWritten(name, version);
      return conflict === undefined
        ? `${name} says so already (version ${version}).`
        : `${settledText(conflict)} ${name} stays at version ${version}.`;
    }
    case "committed": {
      const { version, bytes } = outcome.version;
      const { conflict } = outcome;
      if (conflict !== undefined) settledIn(view, version, conflict);
      else if (from.base !== version - 1 || from.after !== undefined) view.hasAdded(name, version);
      else if (view.isUnread(name)) view.hasHeard(name, version);
      else view.hasWritten(name, version);
      const what = `${name} is at version ${version} now (${bytes} bytes).`;
      return conflict === undefined ? what : `${settledText(conflict)} ${what}`;
    }
  }
}

/** A merge keeps what the writer knows of its own write; what an arbiter or a human made of it the writer has yet to read. */
export function settledIn(view: StepView, version: number, conflict: ConflictRecord): void {
  const { artifact, result } = conflict;
  if (result === "arbitrated" || result === "human") view.hasHeard(artifact, version);
  else view.hasMerged(artifact, version, conflict);
}

function unseenText(name: string, named: number, view: StepView): string {
  const newest = view.version(name);
  const there = newest === 0 ? `nobody has written ${name} yet` : `the newest that you can see is ${newest}`;
  return `Not written: you name version ${named} of ${name}, and ${there}. Read it, then write; leave base_version out.`;
}

function unreadText(name: string, version: number): string {
  return `Not written: version ${version} of ${name} holds what you have not read. Read it, then write it anew.`;
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

function rejectedText({ artifact, base, committed, regions }: ConflictRecord, change: ArtifactChange): string {
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
    change.do === "write"
      ? `Read ${artifact} again, then write it once more.`
      : `Read ${artifact} again if you need the rest, then make your change once more: it now goes by version ${committed}.`,
  ].join("\n");
}
