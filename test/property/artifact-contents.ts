/** Contents of artifacts for laws: small and from few parts, so that two of them meet in the same places. */
import * as fc from "fast-check";
import { canonicalContent } from "../../engine/policy/merge/canonical.ts";
import type { ArtifactType } from "../../state/artifact.ts";

/** The key field of all tables of the laws. */
export const KEY = "id";

const line = fc.constantFrom("a", "b", "c", "d", "", "__proto__", "1", "😀");
const text = fc
  .tuple(fc.array(line, { maxLength: 10 }), fc.constantFrom("\n", "\n", "\r\n"))
  .map(([parts, end]) => parts.join(end));

const name = fc.constantFrom("a", "b", "__proto__", "constructor", "10", "9");
const { value: json } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, 0, 1, true, "x", "😀"),
    fc.array(tie("value"), { maxLength: 5 }),
    tie("object"),
  ),
  object: fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
}));

const row = fc
  .tuple(
    fc.constantFrom<string | number>("a", "b", 1, "__proto__", "constructor"),
    fc.array(fc.tuple(name, json), { maxLength: 3 }),
  )
  .map(([key, fields]): Record<string, unknown> => Object.fromEntries([...fields, [KEY, key]]));
const rows = fc.uniqueArray(row, { maxLength: 4, selector: (each) => String(each[KEY]) });

const reference = fc.record({
  uri: fc.constantFrom("s3://a", "s3://b"),
  sha256: fc.constantFrom("0".repeat(64), "F".repeat(64)),
  bytes: fc.nat(2),
  mediaType: fc.constant("image/png"),
});

const GIVEN: Record<ArtifactType, fc.Arbitrary<unknown>> = {
  text,
  json: json.map((value) => (typeof value === "string" ? JSON.stringify(value) : value)),
  lines: text,
  table: rows,
  binary: reference,
};

/** What a writer gives. */
export function given(type: ArtifactType): fc.Arbitrary<unknown> {
  return GIVEN[type];
}

/** What the board holds: canonical, sometimes the empty version 0. */
export function contents(type: ArtifactType): fc.Arbitrary<string> {
  const written = GIVEN[type].map((value) => {
    const checked = canonicalContent(type, value, KEY);
    if (!checked.ok) throw new Error(checked.problem);
    return checked.content;
  });
  return fc.oneof({ weight: 9, arbitrary: written }, { weight: 1, arbitrary: fc.constant("") });
}
