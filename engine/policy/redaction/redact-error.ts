/** Errors of others, cleaned where they come in: what they say, what they quote of an answer, what they were caused by. */
import type { RedactedCounts } from "../../../state/redaction.ts";
import type { Redactor } from "./redactor.ts";

/** A chain of errors that is deeper is a circle. */
const DEEPEST = 6;

/** The same error: who asks what it is must find its class. Whatever of it cannot be changed stays. */
export function redactError(error: unknown, redactor: Redactor, counts?: RedactedCounts): unknown {
  if (!redactor.isIdle) clean(error, { redactor, counts, depth: 0 });
  return typeof error === "string" ? redactor.text(error, counts) : error;
}

interface Cleaning {
  redactor: Redactor;
  counts: RedactedCounts | undefined;
  depth: number;
}

function clean(error: unknown, { redactor, counts, depth }: Cleaning): void {
  if (typeof error !== "object" || error === null || depth > DEEPEST) return;
  for (const name of new Set(["message", "stack", "cause", ...Object.keys(error)])) {
    const value: unknown = Reflect.get(error, name);
    if (value instanceof Error) {
      clean(value, { redactor, counts, depth: depth + 1 });
      continue;
    }
    const cleaned = redactor.value(value, name === "message" ? counts : undefined);
    if (cleaned !== value) Reflect.set(error, name, cleaned);
  }
}
