/** What is thrown for LangGraph: nobody on the way takes it for a failure. */
import { GraphBubbleUp, GraphDrained, GraphInterrupt } from "@langchain/langgraph";
import type { Run } from "../run/run.ts";

/** Whether it is LangGraph's, and nothing that looks like it: a stranger may throw anything. */
export function isControlFlow(error: unknown): error is GraphBubbleUp {
  return error instanceof GraphBubbleUp;
}

/**
 * What a lane throws that stops where it stands and goes on from there later. Beside another lane's interrupt it has to be an
 * interrupt too, of nothing: LangGraph 1.7.3 takes a drain that comes after an interrupt for an error, and aborts the rest.
 */
export function drained(run: Run, reason: string): GraphDrained | GraphInterrupt {
  return run.life.isDraining ? new GraphInterrupt([]) : new GraphDrained(reason);
}
