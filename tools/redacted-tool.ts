/**
 * A tool of the caller's, of which a tracer hears no more than the agent does: what it returns, streams and throws is redacted before
 * LangChain tells anybody. What the tool itself does within, and with whom, is its own.
 */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { redactError } from "../engine/policy/redaction/redact-error.ts";
import type { Redactor } from "../engine/policy/redaction/redactor.ts";

type Work = (...call: unknown[]) => unknown;

/** The tool itself where there is nothing to redact, or no way in. */
export function redactedTool(tool: StructuredToolInterface, redactor: Redactor): StructuredToolInterface {
  const work: unknown = Reflect.get(tool, "_call");
  if (redactor.isIdle || typeof work !== "function") return tool;
  const redacted: Work = async (...call) => {
    try {
      const result: unknown = await (work as Work).apply(tool, call);
      return isStream(result) ? redactedStream(result, redactor) : redactor.value(result);
    } catch (error) {
      throw redactError(error, redactor);
    }
  };
  return new Proxy(tool, {
    // Its accessors and private members are those of the tool itself.
    get: (target, name) => (name === "_call" ? redacted : Reflect.get(target, name, target)),
  });
}

async function* redactedStream(stream: AsyncGenerator, redactor: Redactor): AsyncGenerator {
  try {
    // By hand: what such a tool returns in the end is its result.
    for (;;) {
      const { done, value } = await stream.next();
      if (done === true) return redactor.value(value);
      yield redactor.value(value);
    }
  } catch (error) {
    throw redactError(error, redactor);
  } finally {
    await stream.return(undefined);
  }
}

function isStream(result: unknown): result is AsyncGenerator {
  return typeof result === "object" && result !== null && Symbol.asyncIterator in result && "next" in result;
}
