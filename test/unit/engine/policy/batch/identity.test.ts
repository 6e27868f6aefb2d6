/** The identity of a row stands for what is asked and how, and tells which part has changed. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { changedParts, identityOf, ROW_PARTS } from "../../../../../engine/policy/batch/identity.ts";

const PARTS = {
  ...{ task: "t", model: { model: "offline" }, agents: null, policy: {}, skills: [], documents: "d", plan: null },
  options: { caps: { steps: 5 } },
};

const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("identityOf", () => {
  it("is the SHA-256 of the digests of the parts, in canonical form", () => {
    const { identity, parts } = identityOf(PARTS);
    expect(parts["task"]).toBe(sha('"t"'));
    expect(parts["options"]).toBe(sha('{"caps":{"steps":5}}'));
    const members = ROW_PARTS.toSorted().map((name) => `"${name}":"${parts[name]}"`);
    expect(identity).toBe(sha(`{${members.join(",")}}`));
  });

  it("does not depend on the order of members, nor on members without a value", () => {
    const other = {
      ...PARTS,
      options: { caps: { tokens: undefined, steps: 5 } },
      model: { limits: undefined, model: "offline" },
    };
    expect(identityOf(other)).toEqual(identityOf(PARTS));
  });

  it("takes texts that have no canonical form", () => {
    expect(identityOf({ ...PARTS, task: "\ud800" })).toEqual(identityOf({ ...PARTS, task: "\ufffd" }));
  });

  it("changes with each of the parts, and names those that have", () => {
    const { identity, parts } = identityOf(PARTS);
    for (const name of ROW_PARTS) {
      const changed = identityOf({ ...PARTS, [name]: "another" });
      expect(changed.identity).not.toBe(identity);
      expect(changedParts(parts, changed.parts)).toEqual([name]);
    }
  });
});
