import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ArtifactContents } from "../../../../../engine/runtime/artifacts/artifact-contents.ts";
import type { ArtifactStorage } from "../../../../../engine/ports/board.ts";
import type { ArtifactVersion } from "../../../../../state/artifact.ts";

/** Beyond what is kept in memory, by number and by size. */
const VERSIONS = 90;
const CHARACTERS = 400_000;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("contents beyond what memory holds", () => {
  it("are restored exactly, in any order, from what is kept; hash and size are those of the whole", async () => {
    const kept = new Map<string, string>();
    const reads: string[] = [];
    const storage = {
      putContent: (hash: string, content: string) => Promise.resolve(void kept.set(hash, content)),
      content: (hash: string) => Promise.resolve(reads.push(hash) > 0 ? (kept.get(hash) as string) : ""),
    } as unknown as ArtifactStorage;
    const contents = new ArtifactContents(storage);
    const made = [""];
    for (let number = 1; number <= VERSIONS; number += 1) {
      const before = made[number - 1] as string;
      // Appends, edits at the front, and now and then something else altogether.
      const rest = number % 20 === 1 ? "🙂x".repeat(CHARACTERS / 3) : before;
      const content = number % 3 === 0 ? `${number} é ${rest}` : `${rest}\n${number} é`;
      const { hash, bytes } = contents.digest(content);
      expect({ hash, bytes }).toEqual({ hash: sha256(content), bytes: Buffer.byteLength(content) });
      const how = await contents.keep(content, before, hash);
      contents.add({ version: number, hash, bytes } as ArtifactVersion, how);
      contents.remember(number, content);
      made.push(content);
    }
    for (let step = 0; step < VERSIONS; step += 1) {
      const version = 1 + ((step * 37) % VERSIONS);
      expect((await contents.content(version)) === made[version]).toBe(true);
    }
    expect(kept.size).toBeGreaterThan(2);
    expect(kept.size).toBeLessThan(20);
    expect(reads.length).toBeGreaterThan(5);
  });
});
