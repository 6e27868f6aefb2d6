/**
 * What a run keeps on LangGraph's `BaseStore`, beside its board: artifacts, whole tool results, and the journal of a swarm that is
 * embedded or served, where there is no run folder. One namespace a run, one below it for each kind of record.
 */
import type { BaseStore } from "@langchain/langgraph-checkpoint";
import { referenceOf } from "../../engine/policy/context/compact.ts";
import type { ArtifactStorage, ToolResults } from "../../engine/ports/board.ts";
import type { JournalStorage } from "../../engine/ports/journal.ts";
import type { ArtifactEvent } from "../../state/artifact.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import { fieldOf } from "../../state/is-record.ts";

const PAGE = 5000;
/** Wide enough that keys sort as their numbers do. */
const KEY_DIGITS = 12;

/**
 * LangGraph hands nodes a wrapper that answers only while the invocation lasts: afterwards every call waits for ever. A run
 * that waits for a human outlives its invocation, so it keeps the store behind the wrapper (named as LangGraph itself does).
 */
export function lastingStore(handed: BaseStore): BaseStore {
  const { lg_name: name, store: behind }: BaseStore & { lg_name?: string; store?: BaseStore } = handed;
  return name === "AsyncBatchedStore" && behind !== undefined ? behind : handed;
}

const CALLS: readonly PropertyKey[] = ["get", "search", "put", "delete", "listNamespaces", "batch"];
const guarded = new WeakMap<BaseStore, BaseStore>();

/** What PostgreSQL takes into no JSON, as `JSON.stringify` writes it: NUL, and half of a character. */
const UNSTORABLE = /\\u(0000|d[89a-f][0-9a-f]{2})/;
/** The one field of an item that is kept as a text of JSON instead. */
const AS_TEXT = "glasshive-json";

/** A model may say anything, and what is read must be what was put: hashes are held against it. */
function storable(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text !== undefined && UNSTORABLE.test(text) ? { [AS_TEXT]: text } : value;
}

function readBack(found: unknown): unknown {
  if (Array.isArray(found)) return found.map(readBack);
  const text: unknown = fieldOf(fieldOf(found, "value"), AS_TEXT);
  return typeof text === "string" ? Object.assign({}, found, { value: JSON.parse(text) }) : found;
}

/**
 * The caller's own store, for any text, and whose failures are those of the storage and of no agent: SwarmError STORAGE_FAILED. The same
 * each time.
 */
export function guardedStore(store: BaseStore): BaseStore {
  const known = guarded.get(store);
  if (known !== undefined) return known;
  const guard = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || !CALLS.includes(name)) return value;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          const given = name === "put" ? [...args.slice(0, 2), storable(args[2]), ...args.slice(3)] : args;
          return readBack(await Reflect.apply(value, target, given));
        } catch (error) {
          throw storageFailure(error);
        }
      };
    },
  });
  guarded.set(store, guard);
  guarded.set(guard, guard);
  return guard;
}

function storageFailure(error: unknown): SwarmError {
  if (error instanceof SwarmError) return error;
  const next = "mend the store; then the run can go on";
  return new SwarmError("STORAGE_FAILED", `the store failed: ${describeError(error)}`, { next, cause: error });
}

/** LangGraph's stores refuse dots and colons in labels: they are written as in a URL. Pure. */
export function runNamespace(
  runId: string,
  kind: "run" | "plan" | "results" | "journal" | "texts" | "artifacts" | "contents",
): string[] {
  return ["glasshive", labelOf(runId), kind];
}

export function labelOf(id: string): string {
  return id.replace(/[^A-Za-z0-9_~-]/g, (character) => `%${Buffer.from(character).toString("hex")}`);
}

/**
 * Everything in a namespace and below it, in the order of the keys: stores differ in the order, in how much they find at once, and in what a namespace
 * is (PostgresStore finds by a pattern, in which `_` and `%` stand for others).
 */
export async function readAll<T extends object>(store: BaseStore, namespace: readonly string[]): Promise<T[]> {
  const found: { key: string; value: T }[] = [];
  let offset = 0;
  for (let page = await store.search([...namespace], { limit: PAGE }); page.length > 0;) {
    const own = page.filter((item) => namespace.every((label, at) => item.namespace[at] === label));
    found.push(...own.map(({ key, value }) => ({ key, value: value as T })));
    offset += page.length;
    page = await store.search([...namespace], { limit: PAGE, offset });
  }
  return found.toSorted((one, other) => (one.key < other.key ? -1 : 1)).map(({ value }) => value);
}

/** What stands under a key as it was put; undefined: nothing does. */
export async function readOne<T extends object>(
  store: BaseStore,
  namespace: readonly string[],
  key: string,
): Promise<T | undefined> {
  return (await store.get([...namespace], key))?.value as T | undefined;
}

function keyOf(number: number): string {
  return String(number).padStart(KEY_DIGITS, "0");
}

/** One item for each event, and one for each content that is kept whole. */
export function artifactsInStore(store: BaseStore, runId: string): ArtifactStorage {
  const events = runNamespace(runId, "artifacts");
  const contents = runNamespace(runId, "contents");
  return {
    read: () => readAll<ArtifactEvent>(store, events),
    append: (event) => store.put(events, keyOf(event.seq), { ...event }),
    putContent: (hash, content) => store.put(contents, hash, { content }),
    async content(hash) {
      const content: unknown = (await store.get(contents, hash))?.value["content"];
      if (typeof content === "string") return content;
      throw new SwarmError("STORAGE_FAILED", `the store has lost the content ${hash.slice(0, 12)} of run ${runId}`, {
        next: "mend the store from a copy",
      });
    },
  };
}

/** By the hash of what they say. */
export function toolResultsInStore(store: BaseStore, runId: string): ToolResults {
  const namespace = runNamespace(runId, "texts");
  const keyIn = (reference: string): string => reference.slice(reference.indexOf(":") + 1);
  return {
    async put(text) {
      const reference = referenceOf(text);
      await store.put(namespace, keyIn(reference), { text });
      return reference;
    },
    async get(reference) {
      const text: unknown = (await store.get(namespace, keyIn(reference)))?.value["text"];
      return typeof text === "string" ? text : undefined;
    },
  };
}

export function journalInStore(store: BaseStore, runId: string): JournalStorage {
  const namespace = runNamespace(runId, "journal");
  let next = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    async read() {
      const appended = await readAll<{ lines: string[] }>(store, namespace);
      next = appended.length;
      return appended.flatMap(({ lines }) => lines);
    },
    append(lines) {
      const key = keyOf(next++);
      last = last.then(() => store.put(namespace, key, { lines }));
      return last;
    },
    // Who appended has heard of a failure.
    close: () => last.catch(() => undefined),
  };
}
