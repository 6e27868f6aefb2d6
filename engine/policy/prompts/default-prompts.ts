/** What is said to each role, where nobody says otherwise: what Studio shows to be edited. Of an agent that has documents and tools. */
import { agentRules } from "./agent-prompt.ts";
import { PLANNER_RULES } from "./planner-prompt.ts";
import { SYNTHESIZER_RULES } from "./synthesizer-prompt.ts";

export const DEFAULT_PROMPTS = {
  plannerPrompt: PLANNER_RULES,
  agentPrompt: agentRules({ documents: "", tools: true, inputs: true }),
  synthesizerPrompt: SYNTHESIZER_RULES,
} as const;
