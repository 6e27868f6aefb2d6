import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { citation, citationsIn } from "../../engine/policy/prompts/citation-rule.ts";
import { marker, section, sections } from "../../engine/policy/prompts/markup.ts";
import { holds } from "./law.ts";

/** Texts that are made of what the markup is made of. */
const piece = fc.oneof(
  fc.constantFrom(
    "<a>",
    "</a>",
    "\n</a>",
    "\n</a>\n",
    '<a b="c">',
    "<a/>",
    "&amp;",
    "&quot;",
    '"',
    "\n",
    " ",
    "</b>",
    "&lt;a&gt;",
  ),
  fc.string({ unit: "grapheme", maxLength: 5 }),
);
const hostile = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
const attributes = fc.dictionary(
  fc.stringMatching(/^[a-z_]{1,8}$/),
  fc.oneof(hostile, fc.integer(), fc.constant(null)),
  {
    noNullPrototype: true,
  },
);
const written = (given: Record<string, string | number | null>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, String(value).replace(/\s+/g, " ")]),
  );
/** A body as it is read: nothing but blanks at the start of a line may differ. */
const lines = (body: string): string[] =>
  body
    .trim()
    .split("\n")
    .map((line) => line.trimStart());

describe("a section", () => {
  it("is read as it was written: one section, its attributes, its body, whatever stands in them", () => {
    holds(
      fc.property(attributes, hostile, (given, body) => {
        const found = sections(section("a", given, body), "a");
        expect(found).toHaveLength(1);
        expect(found[0]?.attributes).toEqual(written(given));
        expect(lines(found[0]?.body ?? "")).toEqual(lines(body));
      }),
      1000,
    );
  });

  it("does not change what stands beside it", () => {
    holds(
      fc.property(fc.array(fc.tuple(attributes, hostile), { maxLength: 5 }), (given) => {
        const text = given.map(([each, body]) => section("a", each, body)).join("\n");
        const found = sections(text, "a");
        expect(found.map((each) => each.attributes)).toEqual(given.map(([each]) => written(each)));
      }),
      500,
    );
  });

  it("within another is found there", () => {
    holds(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (bodies) => {
        const inner = bodies.map((body, index) => section("item", { index }, body)).join("\n");
        const [outer] = sections(section("a", {}, inner), "a");
        expect(sections(outer?.body ?? "", "item").map(({ attributes: { index } }) => index)).toEqual(
          bodies.map((_, index) => String(index)),
        );
      }),
    );
  });
});

describe("a marker", () => {
  it("is read as it was written", () => {
    holds(
      fc.property(attributes, (given) => {
        expect(sections(marker("a", given), "a")).toEqual([{ name: "a", attributes: written(given), body: "" }]);
      }),
    );
  });
});

describe("any text at all", () => {
  it("is read without a throw", () => {
    holds(
      fc.property(hostile, (text) => {
        for (const { name } of sections(text, "a")) expect(name).toBe("a");
      }),
    );
  });
});

describe("a citation", () => {
  const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((text) => !/["\n]/.test(text));
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }).filter((text) => !/[[\]\n|]/.test(text));
  const path = fc
    .array(
      fc.oneof(
        name,
        name.map((each) => `[${each}]`),
        name.map((each) => `[[...${each}]]`),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join("/"));

  it("is found again as it was written", () => {
    holds(
      fc.property(words, path, fc.integer({ min: 1, max: 999_999_999 }), (quote, place, line) => {
        expect(citationsIn(`Text ${citation(quote, { path: place, first: line, last: line })}.`)).toEqual([
          { quote, path: place, first: line, last: line },
        ]);
      }),
      1000,
    );
  });
});
