/**
 * The end of a traced command. The process lives until the tracer has delivered what it holds, without our doing; but where
 * LangSmith does not answer, its client tries again for minutes, with the result long printed.
 */
import { describeError } from "../../state/errors.ts";
import { TERMINAL } from "./terminal.ts";
import { hideSecrets } from "../../adapters/text/hide-secrets.ts";

const LONGEST_WAIT_MS = 10_000;
const LONGEST_TEXT = 300;
const SWITCHES = ["LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING"];

export function isTraced(env: NodeJS.ProcessEnv): boolean {
  return SWITCHES.some((name) => env[name] === "true");
}

/**
 * LangSmith's client says on the console what fails, for each batch anew; of a traced command that is one line. To be called before the
 * first step.
 */
export function boundTraceErrors(env: NodeJS.ProcessEnv): void {
  if (!isTraced(env)) return;
  let isTold = false;
  const tell = (...said: unknown[]): void => {
    if (isTold) return;
    isTold = true;
    const text = said.map((part) => describeError(part)).join(" ");
    TERMINAL.note(
      `traces are not well: ${hideSecrets(text).slice(0, LONGEST_TEXT)} (the run goes on; no more is said of it)`,
    );
  };
  console.warn = tell;
  console.error = tell;
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
