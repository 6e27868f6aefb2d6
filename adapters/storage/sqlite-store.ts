/**
 * LangGraph's `BaseStore` in the home's SQLite file: what the board is written to on the command line. Exact match and
 * prefix search; no vectors.
 */
import {
  BaseStore,
  InMemoryStore,
  type GetOperation,
  type Item,
  type ListNamespacesOperation,
  type Operation,
  type OperationResults,
  type PutOperation,
  type SearchOperation,
} from "@langchain/langgraph-checkpoint";
import { SwarmError } from "../../state/errors.ts";
import { databaseError, type SqliteDatabase } from "./database.ts";
import type { WriteQueue } from "./write-queue.ts";

const TABLE = `CREATE TABLE IF NOT EXISTS store (
  namespace TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (namespace, key)
) WITHOUT ROWID`;

const PUT = `INSERT INTO store (namespace, key, value, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`;
const REMOVE = "DELETE FROM store WHERE namespace = ? AND key = ?";

/** Ends each label of a namespace, so that a prefix ends where a label does. A control character: labels are names. */
const END = "\u001f";

interface Row {
  namespace: string;
  key: string;
  value: string;
  created_at: number;
  updated_at: number;
}

export class SqliteStore extends BaseStore {
  readonly #queue: WriteQueue;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: SqliteDatabase, queue: WriteQueue) {
    super();
    try {
      database.exec(TABLE);
      this.#statements = prepare(database);
    } catch (error) {
      throw databaseError(error, database.name);
    }
    this.#queue = queue;
  }

  override async batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    const results = operations.map((operation) =>
      "value" in operation ? this.#put(operation) : this.#read(operation),
    );
    return (await Promise.all(results)) as OperationResults<Op>;
  }

  async #read(operation: GetOperation | SearchOperation | ListNamespacesOperation): Promise<unknown> {
    await this.#queue.settled();
    if ("namespacePrefix" in operation) return this.#search(operation);
    if ("key" in operation) return this.#get(operation);
    return this.#listNamespaces(operation);
  }

  #get({ namespace, key }: GetOperation): Item | null {
    const row = this.#statements.get.get(labels(namespace), key);
    return row === undefined ? null : itemOf(row);
  }

  async #put({ namespace, key, value }: PutOperation): Promise<null> {
    const place = labels(namespace);
    const now = Date.now();
    if (value === null) await this.#queue.commit(REMOVE, [place, key]);
    else await this.#queue.commit(PUT, [place, key, JSON.stringify(value), now, now]);
    return null;
  }

  #search({ namespacePrefix, filter = {}, limit = 10, offset = 0, query }: SearchOperation): Promise<Item[]> | Item[] {
    if (query !== undefined) throw new SwarmError("INTERNAL", "this store does not search by meaning");
    // A page of all is read as a page: who goes through ten thousand items does not read them all for each.
    if (Object.keys(filter).length === 0) return this.#within(namespacePrefix, limit, offset);
    return filtered(this.#within(namespacePrefix), { filter, limit, offset });
  }

  #within(prefix: readonly string[], limit = -1, offset = 0): Item[] {
    const start = labels(prefix);
    return this.#statements.within.all(start, `${start}\u{10ffff}`, limit, offset).map(itemOf);
  }

  #listNamespaces({ matchConditions = [], maxDepth, limit, offset }: ListNamespacesOperation): string[][] {
    const all = this.#statements.namespaces.all().map(({ namespace }) => split(namespace));
    const fitting = all.filter((namespace) =>
      matchConditions.every(({ matchType, path }) => {
        const part = matchType === "prefix" ? namespace.slice(0, path.length) : namespace.slice(-path.length);
        return part.length === path.length && path.every((label, index) => label === "*" || label === part[index]);
      }),
    );
    const cut = fitting.map((namespace) => labels(namespace.slice(0, maxDepth)));
    return [...new Set(cut)].map(split).slice(offset, offset + limit);
  }
}

/** LangGraph's own store says what a filter means: it is given the values by their places. */
async function filtered(items: Item[], by: Pick<SearchOperation, "filter" | "limit" | "offset">): Promise<Item[]> {
  const memory = new InMemoryStore();
  for (const [place, { value }] of items.entries()) await memory.put(["values"], String(place), value);
  const found = await memory.search(["values"], by);
  return found.flatMap(({ key }) => items[Number(key)] ?? []);
}

function prepare(database: SqliteDatabase) {
  return {
    get: database.prepare<[string, string], Row>("SELECT * FROM store WHERE namespace = ? AND key = ?"),
    within: database.prepare<[string, string, number, number], Row>(
      "SELECT * FROM store WHERE namespace >= ? AND namespace < ? ORDER BY namespace, key LIMIT ? OFFSET ?",
    ),
    namespaces: database.prepare<[], { namespace: string }>("SELECT DISTINCT namespace FROM store ORDER BY namespace"),
  };
}

function labels(namespace: readonly string[]): string {
  return namespace.map((label) => `${label}${END}`).join("");
}

function split(namespace: string): string[] {
  return namespace.split(END).slice(0, -1);
}

function itemOf(row: Row): Item {
  return {
    namespace: split(row.namespace),
    key: row.key,
    value: JSON.parse(row.value),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}
