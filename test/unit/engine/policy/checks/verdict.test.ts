/** A judge's verdict is found wherever it stands; where there is none, or both, nobody guesses. */
import { expect, it } from "vitest";
import { verdictIn } from "../../../../../engine/policy/checks/verdict.ts";

it.each([
  ["HOLDS: it does.", "holds"],
  ["**VIOLATED**: two is empty.", "violated"],
  ["I have looked at each section.\n\nVerdict: HOLDS", "holds"],
  ["Section 2 is empty, so the statement is VIOLATED.", "violated"],
  ["### VIOLATED\nSection 2 is empty.", "violated"],
  ["To hold, each section must say something. It is not violated anywhere.\n\nHOLDS, since all do.", "holds"],
  ['```json\n{ "verdict": "violated", "reason": "two is empty" }\n```', "violated"],
  ['{ "holds": true }', "holds"],
  ["Nothing is missing, and nothing is not polite. It HOLDS.", "holds"],
])("%j says %s", (text, verdict) => {
  expect(verdictIn(text)?.verdict).toBe(verdict);
});

it.each([
  "The statement NOT HOLDS.",
  "It does not HOLDS for section 2.",
  "It doesn't really **HOLDS**.",
  "HOLDS NOT: section 2 is empty.",
  "It is not VIOLATED",
])("%j says the contrary of its word, and nobody guesses", (text) => {
  expect(verdictIn(text)).toBeUndefined();
});

it.each(["I cannot say.", "HOLDS for one, VIOLATED for two.", "", '{ "verdict": "perhaps" }', "It holds."])(
  "%j says neither",
  (text) => {
    expect(verdictIn(text)).toBeUndefined();
  },
);

it("what violates it is what was said beside the word", () => {
  expect(verdictIn("VIOLATED: two is empty.")?.reason).toBe("two is empty.");
  expect(verdictIn("Two is empty. So: VIOLATED")?.reason).toBe("Two is empty. So:");
  expect(verdictIn('{ "verdict": "violated", "reason": "two is empty" }')?.reason).toBe("two is empty");
});
