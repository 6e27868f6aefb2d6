/**
 * The state of one lane: the path of one subtask from "inputs ready" to "result published". Each field has one writer at a
 * time, since a lane's nodes run one after another; only `messages` grows, so only it is a delta channel.
 * The page docs/reference/state.md is made from the comments: meaning, then "Writer:", then "Law:".
 */
import type { BaseMessage } from "@langchain/core/messages";
import { Annotation, DeltaChannel, messagesDeltaReducer } from "@langchain/langgraph";
import { z } from "zod";
import type { ArtifactRecords, SeenArtifacts } from "./artifact.ts";
import type { KeptText, LaneRecords, TextOrKept } from "./lane-record.ts";
import type { Outcome } from "./outcome.ts";
import type { Signal } from "./signal.ts";

/** The node that a lane runs next: each node says it, the edges follow. */
export type LaneStep =
  | "await-inputs"
  | "think"
  | "person"
  | "delegate"
  | "act"
  | "validate"
  | "recover"
  | "split"
  | "part"
  | "join"
  | "publish"
  | "end";

/**
 * Conversations, and what opens them, are written in full to a checkpoint only this often; in between each step writes what it added.
 * More than a lane can have steps: to read four thousand small rows once costs less than to write the whole of a conversation four times.
 */
const SNAPSHOT_EVERY = 5000;

/** What a lane is sent: references, nothing that grows. Studio's form of a lane is made from it. */
export const Assignment = z.object({
  runId: z.string().describe("The run's id."),
  subtask: z.string().describe("The id of the subtask in the run's plan."),
  agent: z.string().describe("The agent's name; empty: nobody fits."),
  attempt: z.int().min(1).describe("From 1; another agent's is the next one."),
});
export type Assignment = z.infer<typeof Assignment>;

/** A text, or where it stands in the run's record (the SHA-256 of its UTF-8, as `model-call` has it), and how it begins. */
export type ShownText = string | (KeptText & { beginning: string });

/** What opens the conversation with an agent; people and graphs have no `system` of ours. */
export interface LanePrompt {
  system?: ShownText;
  message: ShownText;
}

export const LaneState = Annotation.Root({
  /** The run's id. Writer: skill-router (by Send). */
  runId: Annotation<string>,
  /** The subtask's id. Writers: skill-router (by Send), await-inputs (the same again, for streams). */
  subtask: Annotation<string>,
  /** The agent's name. Writers: skill-router (by Send), await-inputs, recover. */
  agent: Annotation<string>,
  /** From 1. Writers: skill-router (by Send), await-inputs, recover. */
  attempt: Annotation<number>,
  /** What the agent was asked: what stands before `messages`; a long text by its digest and its beginning. Shown, never read. Writers: await-inputs, recover. */
  prompt: () =>
    new DeltaChannel<LanePrompt | null, LanePrompt | null>(
      (current, writes) => (writes.length === 0 ? current : (writes.at(-1) ?? null)),
      { snapshotFrequency: SNAPSHOT_EVERY },
    ),
  /** What the current attempt has said so far; its opening is made anew each turn. Writers: think, delegate, act, join, recover. Law: appended, keyed by id. */
  messages: () =>
    new DeltaChannel<BaseMessage[], BaseMessage | BaseMessage[]>(messagesDeltaReducer, {
      snapshotFrequency: SNAPSHOT_EVERY,
    }),
  /** Model turns of the current attempt. Writers: await-inputs, think, delegate, join, recover. */
  turns: Annotation<number>,
  /** Steps of all attempts. Writers: await-inputs, think, delegate. */
  steps: Annotation<number>,
  /** ISO 8601: inputs complete and a slot free. Writer: await-inputs. */
  startedAt: Annotation<string>,
  /** Milliseconds spent waiting for an agent slot or a model slot. Writers: await-inputs, think, delegate. */
  waitedForSlotMs: Annotation<number>,
  /** The output as the agent gave it, then as validated; of a long one where it is kept. Writers: await-inputs, think, person, delegate, join, validate, recover. */
  output: Annotation<TextOrKept>,
  /** An output that fits and was sent back for its citations; empty: none. Writers: await-inputs, think, validate. */
  sound: Annotation<TextOrKept>,
  /** What went wrong last; null once it is dealt with. Writers: await-inputs, think, person, delegate, act, validate, split, join, recover. */
  signal: Annotation<Signal | null>,
  /** How often each recovery rule fired. Writers: await-inputs, think, delegate, recover. */
  firings: Annotation<Record<string, number>>,
  /** Agents that this subtask was taken from. Writers: await-inputs, recover. */
  triedAgents: Annotation<string[]>,
  /** The model that recovery switched to; null: the agent's, else the run's. Writers: await-inputs, recover. */
  model: Annotation<string | null>,
  /** What the agent has seen of the artifacts, by name. Writers: await-inputs, think, act, join, recover. */
  seen: Annotation<SeenArtifacts>,
  /** How it ended; null while it has not. Writers: await-inputs, think (condensing), person, delegate, join, validate, recover. */
  outcome: Annotation<Outcome | null>,
  /** Why, in one line; null where it is done. Writers: await-inputs, person, delegate, join, recover. */
  cause: Annotation<string | null>,
  /** What the swarm learns of the lane, by subtask. Writers: publish, await-inputs (parked). */
  lanes: Annotation<LaneRecords>,
  /** The newest versions of what the lane has written. Writer: publish. */
  artifacts: Annotation<ArtifactRecords>,
});
export type LaneState = typeof LaneState.State;
/** What changes in the state. */
export type LaneChange = typeof LaneState.Update;
/** What a node returns: what changes in the state, where the lane goes next, and of `split` the parts to send. */
export type LaneUpdate = LaneChange & { next: LaneStep; parts?: Assignment[] };

/** All that leaves a lane. */
export const LaneOutput = Annotation.Root({
  lanes: Annotation<LaneRecords>,
  artifacts: Annotation<ArtifactRecords>,
});
