/** What a model is told of arguments that do not fit: enough to make the next call right. */
import { tool } from "@langchain/core/tools";
import { expect, it } from "vitest";
import { z } from "zod";
import { misfitText, unusedNote } from "../../../tools/fit-arguments.ts";

const shape = z.object({ city: z.string(), unit: z.enum(["km", "miles"]), most: z.number().min(1).max(9).optional() });
const described = { name: "find", description: "Finds." };
const inZod = tool(() => "", { ...described, schema: shape });
const inJson = tool(() => "", {
  ...described,
  schema: {
    type: "object",
    properties: { city: { type: "string" }, unit: { enum: ["km", "miles"] }, most: { type: "number", maximum: 9 } },
    required: ["city", "unit"],
  },
});
const WRONG = { unit: "feet", most: 40, town: "Bern" };

it("all that is wrong is told at once: each argument with its value and what fits, and which arguments there are", () => {
  expect(misfitText(inZod, WRONG, "")).toBe(
    'The arguments do not fit: city: it is missing: expected a text; unit: expected one of "km", "miles", got "feet"; ' +
      'most: expected at most 9, got 40; "town": there is no such argument. find takes city (needed), unit (needed), most.',
  );
  expect(misfitText(inJson, WRONG, "")).toBe(
    "The arguments do not fit: the value must have required property 'city'; /unit must be equal to one of the allowed values: " +
      '"km", "miles", got "feet"; /most must be <= 9, got 40; "town": there is no such argument. ' +
      "find takes city (needed), unit (needed), most.",
  );
});

it("what a schema does not say is told in the tool's own words", () => {
  expect(misfitText(inZod, { city: "Bern", unit: "km" }, "the moon is full")).toBe(
    "The arguments do not fit: the moon is full. find takes city (needed), unit (needed), most.",
  );
});

it("arguments that were not used are named, with those that there are", () => {
  expect(unusedNote(inZod, { city: "Bern", unit: "km", limits: 3 })).toBe(
    '\n[not used: "limits". find takes city (needed), unit (needed), most.]',
  );
  expect(unusedNote(inZod, { city: "Bern", unit: "km" })).toBe("");
});
