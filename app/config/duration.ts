/** Amounts with a unit, as people write them. */
import { SwarmError } from "../../state/errors.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "30m", "1.5h", "90s", "500ms", "1h30m"; a bare number is seconds. Milliseconds, at least 1. Throws SwarmError USAGE. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)?/g)];
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? "s"] ?? NaN), 0);
  const isWhole = parts.map(([part]) => part).join("") === trimmed && parts.length > 0;
  if (isWhole && ms >= 1 && Number.isFinite(ms)) return Math.round(ms);
  throw new SwarmError("USAGE", `"${text}" is no duration`, { next: "write it as 30m, 90s, 1h30m or 500ms" });
}

const SIZES: Readonly<Record<string, number>> = { "": 1, b: 1, kb: 1000, mb: 1_000_000, kib: 1024, mib: 1_048_576 };
const LARGEST_FILE = 100_000_000;

/** "500kB", "5MB", "2MiB", or bytes; at most 100 MB. Throws SwarmError USAGE. */
export function parseFileSize(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(amount) * (SIZES[unit.toLowerCase()] ?? Number.NaN));
  if (bytes >= 1 && bytes <= LARGEST_FILE) return bytes;
  throw new SwarmError("USAGE", `"${text.slice(0, 60)}" is no size of a file`, {
    next: "write it as 500kB or 5MB, or in bytes; at most 100MB",
  });
}
