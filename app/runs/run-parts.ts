/** What an open run is put together from: its durable records, and what this process lends it. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { Journal } from "../../engine/journal/open-journal.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { Recording } from "../../engine/policy/replay/recording.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import type { ModelProvider } from "../../engine/ports/models.ts";
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import type { Parent } from "../../state/run-result.ts";
import type { TraceIds } from "../../state/trace-ids.ts";
import type { Caps } from "../../state/usage.ts";
import type { LimiterPool } from "./limiter-pool.ts";
import type { RunRecords } from "./run-records.ts";
import type { RunBegin } from "./run-store.ts";

/** Who can do work. */
export interface Staff {
  agents: readonly AgentProfile[];
  skills: ReadonlyMap<string, Skill>;
  /** Beside the built-in ones. */
  tools: readonly StructuredToolInterface[];
}

/** What a run does when something goes wrong. */
export interface Rules {
  recovery: RecoveryPolicy;
  detection: Detection;
}

/** What a process lends to its runs. */
export interface RunHost {
  clock: Clock;
  limiters: LimiterPool;
  /** Of what comes into runs. */
  redactor: Redactor;
  /** Traces are to hold nothing of what is asked. Default: they may. */
  hidesInputs?: boolean;
  /** Resolves when what the steps so far have done survives the death of this process, as far as the checkpointer says. */
  saved: () => Promise<void>;
}

export interface RunParts {
  /** With the run that it forks from or asks on about. */
  begin: RunBegin & { parent: Parent | null };
  staff: Staff & { models: ModelProvider };
  rules: Rules;
  highestCaps: Caps;
  journal: Journal;
  records: RunRecords;
  kept: Awaited<ReturnType<RunRecords["openShared"]>>;
  documents: DocumentLibrary | undefined;
  host: RunHost;
  /** Of this process's part of the run. */
  traces: TraceIds;
  /** Of a run that is run again. */
  recording?: Recording | undefined;
  /** Frees what the run holds in this process. */
  onClose: () => Promise<void>;
}
