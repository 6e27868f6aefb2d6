/**
 * Gathers the tool calls of one completion stream from their pieces. Endpoints leave out the index or give every call the same,
 * leave out ids, repeat or renew them with each piece, repeat the name, or send the arguments so far each time: a piece belongs
 * to a call that is known unless it can only be the beginning of another. Pure.
 */
import type { WireToolCall } from "./wire-event.ts";

export interface GatheredCall {
  /** Empty where the endpoint gave none. */
  id: string;
  name: string;
  args: string;
}

interface Piece extends GatheredCall {
  index: number | undefined;
}

export class StreamedCalls {
  readonly #calls: Piece[] = [];
  /** The last of each index, and of each id: there may be very many. */
  readonly #byIndex = new Map<number, Piece>();
  readonly #byId = new Map<string, Piece>();

  /** What has neither a name nor arguments calls nothing: some endpoints send such a one beside a text. */
  get calls(): readonly GatheredCall[] {
    return this.#calls.filter(({ name, args }) => name.trim() !== "" || args.trim() !== "");
  }

  /** Returns how much was said. */
  take(wire: WireToolCall): number {
    const piece = pieceOf(wire);
    const known = this.#knownFor(piece);
    if (known === undefined) this.#begin(piece);
    else extend(known, piece);
    const call = known ?? piece;
    if (call.id !== "" && !this.#byId.has(call.id)) this.#byId.set(call.id, call);
    return piece.args.length + (known === undefined ? piece.name.length : 0);
  }

  #begin(call: Piece): void {
    this.#calls.push(call);
    if (call.index !== undefined) this.#byIndex.set(call.index, call);
    if (call.id !== "") this.#byId.set(call.id, call);
  }

  /** The call that a piece goes on with; undefined where it begins one. */
  #knownFor(piece: Piece): Piece | undefined {
    const { index, id, name } = piece;
    const byIndex = index === undefined ? this.#calls.at(-1) : this.#byIndex.get(index);
    if (id !== "") return this.#knownById(piece, byIndex);
    if (name === "") return byIndex ?? this.#calls.at(-1);
    return byIndex !== undefined && (goesOn(byIndex, piece) || isRestOfName(byIndex, piece)) ? byIndex : undefined;
  }

  #knownById(piece: Piece, byIndex: Piece | undefined): Piece | undefined {
    const { index, id, name } = piece;
    const byId = this.#byId.get(id);
    if (byId !== undefined) {
      const isElsewhere = index !== undefined && byId.index !== undefined && index !== byId.index;
      return name === "" || (!isElsewhere && goesOn(byId, piece)) ? byId : undefined;
    }
    if (byIndex?.id === "") return goesOn(byIndex, piece) ? byIndex : undefined;
    // A new id with every piece, but the name only once.
    return byIndex !== undefined && name === "" && !isObject(byIndex.args) ? byIndex : undefined;
  }
}

/** Whether a piece with a name may belong to a call: not where that one is whole, or has another name. */
function goesOn(call: Piece, { name, args }: Piece): boolean {
  if (name !== "" && call.name !== "" && name !== call.name) return false;
  return name === "" || call.args === args || args === "" || !isObject(call.args) || isSoFar(call.args, args);
}

/** An endpoint that gives ids gives one to each call: what has none, and only a name, is more of a name that came in pieces. */
function isRestOfName(call: Piece, { id, name, args, index }: Piece): boolean {
  return index !== undefined && call.id !== "" && call.args === "" && id === "" && args === "" && name !== call.name;
}

function extend(call: Piece, piece: Piece): void {
  if (isRestOfName(call, piece)) call.name += piece.name;
  if (call.id === "") call.id = piece.id;
  if (call.name === "") call.name = piece.name;
  const isRepeated = call.args === piece.args && isObject(piece.args);
  if (isRepeated) return;
  call.args = isSoFar(call.args, piece.args) ? piece.args : call.args + piece.args;
}

function isSoFar(before: string, piece: string): boolean {
  return before.length > 1 && piece.length > before.length && piece.startsWith(before) && isObject(piece);
}

function isObject(args: string): boolean {
  if (!args.trimEnd().endsWith("}")) return false;
  try {
    return typeof JSON.parse(args) === "object";
  } catch {
    return false;
  }
}

function pieceOf(wire: WireToolCall): Piece {
  const { name, arguments: args } = wire.function ?? wire;
  const index = typeof wire.index === "string" && wire.index !== "" ? Number(wire.index) : wire.index;
  return {
    index: typeof index === "number" && Number.isFinite(index) ? index : undefined,
    id: typeof wire.id === "string" ? wire.id : typeof wire.id === "number" ? String(wire.id) : "",
    name: typeof name === "string" ? name : "",
    args: typeof args === "string" ? args : args === undefined || args === null ? "" : JSON.stringify(args),
  };
}
