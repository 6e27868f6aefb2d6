/** What an open run is put together from: its durable records, and what this process lends it. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { RunHistory } from "../../engine/policy/budget/run-history.ts";
import type { ArtifactStorage } from "../../engine/runtime/artifacts/artifact-storage.ts";
import type { Board, Contents, Shelf } from "../../engine/ports/board.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import type { Journal } from "../../engine/journal/open-journal.ts";
import type { ModelProvider } from "../../engine/ports/models.ts";
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import type { ArtifactEvent } from "../../state/artifact-event.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import type { Question } from "../../state/question.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { Caps } from "../../state/usage.ts";
import type { LimiterPool } from "./limiter-pool.ts";

export interface RunParts {
  id: string;
  birth: string;
  question: Question;
  hasEnded: boolean;
  replaces: number | undefined;
  options: RunOptions;
  agents: readonly AgentProfile[];
  skills: ReadonlyMap<string, Skill>;
  recovery: RecoveryPolicy;
  detection: Detection;
  tools: readonly StructuredToolInterface[];
  journal: Journal;
  board: Board;
  artifacts: { storage: ArtifactStorage; events: readonly ArtifactEvent[] };
  shelf: Shelf;
  contents: Contents;
  documents: DocumentLibrary | undefined;
  models: ModelProvider;
  highestCaps: Caps;
  limiters: LimiterPool;
  clock: Clock;
  /** Resolves when what the steps so far have done survives the death of this process, as far as the checkpointer says. */
  saved: () => Promise<void>;
  /** Keeps other caps with the run. */
  keepCaps: (caps: Caps) => Promise<void>;
  /** Keeps that the question is answered. */
  keepEnd: () => Promise<void>;
  /** Reads what earlier runs of the same home took. */
  readHistory: () => Promise<RunHistory>;
  /** Keeps the end of the run in the store, before anybody is told of it. */
  recordEnd: (result: RunResult) => Promise<void>;
  endOnRecord: () => Promise<RunResult | undefined>;
  /** Keeps the journal's head outside of it: `lines` and the hash of the last one. */
  keepHead: (head: string, lines: number) => void;
  /** Writes the result where people look for it; undefined: there is no such place. */
  keepResult: (result: RunResult) => RunResult;
  /** Writes an artifact's newest version into the run's folder, where there is one. */
  keepArtifact: (file: string, content: string) => void;
  /** Frees what the run holds in this process. */
  onClose: () => Promise<void>;
}
