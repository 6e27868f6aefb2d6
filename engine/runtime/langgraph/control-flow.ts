/** What is thrown for LangGraph: nobody on the way takes it for a failure. */
import { GraphBubbleUp } from "@langchain/langgraph";

/** Whether it is LangGraph's, and nothing that looks like it: a stranger may throw anything. */
export function isControlFlow(error: unknown): error is GraphBubbleUp {
  return error instanceof GraphBubbleUp;
}
