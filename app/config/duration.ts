import { SwarmError } from "../../state/errors.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "30m", "1.5h", "90s", "500ms", "1h30m"; a bare number is seconds. Milliseconds, at least 1. Throws SwarmError USAGE. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)?/g)];
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? "s"] as number), 0);
  const isWhole = parts.map(([part]) => part).join("") === trimmed && parts.length > 0;
  if (isWhole && ms >= 1 && Number.isFinite(ms)) return Math.round(ms);
  throw new SwarmError("USAGE", `"${text}" is no duration`, { next: "write it as 30m, 90s, 1h30m or 500ms" });
}
