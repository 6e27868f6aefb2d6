/**
 * A tool of the caller's, of which a tracer hears no more than the agent does: what it returns, streams and throws is redacted before
 * LangChain tells anybody, and what models are told of it before they, or the record, have it. What the tool itself does within, and with
 * whom, is its own.
 */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { redactError, type Redactor } from "../engine/policy/redaction/redactor.ts";
import { defineTool, toolDefinition } from "../engine/ports/tool-definition.ts";

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

/** The tool itself where what is told of it holds nothing to redact. Its name is not changed: it is called by it. */
export function redactedDefinition(tool: StructuredToolInterface, redactor: Redactor): StructuredToolInterface {
  if (redactor.isIdle) return tool;
  const definition = toolDefinition(tool);
  const clean = redactor.value(definition);
  if (clean === definition) return tool;
  const told = new Proxy(tool, {
    // A client that takes more than the definition (`extras`) takes all of the tool.
    get: (target, name): unknown => (name === "extras" ? undefined : Reflect.get(target, name, target)),
  });
  return defineTool(told, { ...clean, function: { ...clean.function, name: tool.name } });
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
