/**
 * What a model request asks for, as data beside its prompt: for a model that is no language model and could only guess it from
 * the words (the offline reader). A provider's model never sees it. Owns no behaviour.
 */
import type { BaseMessage } from "@langchain/core/messages";
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { Exchange } from "../../state/exchange.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { Subtask } from "../../state/plan.ts";
import type { DocumentOverview } from "./documents.ts";

export interface PlannerBrief {
  role: "planner";
  task: string;
  history?: readonly Exchange[] | null | undefined;
  agents: readonly AgentProfile[];
  documents: DocumentOverview | undefined;
  maxSubtasks: number;
  /** Why earlier plans were sent back, by a person or by the checks. */
  objections: readonly string[];
}

/** The conversation itself (tool results, refusals) is in the request's messages. */
export interface AgentBrief {
  role: "agent";
  task: string;
  history?: readonly Exchange[] | null | undefined;
  subtask: Subtask;
  inputs: readonly SubtaskResult[];
  writes: readonly { name: string; type: string }[];
}

/** One result as the synthesizer sees it. */
export interface ResultExcerpt {
  subtask: string;
  title: string;
  group?: string;
  item?: string;
  usedBy?: string;
  /** `full`; `shortened`: its beginning; `brief`: many in a line each; `condensed`: a part of the results, merged before. */
  detail: "full" | "shortened" | "brief" | "condensed";
  output: string;
  /** Of what `output` is only the beginning. */
  whole?: { characters: number; bytes: number } | undefined;
}

export interface SynthesizerBrief {
  role: "synthesizer";
  task: string;
  results: readonly ResultExcerpt[];
  /** The results are a part of all: what comes of them is merged again. */
  isPart: boolean;
}

/** A lane's older turns, to be told in so many characters at most. */
export interface SummaryBrief {
  role: "summary";
  older: readonly BaseMessage[];
  characters: number;
}

export type TurnBrief =
  PlannerBrief | AgentBrief | SynthesizerBrief | SummaryBrief | { role: "arbiter" } | { role: "judge" };
