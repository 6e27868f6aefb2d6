import { describe, expect, it } from "vitest";
import { describeError, ERROR_CODES, SwarmError, type ErrorCode } from "../../../state/errors.ts";

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe("an error of ours", () => {
  it.each(codes)("%s knows whose move it is, whether to retry and how the process exits", (code) => {
    const error = new SwarmError(code, "it broke");
    expect({ fault: error.fault, retry: error.retry, exitCode: error.exitCode }).toEqual(ERROR_CODES[code]);
    expect([error.name, error.message, error.code]).toEqual(["SwarmError", "it broke", code]);
    expect(error).toBeInstanceOf(Error);
  });

  it("carries its cause, what to do next and facts for programs", () => {
    const cause = new Error("below");
    const error = new SwarmError("STORAGE_FAILED", "it broke", { cause, next: "free some space", data: { path: "x" } });
    expect([error.cause, error.next, error.data]).toEqual([cause, "free some space", { path: "x" }]);
  });

  it("has no cause where none was given, and empty data", () => {
    const error = new SwarmError("INTERNAL", "it broke");
    expect("cause" in error).toBe(false);
    expect([error.next, error.data]).toEqual([undefined, {}]);
  });
});

describe("the table of codes", () => {
  it("exits with 2 only for what can be mended before a run: usage, configuration, the place", () => {
    const early = codes.filter((code) => ERROR_CODES[code].exitCode === 2);
    for (const code of early) expect(ERROR_CODES[code].fault).not.toBe("provider");
  });

  it("never asks to retry what the user has to change first, but for a run that another process holds", () => {
    const retried = codes.filter((code) => ERROR_CODES[code].fault === "user" && ERROR_CODES[code].retry);
    expect(retried).toEqual(["RUN_HELD"]);
  });
});

describe("the description of anything thrown", () => {
  it("is one line of at most 500 characters", () => {
    expect(describeError(new Error(" it\n  broke\r\nbadly "))).toBe("it broke badly");
    expect(describeError(new Error("x".repeat(900)))).toHaveLength(500);
  });

  it("names the error where it has no message", () => {
    expect(describeError(new TypeError(""))).toBe("TypeError");
  });

  it.each([
    ["words", "words"],
    [undefined, "undefined"],
    [null, "null"],
    [42, "42"],
  ])("takes %j, which is no error", (thrown, described) => {
    expect(describeError(thrown)).toBe(described);
  });

  it("takes an object that cannot be written as text", () => {
    expect(() => describeError(Object.create(null))).not.toThrow();
  });
});
