/**
 * What a tool of the caller's gave, as text for the model. The tool has done its work by then: whatever it returns is shown as well as it
 * can be, and is no failure.
 */
import { inspect } from "node:util";
import { ToolMessage } from "@langchain/core/messages";
import type { Ending } from "../engine/runtime/turns/ending.ts";

/** Of one answer of a tool; what is beyond is not kept. */
export const MOST_CHARACTERS = 4_000_000;
/** Of a value that JSON has no words for so much is shown. */
const SHOWN = { depth: 10, maxArrayLength: 10_000, maxStringLength: MOST_CHARACTERS, customInspect: false };

/** A result that comes in pieces, as the body of an answer does, is read to its end, or as far as is kept. */
export async function resultText(result: unknown, { signal }: Pick<Ending, "signal">): Promise<string> {
  const pieces = piecesOf(result);
  if (pieces === undefined) return textOf(result);
  // A character may come in two pieces.
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of pieces) {
    text += piece instanceof Uint8Array ? decoder.decode(piece, { stream: true }) : textOf(piece);
    if (signal.aborted || text.length > MOST_CHARACTERS) break;
  }
  return text + decoder.decode();
}

function piecesOf(result: unknown): AsyncIterable<unknown> | undefined {
  if (result instanceof Response) return result.body ?? undefined;
  if (result instanceof Blob) return result.stream();
  return isStream(result) ? result : undefined;
}

function isStream(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === "object" && result !== null && Symbol.asyncIterator in result;
}

/** As JSON, with what JSON leaves out; where that is not possible (a circle, a getter that throws) as Node shows it. */
export function textOf(result: unknown): string {
  if (typeof result === "string") return result;
  if (ToolMessage.isInstance(result)) return result.text;
  const plain = plainValue(result);
  if (typeof plain === "string") return plain;
  try {
    return (
      JSON.stringify(plain, function (this: unknown, name, value: unknown) {
        // Before `toJSON`, by which a buffer is a list of its bytes.
        const own: unknown = typeof this === "object" && this !== null ? Reflect.get(this, name) : value;
        const shown = plainValue(own);
        return shown === own ? value : shown;
      }) ?? inspect(result, SHOWN)
    );
  } catch {
    return inspect(result, SHOWN);
  }
}

/** What JSON has no form of its own for, in one that it has. */
function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Error) return String(value);
  if (value instanceof Map) return [...value.keys()].every(isText) ? Object.fromEntries(value) : [...value];
  if (value instanceof Set) return [...value];
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString();
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  return value instanceof RegExp ? String(value) : value;
}

function isText(key: unknown): key is string {
  return typeof key === "string";
}
