/** What a prompt says of itself, read back: whose it is, and what its subtask is to do. */
import { sections } from "../../engine/policy/prompts/markup.ts";
import { roleLine, type PromptRole } from "../../engine/policy/prompts/roles.ts";

const COORDINATORS = ["planner", "synthesizer", "arbiter", "judge"] as const;

/** The role that a system prompt was written for; undefined for a prompt that is not ours. */
export function roleOf(systemPrompt: string): PromptRole | undefined {
  const kind = COORDINATORS.find((each) => systemPrompt.startsWith(roleLine({ kind: each })));
  if (kind !== undefined) return { kind };
  const name = sections(systemPrompt, "agent").at(-1)?.attributes["name"];
  if (name === undefined || !systemPrompt.startsWith(roleLine({ kind: "agent", name }))) return undefined;
  return { kind: "agent", name };
}

/** The instructions of a subtask out of a prompt's two sections. */
export function wholeInstructions(facts: {
  shared: { kind: string | undefined; body: string } | undefined;
  body: string;
  item: string | undefined;
}): string {
  const { shared, body, item } = facts;
  if (shared === undefined) return body;
  return shared.kind === "template" ? shared.body.replaceAll("{{item}}", () => item ?? "") : `${shared.body} ${body}`;
}
