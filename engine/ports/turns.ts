/** One metered model turn: what is asked, and what comes of it. Owns no behaviour. */
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { Signal } from "../../state/signal.ts";
import type { Usage } from "../../state/usage.ts";
import type { TurnBrief } from "./brief.ts";
import type { GraphTurn } from "./graphs.ts";

/** For whom a model is called. */
export const PURPOSES = ["plan", "work", "reduce", "check", "synthesize"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What a request has in common with those of its siblings, and begins with. */
export interface SharedPrefix {
  /** The same for all that share it. */
  key: string;
  /** Of the text, without the tools. */
  bytes: number;
}

/** What a model is asked, and with which tools. */
export interface Prompt {
  messages: BaseMessage[];
  tools: readonly StructuredToolInterface[];
  /** What the messages ask for, as data. */
  brief?: TurnBrief;
  /** Of a conversation's first request: the first sibling goes ahead, so that the others meet a warm prompt cache. */
  shared?: SharedPrefix;
}

/** The lane whose turn it is. */
export interface TurnOfLane {
  subtask: string;
  attempt: number;
  agent: string;
  /** Higher goes first when calls wait for a slot; the coordinator goes before every lane. */
  priority: number;
  /** When the subtask's own time is over, in milliseconds since the epoch. */
  endsAt?: number | undefined;
  /** Writes to shared artifacts that the asking step has seen. */
  artifacts?: number | undefined;
}

export interface TurnRequest {
  purpose: Purpose;
  /** A model id, where an agent profile names one. */
  model?: string | undefined;
  prompt: Prompt;
  /** Absent: it is the coordinator's. */
  lane?: TurnOfLane;
  /** Of the node: aborts, callbacks and tracing metadata come through it. */
  config: RunnableConfig;
  graph?: GraphTurn | undefined;
  /** As what listeners that are told in content blocks are shown the reply; absent: as a message of its own, where it was asked for. */
  shown?: Shown | undefined;
}

export interface Shown {
  /** The id of the message. What comes under the id of an earlier one takes its place. */
  as: string;
  /** It is the lane's last word, should it call no tool, and is shown as the swarm's. */
  isLanes?: boolean;
  /** The id for those who are told in tokens, and can take nothing back: of this turn alone. Absent: as ever. */
  inTokensAs?: string;
}

/**
 * One metered model turn: reserved, called, settled, journalled. `recorded`: the settlement of a good reply is durable; to be
 * awaited before anything that follows from the reply is reported. Never throws for what a provider can do wrong.
 */
export type TurnReply =
  | { kind: "reply"; message: AIMessage; usage: Usage; waitedForSlotMs: number; recorded: Promise<void> }
  | { kind: "signal"; signal: Signal; usage: Usage; waitedForSlotMs: number };
