/** By what a run is found in the systems that it is traced to. */

export interface TraceIds {
  /** 32 hexadecimal digits: of this process's part of the run. */
  opentelemetry?: string | undefined;
  /** The root of LangSmith's trace. */
  langsmith?: string | undefined;
}
