/**
 * The end of a traced command. The process lives until the tracer has delivered what it holds, without our doing; but where
 * LangSmith does not answer, its client tries again for minutes, with the result long printed.
 */
import { TERMINAL } from "./terminal.ts";

const LONGEST_WAIT_MS = 15_000;
/** As LangSmith reads them. */
const SWITCHES = ["LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING"];

export function isTraced(env: NodeJS.ProcessEnv): boolean {
  return SWITCHES.some((name) => env[name] === "true");
}

/** To be called when the command has said all: ends the process, with its exit code, if traces still hold it by then. */
export function boundTraceDelivery(env: NodeJS.ProcessEnv): void {
  if (!isTraced(env)) return;
  const giveUp = (): void => {
    TERMINAL.note(`traces were not delivered within ${LONGEST_WAIT_MS / 1000} s: some are lost (the run is not)`);
    process.exit();
  };
  setTimeout(giveUp, LONGEST_WAIT_MS).unref();
}
