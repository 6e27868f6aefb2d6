/**
 * The file format of a run's contents: gzip members one after the other (RFC 1952), so that any gunzip reads all of it. Each member
 * says in its extra field (`GH`) how long it is, and holds lines: one that begins with `{` is a content as it stands, any other is a
 * JSON string whose value is one. A content is known by the SHA-256 of its UTF-8, which nothing in the file states
 * (docs/guide/journal.md).
 */
import { hash } from "node:crypto";
import { readSync } from "node:fs";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw, deflateRawSync, gunzipSync, inflateRawSync } from "node:zlib";

const HEADER_BYTES = 20;
const TRAILER_BYTES = 8;
/** Of a member's header: magic, deflate, an extra field; no time, no name, any system; 8 bytes: `GH`, 4 of them. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x47, 0x48, 4, 0]);
/** Characters of contents in one member; a longer content has one to itself. */
const MEMBER_CHARACTERS = 128 * 1024;
/** Of one UTF-16 unit in a JSON string: `\\u0001`. */
const LONGEST_ESCAPE = 6;
/** Up to so many bytes are compressed at once: they take less time than the way to another thread and back. */
const QUICK_BYTES = 32 * 1024;
/** Bytes that a member is unpacked into at a time. */
const [LEAST_ROOM, MOST_ROOM] = [64, 1 << 20];
const LINE_END = 0x0a;
const BRACE = 0x7b;

const deflated = promisify(deflateRaw);
const FAST = { level: constants.Z_BEST_SPEED };

/** Where a content is: the place of its member in the file, and of its line in what that holds. */
export interface ContentPlace {
  member: number;
  memberBytes: number;
  at: number;
  bytes: number;
}

export interface PackedMember {
  bytes: Buffer;
  /** By digest; `member` counts from the beginning of this one. */
  places: [digest: string, place: ContentPlace][];
}

/** Contents by their digests as members, in their order. Long ones are compressed beside the main thread. */
export function packed(contents: Iterable<readonly [digest: string, text: string]>): Promise<PackedMember[]> {
  const members: { digest: string; text: string }[][] = [];
  let room = 0;
  for (const [digest, text] of contents) {
    if (members.length === 0 || text.length > room) {
      members.push([]);
      room = MEMBER_CHARACTERS;
    }
    members.at(-1)?.push({ digest, text });
    room -= text.length;
  }
  return Promise.all(members.map(packedMember));
}

async function packedMember(contents: readonly { digest: string; text: string }[]): Promise<PackedMember> {
  let at = 0;
  const lines = contents.map(({ text }) => Buffer.from(`${lineOf(text)}\n`));
  const whole = Buffer.concat(lines);
  const body = whole.length <= QUICK_BYTES ? deflateRawSync(whole, FAST) : await deflated(whole, FAST);
  const bytes = Buffer.alloc(HEADER_BYTES + body.length + TRAILER_BYTES);
  HEADER.copy(bytes);
  bytes.writeUInt32LE(bytes.length, HEADER.length);
  body.copy(bytes, HEADER_BYTES);
  bytes.writeUInt32LE(crc32(whole), HEADER_BYTES + body.length);
  bytes.writeUInt32LE(whole.length, HEADER_BYTES + body.length + 4);
  const places = contents.map(({ digest }, index): PackedMember["places"][number] => {
    const place = { member: 0, memberBytes: bytes.length, at, bytes: (lines[index]?.length ?? 1) - 1 };
    at += place.bytes + 1;
    return [digest, place];
  });
  return { bytes, places };
}

function lineOf(text: string): string {
  return text.startsWith("{") && !text.includes("\n") ? text : JSON.stringify(text);
}

function contentOf(line: Buffer): string {
  const text = line.toString("utf8");
  return line[0] === BRACE ? text : JSON.parse(text);
}

export function digestOf(text: string): string {
  return hash("sha256", text, "hex");
}

/** A member's size by its header; undefined: no member begins here. */
function sizeIn(header: Buffer): number | undefined {
  if (header.length < HEADER_BYTES || !header.subarray(0, HEADER.length).equals(HEADER)) return undefined;
  const bytes = header.readUInt32LE(HEADER.length);
  return bytes > HEADER_BYTES + TRAILER_BYTES ? bytes : undefined;
}

/**
 * The whole members of an open file from an offset on, each with its contents by digest; none where it is damaged: what it held is
 * lost, and no other. Returns where the last whole one ends: what follows is being written, or was torn.
 */
export function* membersOf(file: number, from: number): Generator<PackedMember["places"], number> {
  let [at, whole] = [from, from];
  for (;;) {
    const header = readAt(file, at, HEADER_BYTES);
    if (header.length === 0) return whole;
    const bytes = sizeIn(header);
    const found = bytes === undefined ? undefined : readAt(file, at, bytes);
    if (bytes === undefined || found === undefined || found.length < bytes) {
      const next = nextHeader(file, at + 1);
      if (next === undefined) return whole;
      at = next;
      continue;
    }
    const places = placesIn(found, at);
    at += bytes;
    // Damaged ones at the end were torn.
    if (places.length > 0) whole = at;
    yield places;
  }
}

/** Behind a damaged header: where the next member begins; undefined: there is none, it was the torn end. */
function nextHeader(file: number, from: number): number | undefined {
  const piece = 1 << 20;
  for (let at = from; ; at += piece) {
    const found = readAt(file, at, piece + HEADER.length);
    const place = found.indexOf(HEADER);
    if (place >= 0) return at + place;
    if (found.length < piece) return undefined;
  }
}

function placesIn(bytes: Buffer, member: number): PackedMember["places"] {
  let whole: Buffer;
  try {
    whole = unpacked(bytes);
  } catch {
    return [];
  }
  const places: PackedMember["places"] = [];
  for (let at = 0; at < whole.length;) {
    const end = whole.indexOf(LINE_END, at);
    const line = whole.subarray(at, end);
    const digest = line[0] === BRACE ? hash("sha256", line, "hex") : digestOf(contentOf(line));
    places.push([digest, { member, memberBytes: bytes.length, at, bytes: line.length }]);
    at = end + 1;
  }
  return places;
}

function readAt(file: number, at: number, bytes: number): Buffer {
  const found = Buffer.allocUnsafe(bytes);
  let read = 0;
  for (let more = -1; read < bytes && more !== 0; read += more)
    more = readSync(file, found, read, bytes - read, at + read);
  return found.subarray(0, read);
}

/** What a member holds. Throws where it is damaged. */
export function memberAt(file: number, { member, memberBytes }: ContentPlace): Buffer {
  return unpacked(readAt(file, member, memberBytes));
}

/** With room for what its trailer says that it holds, as far as that can be believed. */
function unpacked(member: Buffer): Buffer {
  const bytes = member.length < TRAILER_BYTES ? 0 : member.readUInt32LE(member.length - 4);
  return gunzipSync(member, { chunkSize: Math.min(Math.max(bytes + 1, LEAST_ROOM), MOST_ROOM) });
}

/** The content at a place of its member. Throws where there is none. */
export function contentIn(member: Buffer, { at, bytes }: ContentPlace): string {
  return contentOf(member.subarray(at, at + bytes));
}

/** At least so many characters of the first content of a member, without reading much of the rest; or all that it has. */
export function beginningAt(file: number, { member, memberBytes }: ContentPlace, characters: number): string {
  const bytes = Math.min(memberBytes - HEADER_BYTES - TRAILER_BYTES, 1024 + characters * LONGEST_ESCAPE);
  const begun = inflateRawSync(readAt(file, member + HEADER_BYTES, bytes), { finishFlush: constants.Z_SYNC_FLUSH });
  const end = begun.indexOf(LINE_END);
  if (end >= 0) return contentOf(begun.subarray(0, end));
  const text = begun.toString("utf8");
  return begun[0] === BRACE ? text : unfinished(text.slice(0, 1 + characters * LONGEST_ESCAPE));
}

/** As much of a JSON string as can be read without its end. */
function unfinished(begun: string): string {
  for (let cut = 0; ; cut += 1) {
    try {
      return JSON.parse(`${begun.slice(0, begun.length - cut)}"`);
    } catch (error) {
      if (cut >= LONGEST_ESCAPE) throw error;
    }
  }
}
