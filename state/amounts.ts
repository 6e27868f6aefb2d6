/** Numbers, money and times as a person reads them: one form for each, wherever they are shown. Pure. */

/** `4,000`; fractions are rounded. */
export function count(amount: number): string {
  return String(Math.round(amount)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 subtask`, `4,000 subtasks`. */
export function many(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}

/** `940`, `12.4k`, `2.1M`: for tokens. */
export function compact(amount: number): string {
  if (amount < 1000) return String(Math.round(amount));
  if (amount < 999_500) return `${trimmed(amount / 1000)}k`;
  return `${trimmed(amount / 1e6)}M`;
}

function trimmed(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, "");
}

/** `$0.42`, and `$0.0042` for what two digits would hide. */
export function dollars(amount: number): string {
  return `$${amount.toFixed(amount > 0 && amount < 0.1 ? 4 : 2)}`;
}

/** `80 %`, of a share from 0 to 1. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A time that was measured or is expected: `3.9 s`, `12.5 min`, `1.8 h`. */
export function duration(ms: number): string {
  if (ms < 90_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 5_400_000 ? `${(ms / 60_000).toFixed(1)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

/** A clock that runs: `0:07`, `12:30`, `1:02:03`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** What is left of a wait, in whole seconds: `7 s`, `2 min 5 s`. */
export function wait(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `2026-11-30 08:15:19` of an ISO 8601 time. */
export function dateTime(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

/** `08:15:19.250` of an ISO 8601 time. */
export function timeOfDay(iso: string): string {
  return iso.slice(11, 23);
}
