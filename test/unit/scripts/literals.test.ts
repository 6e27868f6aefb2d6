/** Object literals spread into others are found, and nothing else is. */
import { expect, test } from "vitest";
import { spreadLiterals } from "../../../scripts/check/literals.ts";

test("finds the lines of object literals that are spread into others", () => {
  const source =
    "const one = {\n  ...{ a, b },\n  ...rest,\n  ...(isSet ? { c } : {}),\n};\nconst more = f(...[1, 2], { ...one });\n";
  expect(spreadLiterals(source)).toEqual([2]);
});
