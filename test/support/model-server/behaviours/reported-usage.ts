import type { ChatRequest, ModelCall } from "../call.ts";
import type { Behaviour, Reply } from "../reply.ts";

export interface Report {
  input: number;
  cached?: number;
  output: number;
}

/** A provider that bills as `report` says, whatever the call took: `limit` is the output limit that the call carried, if any. */
export function reportedUsage(
  report: (call: ModelCall, limit: number | undefined) => Report | undefined,
  within: Behaviour,
): Behaviour {
  return (call): Reply => {
    const reply = within(call);
    const { max_tokens: plain, max_completion_tokens: limit = plain } = call.request as ChatRequest &
      Record<string, unknown>;
    const said = report(call, typeof limit === "number" ? limit : undefined);
    if (said === undefined) return reply;
    const usage = {
      prompt_tokens: said.input,
      completion_tokens: said.output,
      total_tokens: said.input + said.output,
      prompt_tokens_details: { cached_tokens: said.cached ?? 0 },
    };
    return { ...reply, usage };
  };
}
