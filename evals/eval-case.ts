/** A question of the evals, and what a person would expect of its answer. Data; the judging is in `judge.ts`. */
export type EvalKind = "look-up" | "comparison" | "per item" | "several" | "summary" | "no answer";

export interface EvalCase {
  kind: EvalKind;
  task: string;
  /** Files and folders below the checkout. */
  docs: readonly string[];
  /** Each must be in the answer. */
  facts: readonly RegExp[];
  /** None may be in the answer. */
  noise?: readonly RegExp[];
  /** The most characters that a reader should have to read; default 4,000. */
  mostCharacters?: number;
  /** The table has a row (or a column) for each. */
  items?: readonly string[];
  /** One row for each outermost folder that holds this file below `docs`. */
  rowForEach?: string;
  /** An answer without a citation is right here. */
  isUncited?: boolean;
}
