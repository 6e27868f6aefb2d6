/** What tools of strangers return, as the model is shown it. */
import { describe, expect, it } from "vitest";
import { resultText } from "../../../tools/result-text.ts";

const { signal } = new AbortController();
const shown = (result: unknown): Promise<string> => resultText(result, { signal });

describe("what a tool returns", () => {
  const circle: Record<string, unknown> = { name: "ring" };
  circle["self"] = circle;
  it.each<[string, unknown, string]>([
    ["a large whole number", 12n, "12"],
    ["one within an object", { rows: 12n }, '{"rows":"12"}'],
    ["bytes", Buffer.from("grün"), "grün"],
    ["bytes within an object", { stdout: Buffer.from("grün"), code: 0 }, '{"stdout":"grün","code":0}'],
    ["a map", new Map([["a", 1]]), '{"a":1}'],
    ["a set", new Set([1, 2]), "[1,2]"],
    ["an error", new Error("no such row"), "Error: no such row"],
    ["an answer of fetch", new Response("a page"), "a page"],
    ["a circle", circle, "<ref *1> { name: 'ring', self: [Circular *1] }"],
    [
      "what cannot be put into JSON",
      {
        toJSON: () => {
          throw new Error("not me");
        },
      },
      "{ toJSON: [Function: toJSON] }",
    ],
    ["a date", new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ])("%s is shown to the model, and is no failure", async (_, result, said) => {
    expect(await shown(result)).toBe(said);
  });

  it("in pieces may have a character in two of them", async () => {
    const [first, second] = [Buffer.from("grün").subarray(0, 3), Buffer.from("grün").subarray(3)];
    const pieces = new ReadableStream<Uint8Array>({
      start(to) {
        to.enqueue(first);
        to.enqueue(second);
        to.close();
      },
    });
    expect(await shown(pieces)).toBe("grün");
  });
});
