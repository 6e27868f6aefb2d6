/** What the evals run against: anything that answers a task over documents. */
import type { CitationCheck } from "../state/run-result.ts";

export interface Answer {
  answer: string;
  citations: CitationCheck;
  /** Items of a `forEach` in the plan; empty where it had none. */
  items: string[];
}

export interface EvalRunner {
  name: string;
  /** Must be in each answer that is given, whatever the task. */
  mustSay?: RegExp;
  answer(task: string, docs: readonly string[]): Promise<Answer>;
  close(): void;
}
