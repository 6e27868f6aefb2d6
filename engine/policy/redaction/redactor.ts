/**
 * Takes out of whatever comes into a run the keys that the process was given, and what the named patterns match, before any of it is
 * written. `[redacted:NAME]` stands in the place of each; of a key NAME is `key`. Pure, but for the time of own patterns.
 *
 * 1. A key is found in every form of `secretForms`, whatever is around it.
 * 2. The text keeps its line breaks: line n stays line n.
 * 3. A text that an own pattern cannot be held against in time is taken out as a whole.
 * 4. What holds nothing of it is returned as it is: the same object.
 */
import { addCounts, type RedactedCounts } from "../../../state/redaction.ts";
import { inTime } from "../output/in-time.ts";
import { readPatterns, type NamedPattern } from "./named-patterns.ts";
import { hash } from "node:crypto";

/** What a redactor is made of: to be made again in another thread. */
export interface RedactionFacts {
  secrets: readonly string[];
  /** As people write them. */
  patterns: readonly string[];
}

export interface Redactor {
  readonly facts: RedactionFacts;
  /** There is nothing to look for. */
  readonly isIdle: boolean;
  /** The same for the same facts; no key can be read from it. */
  readonly digest: string;
  /** `counts`: what was taken out is added to it. */
  text(text: string, counts?: RedactedCounts): string;
  /** The same for all texts in a value, names of members too: JSON, messages and commands of LangGraph, errors excepted. */
  value<T>(value: T, counts?: RedactedCounts): T;
  holdsKey(text: string): boolean;
  /** For a text that comes in pieces. */
  stream(counts?: RedactedCounts): TextStream;
}

/** `push` returns what may be handed on by now, `end` the rest. */
export interface TextStream {
  push(piece: string): string;
  end(): string;
}

const KEY = "key";

/** Throws SwarmError CONFIG_INVALID for a pattern that is none. */
export function createRedactor({ secrets, patterns }: RedactionFacts): Redactor {
  const named = readPatterns(patterns);
  const forms = [...new Set(secrets.flatMap(formsOf))].toSorted((a, b) => b.length - a.length);
  const keys = forms.length === 0 ? undefined : new RegExp(forms.map(escaped).join("|"), "g");
  const isIdle = keys === undefined && named.length === 0;
  const text = (given: string, counts: RedactedCounts = {}): string => {
    let clean = given;
    if (keys !== undefined) clean = clean.replace(keys, (match) => mark(KEY, match, counts));
    for (const pattern of named) clean = without(pattern, clean, counts);
    return clean;
  };
  return {
    facts: { secrets, patterns },
    isIdle,
    digest: hash("sha256", JSON.stringify([[...secrets].toSorted(), patterns])).slice(0, 16),
    text,
    value: (value, counts) => (isIdle ? value : mapTexts(value, (each) => text(each, counts))),
    holdsKey: (given) => forms.some((form) => given.includes(form)),
    stream: (counts) =>
      named.length === 0 ? stepwise(forms, (each) => text(each, counts)) : whole((each) => text(each, counts)),
  };
}

function without({ name, pattern, isOne, isOwn }: NamedPattern, text: string, counts: RedactedCounts): string {
  const replace = (found: RedactedCounts): string =>
    text.replace(pattern, (match) => (match === "" || isOne?.(match) === false ? match : mark(name, match, found)));
  if (isOwn !== true) return replace(counts);
  const found: RedactedCounts = {};
  const clean = inTime(`redact ${pattern.source}`, () => replace(found));
  if (!clean.ok) return mark(name, text, counts);
  addCounts(counts, found);
  return clean.value;
}

function mark(name: string, match: string, counts: RedactedCounts): string {
  counts[name] = (counts[name] ?? 0) + 1;
  return `[redacted:${name}]${match.replace(/[^\n]+/g, "")}`;
}

function escaped(form: string): string {
  return form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Hands on as much as no key can have begun in. */
function stepwise(forms: readonly string[], clean: (text: string) => string): TextStream {
  const longest = (forms[0]?.length ?? 1) - 1;
  const first = new Set(forms.map((form) => form.charAt(0)));
  let held = "";
  return {
    push(piece) {
      const text = clean(held + piece);
      let end = text.length;
      for (let at = Math.max(0, text.length - longest); at < text.length && end === text.length; at += 1) {
        if (!first.has(text.charAt(at))) continue;
        const tail = text.slice(at);
        if (forms.some((form) => form.startsWith(tail))) end = at;
      }
      held = text.slice(end);
      return text.slice(0, end);
    },
    end: () => clean(held),
  };
}

/** A pattern may begin anywhere and end late: nothing is handed on before all is there. */
function whole(clean: (text: string) => string): TextStream {
  const pieces: string[] = [];
  return {
    push(piece) {
      pieces.push(piece);
      return "";
    },
    end: () => clean(pieces.join("")),
  };
}

/** Deeper than any reader of JSON goes. */
const DEEPEST = 500;

function mapTexts<T>(value: T, clean: (text: string) => string): T {
  const seen = new Set<object>();
  const map = (each: unknown, depth: number): unknown => {
    if (typeof each === "string") return cleanString(each, clean, (inner) => map(inner, depth + 1));
    if (typeof each !== "object" || each === null || seen.has(each) || !isWalked(each)) return each;
    if (depth > DEEPEST) return "[redacted:too-deep]";
    seen.add(each);
    const mapped = Array.isArray(each)
      ? mapList(each, (item) => map(item, depth + 1))
      : mapMembers(each, (member) => map(member, depth + 1), clean);
    seen.delete(each);
    return mapped;
  };
  return map(value, 0) as T;
}

/** JSON in a text may have escapes in the middle of a key. */
function cleanString(text: string, clean: (text: string) => string, map: (value: unknown) => unknown): string {
  if (!/^\s*[[{]/.test(text) || !text.includes("\\u")) return clean(text);
  try {
    const parsed: unknown = JSON.parse(text);
    const mapped = map(parsed);
    return mapped === parsed ? text : JSON.stringify(mapped);
  } catch {
    return clean(text);
  }
}

function mapList(list: readonly unknown[], map: (item: unknown) => unknown): unknown {
  const mapped = list.map(map);
  return mapped.every((item, place) => item === list[place]) ? list : mapped;
}

function mapMembers(value: object, map: (member: unknown) => unknown, clean: (text: string) => string): unknown {
  const before = Object.entries(value);
  const after = before.map(([name, member]) => [clean(name), map(member)] as const);
  if (after.every(([name, member], place) => name === before[place]?.[0] && member === before[place][1])) return value;
  const isPlain = isPlainObject(value);
  const copy: object = isPlain
    ? {}
    : Object.assign(Object.create(Object.getPrototypeOf(value) as object | null) as object, value);
  for (const [name, member] of after)
    Object.defineProperty(copy, name, { value: member, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** Plain data, and LangChain's messages and LangGraph's commands, which are data with a class. */
function isWalked(value: object): boolean {
  return Array.isArray(value) || isPlainObject(value) || "lc_kwargs" in value || "lg_name" in value;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A shorter one would be found in words. */
const SHORTEST_SECRET = 6;
/** Of base64; a shorter run of it stands in other base64 by chance. */
const SHORTEST_CORE = 7;
const BITS_PER_BYTE = 8;
const BITS_PER_CHARACTER = 6;

/** All distinct forms, the longest first; empty for a secret that is too short to be looked for. */
function formsOf(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const plain = [secret, urlForm(secret), JSON.stringify(secret).slice(1, -1), secret.replaceAll("/", "\\/")];
  const coded = [0, 1, 2].flatMap((before) => base64Core(secret, before));
  const forUrls = coded.map((core) => core.replaceAll("+", "-").replaceAll("/", "_"));
  return [...new Set([...plain, ...coded, ...forUrls])].toSorted((a, b) => b.length - a.length);
}

function urlForm(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** The characters of base64 that are the same whatever stands around the secret, behind `before` bytes of something else (`user:`). */
function base64Core(secret: string, before: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const first = Math.ceil((before * BITS_PER_BYTE) / BITS_PER_CHARACTER);
  const end = Math.floor((bytes.length * BITS_PER_BYTE) / BITS_PER_CHARACTER);
  const core = bytes.toString("base64").slice(first, end);
  return core.length < SHORTEST_CORE ? [] : [core];
}

/** A chain of errors that is deeper is a circle. */
const DEEPEST_CAUSE = 6;

/** The same error: who asks what it is must find its class. Whatever of it cannot be changed stays. */
export function redactError(error: unknown, redactor: Redactor, counts?: RedactedCounts): unknown {
  if (!redactor.isIdle) clean(error, { redactor, counts, depth: 0 });
  return typeof error === "string" ? redactor.text(error, counts) : error;
}

interface Cleaning {
  redactor: Redactor;
  counts: RedactedCounts | undefined;
  depth: number;
}

function clean(error: unknown, { redactor, counts, depth }: Cleaning): void {
  if (typeof error !== "object" || error === null || depth > DEEPEST_CAUSE) return;
  for (const name of new Set(["message", "stack", "cause", ...Object.keys(error)])) {
    const value: unknown = Reflect.get(error, name);
    if (value instanceof Error) {
      clean(value, { redactor, counts, depth: depth + 1 });
      continue;
    }
    const cleaned = redactor.value(value, name === "message" ? counts : undefined);
    if (cleaned !== value) Reflect.set(error, name, cleaned);
  }
}
