/**
 * What a model costs, from the table inside @pydantic/genai-prices: nothing is downloaded. The table is half a megabyte, so it
 * is read when the first price is asked for, not when the program starts (`require`, because the asking is synchronous).
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as PriceTableModule from "@pydantic/genai-prices";
import type { Price } from "../../engine/ports/models.ts";
import { escapeRegExp } from "../../state/plain-text.ts";

type PriceTable = typeof PriceTableModule;
type PriceEntry = NonNullable<ReturnType<PriceTable["calcPrice"]>>;

const PACKAGE = "@pydantic/genai-prices";
const require = createRequire(import.meta.url);

/**
 * US dollars per million tokens; undefined where the table does not know the model. The endpoint's own price where it has
 * one, else that of the model's maker. Of tiered prices the highest: a cap on money must hold for the longest prompt.
 */
export function priceOf(model: string, baseUrl?: string): Price | undefined {
  const table: PriceTable = require(PACKAGE);
  const entry = lookUp(table, model, baseUrl);
  if (entry === undefined) return undefined;
  const input = highest(entry.model_price["input_mtok"]);
  const output = highest(entry.model_price["output_mtok"]);
  if (input === undefined || output === undefined) return undefined;
  return {
    input,
    cachedInput: highest(entry.model_price["cache_read_mtok"]) ?? input,
    output,
    source: `genai-prices ${tableVersion()}: ${entry.provider.id} ${entry.model.id}`,
  };
}

/** Behind a gateway a model often bears its maker's name: `moonshotai/kimi-k2.6`. */
function lookUp(table: PriceTable, model: string, baseUrl: string | undefined): PriceEntry | undefined {
  const bareName = model.split("/").at(-1) ?? model;
  const atEndpoint = baseUrl === undefined ? null : table.calcPrice({}, model, { providerApiUrl: baseUrl });
  return atEndpoint ?? table.calcPrice({}, model) ?? table.calcPrice({}, bareName) ?? undefined;
}

function highest(price: PriceEntry["model_price"][string]): number | undefined {
  if (price === undefined || typeof price === "number") return price;
  return Math.max(price.base, ...price.tiers.map((tier) => tier.price));
}

function tableVersion(): string {
  const manifest: { version: string } = require(join(dirname(require.resolve(PACKAGE)), "..", "package.json"));
  return manifest.version;
}

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
