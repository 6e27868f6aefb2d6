/**
 * What models and endpoints do differently, as data: one row per family, the first that matches the model's id counts. Owns no
 * behaviour: `chat-completions-model.ts` obeys.
 *
 * Two things need no row, because every model is treated alike: no sampling parameter is ever sent (Kimi fixes them, and
 * reasoning models refuse them), and every call is streamed (Kimi drops others after about three minutes).
 */

import type { ModelLimits } from "../../../engine/ports/models.ts";

export interface ModelQuirks {
  outputLimitField: "max_tokens" | "max_completion_tokens";
  /** Assistant messages go back with the `reasoning_content` that they came with, tool calls always with one. */
  replayReasoning: boolean;
  /** Any `tool_choice` but `auto` is refused: it is left out, and with `none` the tools are as well. */
  toolChoiceAutoOnly: boolean;
}

interface Family<Facts> {
  /** Matched against the id's last part, in lower case: `moonshotai/Kimi-K2.6` is `kimi-k2.6`. */
  id: RegExp;
  facts: Facts;
}

const PLAIN: ModelQuirks = { outputLimitField: "max_tokens", replayReasoning: false, toolChoiceAutoOnly: false };

const QUIRKS: readonly Family<Partial<ModelQuirks>>[] = [
  { id: /^(kimi|moonshot)/, facts: { replayReasoning: true, toolChoiceAutoOnly: true } },
  { id: /^(o\d|gpt-[5-9])/, facts: { outputLimitField: "max_completion_tokens" } },
];

const UNKNOWN: ModelLimits = { contextWindow: 128_000, maxOutputTokens: 8_192 };

const LIMITS: readonly Family<ModelLimits>[] = [
  { id: /^kimi-k2-0711/, facts: { contextWindow: 131_072, maxOutputTokens: 16_384 } },
  { id: /^kimi-(k[2-9]|for-coding|latest)/, facts: { contextWindow: 262_144, maxOutputTokens: 32_768 } },
  { id: /^moonshot-v1-8k/, facts: { contextWindow: 8_192, maxOutputTokens: 2_048 } },
  { id: /^moonshot-v1-32k/, facts: { contextWindow: 32_768, maxOutputTokens: 8_192 } },
  { id: /^gpt-4\.1/, facts: { contextWindow: 1_047_576, maxOutputTokens: 16_384 } },
  { id: /^gpt-4o/, facts: { contextWindow: 128_000, maxOutputTokens: 16_384 } },
  { id: /^gpt-5-chat/, facts: { contextWindow: 128_000, maxOutputTokens: 16_384 } },
  { id: /^gpt-[5-9]/, facts: { contextWindow: 400_000, maxOutputTokens: 32_768 } },
  { id: /^o\d/, facts: { contextWindow: 200_000, maxOutputTokens: 32_768 } },
  { id: /^claude/, facts: { contextWindow: 200_000, maxOutputTokens: 16_384 } },
  { id: /^gemini-(2\.5|[3-9])/, facts: { contextWindow: 1_048_576, maxOutputTokens: 32_768 } },
];

export function quirksOf(model: string): ModelQuirks {
  return { ...PLAIN, ...firstMatch(QUIRKS, model) };
}

export function limitsOf(model: string): ModelLimits {
  return firstMatch(LIMITS, model) ?? UNKNOWN;
}

function firstMatch<Facts>(families: readonly Family<Facts>[], model: string): Facts | undefined {
  const id = (model.split("/").at(-1) ?? model).toLowerCase();
  return families.find((family) => family.id.test(id))?.facts;
}
