/** The user's own prices, by model id or by a pattern in which `*` stands for any text. Pure. */
import type { Price } from "../../engine/ports/models.ts";
import { escapeRegExp } from "../../state/plain-text.ts";

/** The price of the id itself, else of the longest pattern that fits it; undefined where none does. */
export function ownPrice(prices: Readonly<Record<string, Price>>, model: string): Price | undefined {
  if (Object.hasOwn(prices, model)) return prices[model];
  const fitting = Object.keys(prices).filter((name) => name.includes("*") && patternOf(name).test(model));
  const [longest] = fitting.toSorted((one, other) => other.length - one.length || (one < other ? -1 : 1));
  return longest === undefined ? undefined : prices[longest];
}

function patternOf(name: string): RegExp {
  const parts = name.split("*").map(escapeRegExp);
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
