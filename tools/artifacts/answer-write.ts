/** A write as a tool of an agent makes it: whether it may, from which version it goes, and what the agent is told became of it. */
import type { RunnableConfig } from "@langchain/core/runnables";
import { z } from "zod";
import type { ArtifactChange } from "../../engine/policy/merge/change.ts";
import type { WriteOutcome } from "../../engine/runtime/artifacts/artifact-writer.ts";
import type { ConflictRecord } from "../../state/artifact.ts";
import type { StepView } from "../../engine/runtime/artifacts/step-view.ts";
import type { ArtifactType } from "../../state/artifact.ts";
import { accessIn, refusal } from "./artifact-access.ts";
import { firstOf } from "../../state/plain-text.ts";

/** Characters of each side of a conflict that the model is shown. */
const SHOWN = 600;
const MOST_SHOWN = 5;

/** Arguments that writing tools share. */
export const NAME = z.string();
export const BASE_VERSION = z.number().int().min(0).optional();

/**
 * A tool's parameters without those that no artifact of these types has a use for; `types` undefined: all of them. `read`: a call's,
 * without what the tool did not offer.
 */
export function parametersFor<Input extends z.ZodObject>(
  input: Input,
  uses: Readonly<Record<string, readonly ArtifactType[]>>,
  types: ReadonlySet<ArtifactType> | undefined,
): { schema: z.ZodObject; read: (call: object) => z.infer<Input> } {
  const isOffered = ([name]: [string, unknown]): boolean =>
    name in input.shape && (types === undefined || uses[name]?.some((type) => types.has(type)) !== false);
  return {
    schema: z.looseObject(Object.fromEntries(Object.entries(input.shape).filter(isOffered))),
    read: (call) => input.parse(Object.fromEntries(Object.entries(call).filter(isOffered))),
  };
}

export interface Writing {
  name: string;
  change: ArtifactChange;
  /** Where the model names the version that it goes by; else the one that it has seen. */
  base?: number | undefined;
}

export async function answerWrite({ name, change, base }: Writing, config: RunnableConfig): Promise<string> {
  const { access, call } = accessIn(config);
  const { artifacts, writer, view, origin } = access;
  const refused = refusal(access, name, "write");
  if (refused !== undefined) return refused;
  const isBlind = editsUnread(view, { name, change, base });
  const from = isBlind ? { base: view.version(name) } : baseFor(view, name, base);
  const by = { ...origin, call };
  // A crash may have kept from this step what it knew before: a write that is on record is answered as it was then.
  const isNew = artifacts.eventOf(by) === undefined;
  if (isNew && base !== undefined && base > view.version(name)) return unseenText(name, base, view);
  if (isNew && change.do === "write" && view.isUnread(name)) return unreadText(name, from.base);
  const outcome = await writer.commit({ artifact: name, change, ...from, by });
  const isForArbiter = outcome.kind === "pending" && outcome.conflict.policy === "arbiter";
  const settled = isForArbiter ? await access.arbitrate(outcome.conflict) : outcome;
  if (settled.kind === "pending") access.pending.set(call, settled.conflict);
  if (isBlind && settled.kind === "problem") return `Not written: you have not read ${name}. ${settled.problem}`;
  const written = { name, change, from, view };
  noteOutcome(settled, written);
  if (isBlind) view.markShown(name, view.version(name));
  return outcomeText(settled, written);
}

/** What an agent that has read nothing of a text replaces stands in the newest version once, or its edits are refused. */
function editsUnread(view: StepView, { name, change, base }: Writing): boolean {
  const isEdit = change.do === "patch" && change.edits !== undefined;
  return isEdit && base === undefined && view.base(name).base === 0 && view.version(name) > 0;
}

/**
 * What a write goes by: never a later version than the agent has read, whatever it says, or it would take away in silence what it
 * has not seen. An earlier one may be named: what came after it is merged, on record.
 */
function baseFor(view: StepView, name: string, named: number | undefined): Base {
  const known = view.base(name);
  return named === undefined || named >= known.base ? known : { base: named };
}

type Base = ReturnType<StepView["base"]>;

interface Written {
  name: string;
  change: ArtifactChange;
  from: Base;
  view: StepView;
}

/** The agent has seen what it wrote, and what it is shown of what others wrote. */
function noteOutcome(outcome: WriteOutcome, { name, change, from, view }: Written): void {
  if (outcome.kind === "rejected") view.markShown(name, outcome.conflict.committed);
  if (outcome.kind !== "unchanged" && outcome.kind !== "committed") return;
  const version = outcome.kind === "committed" ? outcome.version.version : outcome.version;
  const isOnOthers = outcome.kind === "committed" && (from.base !== version - 1 || from.after !== undefined);
  if (outcome.conflict !== undefined) view.markSettled(version, outcome.conflict);
  else if (isOnOthers) view.markAdded(name, version);
  else if (outcome.kind === "committed" && view.isUnread(name)) view.markShown(name, version);
  else if (outcome.kind === "committed" || change.do === "write") view.markWritten(name, version);
}

function outcomeText(outcome: WriteOutcome, { name, change }: Written): string {
  switch (outcome.kind) {
    case "problem":
      return `Not written: ${outcome.problem}`;
    case "pending":
      return "A human is asked.";
    case "rejected":
      return rejectedText(outcome.conflict, change);
    case "unchanged": {
      const { version, conflict } = outcome;
      return conflict === undefined
        ? `${name} says so already (version ${version}).`
        : `${settledText(conflict)} ${name} stays at version ${version}.`;
    }
    case "committed": {
      const { version, bytes } = outcome.version;
      const what = `${name} is at version ${version} now (${bytes} bytes).`;
      return outcome.conflict === undefined ? what : `${settledText(outcome.conflict)} ${what}`;
    }
  }
}

function unseenText(name: string, named: number, view: StepView): string {
  const newest = view.version(name);
  const there = newest === 0 ? `nobody has written ${name} yet` : `the newest that you can see is ${newest}`;
  return `Not written: you name version ${named} of ${name}, and ${there}. Read it, then write; leave base_version out.`;
}

function unreadText(name: string, version: number): string {
  return `Not written: version ${version} of ${name} holds what you have not read. Read it, then write it anew.`;
}

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
  const places = regions.map(
    ({ at, committed: theirs, incoming }) =>
      `- ${at}: it is now ${JSON.stringify(theirs.slice(0, SHOWN))}, you wrote ${JSON.stringify(incoming.slice(0, SHOWN))}`,
  );
  return [
    `Not written: you wrote on version ${base} of ${artifact}, others have come to version ${committed}, and both changed the same:`,
    ...firstOf(places, MOST_SHOWN, (left) => `- and ${left} more places`),
    change.do === "write"
      ? `Read ${artifact} again, then write it once more.`
      : `Read ${artifact} again if you need the rest, then make your change once more: it now goes by version ${committed}.`,
  ].join("\n");
}
