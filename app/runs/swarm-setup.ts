/** What is configured once for all runs of a swarm, and what its process lends them. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { BaseStore } from "@langchain/langgraph";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import type { Contents } from "../../engine/ports/board.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import type { Effects } from "../../engine/runtime/run/effects.ts";
import type { Run, RunTurns } from "../../engine/runtime/run/run.ts";
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import type { Permissions } from "../permissions.ts";
import type { HeadPlaces } from "./heads.ts";
import type { LimiterPool } from "./limiter-pool.ts";
import type { RunTraces } from "./run-traces.ts";

export interface SwarmSetup {
  /** Where run folders are; undefined: the journal is kept on the store, and there are no folders. */
  home: string | undefined;
  store: BaseStore | undefined;
  heads: HeadPlaces;
  /** Where the person stands: document paths are shown relative to it. */
  cwd: string;
  staff: Staff;
  rules: Rules;
  permissions: Permissions;
  host: RunHost;
  traces: RunTraces;
  /** Of the home. */
  storage?: Renewable | undefined;
  replay?: Replay;
}

export interface Staff {
  agents: readonly AgentProfile[];
  skills: ReadonlyMap<string, Skill>;
  /** Beside the built-in ones. */
  tools: readonly StructuredToolInterface[];
}

export interface Rules {
  recovery: RecoveryPolicy;
  detection: Detection;
}

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

/** What a run that is run again has in place of what a run at work has (app/replay/). */
export interface Replay {
  effects: Effects;
  documents: DocumentLibrary | undefined;
  contents: Contents;
  turns: (run: Pick<Run, "budget" | "life">) => RunTurns & { close(): void };
}

/** A storage that has failed can be tried again once nobody relies any more on what it has lost. */
interface Renewable {
  hasFailed(): boolean;
  renew(): Promise<void>;
}
