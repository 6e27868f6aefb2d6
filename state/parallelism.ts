/** How parallel a run was: the `parallelism` of a result. Times are milliseconds in which some process worked on the run. */
export interface ParallelismReport {
  /** The sum over stages of (coordinator steps + the longest agent of the stage). */
  criticalSteps: number;
  longestPath: { ms: number; subtasks: string[] };
  /** From the first lane's start to the last one's end. */
  makespanMs: number;
  /** Lane time without what was waited for model slots, over all lanes. */
  busyMs: number;
  /** 0 to 1: busy time / (makespan × lanes at most at work). Null: no lane has worked. */
  efficiency: number | null;
  averageLanes: number;
  peakLanes: number;
  /** Over all lanes; `modelSlot` and `provider` include the coordinator. */
  waitedMs: { inputs: number; agentSlot: number; modelSlot: number; human: number; provider: number };
  /** Input and output tokens of the run for each result that is done. Null: none is. */
  tokensPerResult: number | null;
  warnings: ParallelismWarning[];
}

export interface ParallelismWarning {
  /** One chain did nearly all the work; many agents read the same; a lane far beyond the others decided the makespan. */
  kind: "serial-collapse" | "spurious-parallelism" | "straggler";
  /** One line. */
  evidence: string;
  subtasks: string[];
}
