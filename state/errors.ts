/**
 * The error tree. Every error that leaves Glasshive is a SwarmError: its `code` says what is wrong, `fault` whose move it
 * is, `retry` whether the same call can succeed later. The decision is made here, where the error is born.
 *
 * A problem that a model can fix is a value (a tool result); one that the graph can route is a signal (`signal.ts`).
 * Only what breaks a promise throws.
 */
import { fieldOf } from "./is-record.ts";

/** Who has to act: `user` (flags, files, configuration), `provider` (the model endpoint), `system` (disk, bug). */
export type Fault = "user" | "provider" | "system";

const CODES = {
  USAGE: { fault: "user", retry: false, exitCode: 2 },
  CONFIG_INVALID: { fault: "user", retry: false, exitCode: 2 },
  PLAN_INVALID: { fault: "user", retry: false, exitCode: 2 },
  AGENTS_INVALID: { fault: "user", retry: false, exitCode: 2 },
  DOCUMENTS_UNREADABLE: { fault: "user", retry: false, exitCode: 2 },
  NOT_ALLOWED: { fault: "user", retry: false, exitCode: 2 },
  PRICE_UNKNOWN: { fault: "user", retry: false, exitCode: 2 },
  KEY_MISSING: { fault: "user", retry: false, exitCode: 2 },
  HOME_UNUSABLE: { fault: "system", retry: false, exitCode: 2 },
  DATABASE_LOCKED: { fault: "system", retry: true, exitCode: 1 },
  DATABASE_CORRUPT: { fault: "system", retry: false, exitCode: 1 },
  STORAGE_FAILED: { fault: "system", retry: true, exitCode: 1 },
  RUN_UNKNOWN: { fault: "user", retry: false, exitCode: 2 },
  RUN_EXISTS: { fault: "user", retry: false, exitCode: 2 },
  RUN_DIFFERS: { fault: "user", retry: false, exitCode: 2 },
  RUN_HELD: { fault: "user", retry: true, exitCode: 1 },
  NOBODY_TO_ASK: { fault: "user", retry: false, exitCode: 1 },
  ANSWER_INVALID: { fault: "user", retry: false, exitCode: 2 },
  REPLAY_DIFFERS: { fault: "system", retry: false, exitCode: 1 },
  JOURNAL_BROKEN: { fault: "system", retry: false, exitCode: 1 },
  MODEL_FAILED: { fault: "provider", retry: true, exitCode: 1 },
  PLANNING_FAILED: { fault: "provider", retry: true, exitCode: 1 },
  INTERNAL: { fault: "system", retry: false, exitCode: 1 },
} as const satisfies Record<string, { fault: Fault; retry: boolean; exitCode: 1 | 2 }>;

export type ErrorCode = keyof typeof CODES;

/** The table behind the codes; the docs page is generated from it. */
export const ERROR_CODES: Readonly<Record<ErrorCode, { fault: Fault; retry: boolean; exitCode: 1 | 2 }>> = CODES;

export interface SwarmErrorOptions {
  cause?: unknown;
  /** What the user can do next: one clause, no full stop. */
  next?: string;
  /** Facts for programs (ids, limits); never a secret. */
  data?: Record<string, unknown>;
}

/** One readable line (`message`), a closed `code`, and what to do next. */
export class SwarmError extends Error {
  readonly code: ErrorCode;
  readonly next: string | undefined;
  readonly data: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: SwarmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SwarmError";
    this.code = code;
    this.next = options.next;
    this.data = options.data ?? {};
  }

  get fault(): Fault {
    return CODES[this.code].fault;
  }

  get retry(): boolean {
    return CODES[this.code].retry;
  }

  get exitCode(): 1 | 2 {
    return CODES[this.code].exitCode;
  }
}

/** The code of a system's error, such as `ENOENT`; undefined: it has none. */
export function codeOf(error: unknown): string | undefined {
  const code = fieldOf(error, "code");
  return typeof code === "string" ? code : undefined;
}

/** A one-line description of anything thrown. */
export function describeError(error: unknown): string {
  return textOf(error).slice(0, 10_000).replace(/\s+/g, " ").trim().slice(0, 500);
}

/** Why a file or folder cannot be read or written. */
export function reasonOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const known: Record<string, string> = {
    ENOENT: "there is no such file or folder",
    EACCES: "no permission",
    EISDIR: "it is a folder",
    EEXIST: "a file is in its place",
    ELOOP: "its links lead in a circle",
    ENXIO: "it is no regular file",
    ENOTDIR: "a part of its path is not a folder",
  };
  return known[code] ?? describeError(error);
}

function textOf(error: unknown): string {
  try {
    const text = error instanceof SwarmError ? error.message : [...saidBy(error)].join(": ");
    return text.includes("Maximum call stack size exceeded") ? "it nests too deep" : text;
  } catch {
    return "something that cannot be written as text was thrown";
  }
}

/** A chain of causes that is deeper is a circle. */
const DEEPEST_CAUSE = 5;

/** The words of an error, and of what it was caused by where they say more: `fetch failed` alone says nothing. */
function saidBy(error: unknown, depth = 0): Set<string> {
  const inner = fieldOf(error, "errors");
  const of = typeof error === "object" ? fieldOf(error, "message") : error;
  const several = Array.isArray(inner)
    ? inner.slice(0, DEEPEST_CAUSE).map((each) => String(fieldOf(each, "message")))
    : [];
  const own = typeof of === "string" && of !== "" ? of : several.join("; ") || nameOf(error);
  const cause = fieldOf(error, "cause");
  if (!(cause instanceof Error) || depth >= DEEPEST_CAUSE) return new Set([own]);
  const more = [...saidBy(cause, depth + 1)].filter((words) => !own.includes(words));
  return new Set([own, ...more]);
}

function nameOf(error: unknown): string {
  if (error instanceof Error) return error.name;
  return typeof error === "object" && error !== null ? (JSON.stringify(error) ?? String(error)) : String(error);
}
