/** A key or a named pattern is taken out in whatever form it comes, in whatever pieces, and nothing else is. */
import { array, assert, constantFrom, nat, oneof, property, string } from "fast-check";
import { HumanMessage } from "@langchain/core/messages";
import { Command } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { createRedactor, redactError, type Redactor } from "../../../../../engine/policy/redaction/redactor.ts";
import type { RedactedCounts } from "../../../../../state/redaction.ts";

const KEY = 'sk-live-9f/8+e"7d6c5b4a';

function naming(...patterns: string[]): Redactor {
  return createRedactor({ secrets: [], patterns });
}

describe("a key", () => {
  const redactor = createRedactor({ secrets: [KEY], patterns: [] });

  test.each([
    ["as it is", KEY],
    ["in an address", encodeURIComponent(KEY)],
    ["in JSON", JSON.stringify(KEY).slice(1, -1)],
    ["in base64", Buffer.from(KEY).toString("base64")],
    ["in base64url", Buffer.from(KEY).toString("base64url")],
    ["behind a user's name, as basic authentication has it", Buffer.from(`a:${KEY}`).toString("base64")],
    ["behind a longer name", Buffer.from(`ab:${KEY}`).toString("base64")],
    ["behind a name of three letters", Buffer.from(`abc:${KEY}`).toString("base64")],
  ])("is taken out %s", (_, form) => {
    const counts: RedactedCounts = {};
    const text = redactor.text(`before ${form} after`, counts);
    expect(text).toMatch(/^before .{0,6}\[redacted:key\].{0,6} after$/);
    expect(counts).toEqual({ key: 1 });
  });

  test("is taken out of values, names of members, messages and commands; what has none stays the same object", () => {
    const clean = { a: [1, "two", { three: null }] };
    expect(redactor.value(clean)).toBe(clean);
    expect(redactor.value({ [KEY]: [{ deep: `x${KEY}` }] })).toEqual({
      "[redacted:key]": [{ deep: "x[redacted:key]" }],
    });
    const message = redactor.value(new HumanMessage(`my key: ${KEY}`));
    expect(message).toBeInstanceOf(HumanMessage);
    expect(JSON.stringify(message)).toBe(JSON.stringify(new HumanMessage("my key: [redacted:key]")));
    expect(redactor.value(new Command({ resume: { reason: KEY } })).resume).toEqual({ reason: "[redacted:key]" });
  });

  test("is found behind the escapes of JSON that is a text", () => {
    const escaped = `{"q":"${[...KEY].map((mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"}`;
    expect(redactor.value([escaped])).toEqual(['{"q":"[redacted:key]"}']);
  });

  test("is taken out of an error with all that caused it, which stays the error that it is", () => {
    const cause = Object.assign(new TypeError(`bad ${KEY}`), { body: { error: { message: KEY } } });
    const error = redactError(new RangeError(`no: ${KEY}`, { cause }), redactor) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect([error.message, error.stack, cause.message, JSON.stringify(cause.body)].join()).not.toContain(KEY);
  });

  test("of less than six characters is none: it would be found in words", () => {
    expect(createRedactor({ secrets: ["none"], patterns: [] }).isIdle).toBe(true);
  });
});

test("whatever the pieces in which a text comes, what is handed on of it is the redacted text", () => {
  const secrets = ["abcabd", "bcabcaxx", "zzzzzz"];
  const redactor = createRedactor({ secrets, patterns: [] });
  const part = oneof(constantFrom(...secrets, "abc", "ab", "z", "zz", "-x"), string({ maxLength: 3 }));
  assert(
    property(array(part, { maxLength: 12 }), array(nat({ max: 6 }), { maxLength: 40 }), (parts, cuts) => {
      const text = parts.join("");
      const stream = redactor.stream();
      const handedOn: string[] = [];
      let at = 0;
      for (const cut of cuts) {
        handedOn.push(stream.push(text.slice(at, at + cut)));
        at += cut;
      }
      handedOn.push(stream.push(text.slice(at)), stream.end());
      const all = handedOn.join("");
      for (const secret of secrets) expect(all).not.toContain(secret);
      expect(all).toBe(redactor.text(text));
    }),
  );
});

describe("a named pattern", () => {
  test.each([
    ["email", "write to ann.b+c@mail.example.co.uk now", "write to [redacted:email] now"],
    [
      "phone",
      "call +49 30 1234567 or (030) 123 4567 or 555-123-4567",
      "call [redacted:phone] or [redacted:phone] or [redacted:phone]",
    ],
    ["iban", "to DE89 3704 0044 0532 0130 00, or GB82WEST12345698765432", "to [redacted:iban], or [redacted:iban]"],
    [
      "credit-card",
      "card 4111 1111 1111 1111 and 5500-0000-0000-0004",
      "card [redacted:credit-card] and [redacted:credit-card]",
    ],
    ["ip", "from 192.168.0.1 and 2001:db8::8a2e:370:7334.", "from [redacted:ip] and [redacted:ip]."],
    ["jwt", "t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl;", "t=[redacted:jwt];"],
    [
      "aws-key",
      'AKIAIOSFODNN7EXAMPLE, aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
      '[redacted:aws-key], [redacted:aws-key]"',
    ],
    ["bearer", "Authorization: Bearer abcdef123456.x", "Authorization: [redacted:bearer]"],
    [
      "private-key",
      "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nb",
      "a\n[redacted:private-key]\n\n\n\nb",
    ],
  ])("%s is taken out, and the lines stay", (name, text, expected) => {
    expect(naming(name).text(text)).toBe(expected);
  });

  test.each([
    ["email", "a@b, @types/node, user@host"],
    ["phone", "2026-11-29 15:18:47, 3.14159265, 1,234,567, id 01975e0c-7b0a-7000"],
    ["iban", "DE89 3704 0044 0532 0130 01, AB12CDEF"],
    ["credit-card", "4111 1111 1111 1112, 0000 0000 0000 0000, 20261129151847000"],
    ["ip", "std::vector, 10:30:45, 999.1.1.1, 1.2.3"],
    ["jwt", "eyJhbGciOiJIUzI1NiJ9"],
  ])("%s is nothing that only looks like it: %s", (name, text) => {
    expect(naming(name).text(text)).toBe(text);
  });

  test("own ones stand among others in one word, with commas of their own", () => {
    const redactor = naming("email,customer=/C-\\d{4,6}/,mark=/[/,]x/,ip");
    expect(redactor.text("a@b.example of C-12345 at 10.0.0.1: /x")).toBe(
      "[redacted:email] of [redacted:customer] at [redacted:ip]: [redacted:mark]",
    );
  });

  test("several are named in one word, and an own one has the name that it was given", () => {
    const counts: RedactedCounts = {};
    const redactor = naming("email, ip", "customer=/c-\\d{4,6}/i", "/x{3}/");
    expect(redactor.text("a@b.example of C-1234 at 10.0.0.1: xxx", counts)).toBe(
      "[redacted:email] of [redacted:customer] at [redacted:ip]: [redacted:pattern]",
    );
    expect(counts).toEqual({ email: 1, customer: 1, ip: 1, pattern: 1 });
  });

  test.each([
    ["emails", 'there is no pattern "emails"'],
    ["x=/(/", "the pattern x is not a regular expression"],
    ["x=/a*/", "the pattern x matches the empty text"],
    ["x=/a/y", 'the pattern x has the flag "y"'],
    ["key=/abc/", '"key" cannot be the name of an own pattern'],
    ["email=/abc/", '"email" cannot be the name of an own pattern'],
  ])("%s is refused", (pattern, problem) => {
    expect(() => naming(pattern)).toThrow(problem);
  });

  test("a text that an own pattern cannot be held against in time is taken out as a whole", () => {
    const counts: RedactedCounts = {};
    expect(naming("slow=/(?:a+)+b/").text(`secret ${"a".repeat(60)}`, counts)).toBe("[redacted:slow]");
    expect(counts).toEqual({ slow: 1 });
  });

  test("a reply is handed on when all of it is there", () => {
    const stream = naming("email").stream();
    expect([stream.push("mail ann@exam"), stream.push("ple.com"), stream.end()]).toEqual([
      "",
      "",
      "mail [redacted:email]",
    ]);
  });
});
