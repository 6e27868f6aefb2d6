/** How an event's schema is made. Amounts are checked as what a balance can be made of: finite, and never below zero. */
import { z } from "zod";

/** Finite and at least 0; a forged line must not become a balance of NaN. */
export const amount = (meaning: string) => z.number().min(0).describe(meaning);
/** Of milliseconds: a clock that was set back makes them negative. */
export const duration = (meaning: string) => z.number().describe(`${meaning}, in milliseconds`);
export const text = (meaning: string) => z.string().describe(meaning);
/** Of a content, which stands beside the journal. */
export const digest = (meaning: string) => z.string().describe(`SHA-256 ${meaning}; see the contents`);
export const texts = (meaning: string) => z.array(z.string()).describe(meaning);

/** What a line of one kind says in `data`. Fields that are not named here are kept: a newer release may have written them. */
export function event<Shape extends z.ZodRawShape>(meaning: string, shape: Shape) {
  return z.object({ ...shape, key: KEY }).describe(meaning);
}

const KEY = z.string().optional().describe("by which it is written once, however often its step runs");
