import { describe, expect, it } from "vitest";
import { fitByHalving, type Halving } from "../../../../../engine/runtime/coordinator/plan-in-parts.ts";

/** Numbers as parts: a part of size 8 becomes two of size 4. */
async function fit(parts: number[], limit: number, given: Partial<Halving<number, string>> = {}) {
  const asked: string[] = [];
  let [open, mostOpen] = [0, 0];
  const fitted = await fitByHalving<number, string>({
    parts,
    sizeOf: (size) => size,
    halve: (size) => (size < 2 ? undefined : [Math.ceil(size / 2), Math.floor(size / 2)]),
    attempt: async (size, { number, of }) => {
      asked.push(`${size} ${number}/${of}`);
      mostOpen = Math.max(mostOpen, (open += 1));
      await Promise.resolve();
      open -= 1;
      return size <= limit ? { kind: "fits", result: `done ${size}` } : { kind: "too-long" };
    },
    mostParts: 64,
    mostAttempts: 128,
    atOnce: 8,
    ...given,
  });
  return { sizes: fitted.map(({ part }) => part), results: fitted.map(({ result }) => result), asked, mostOpen };
}

describe("parts that must fit", () => {
  it("are tried one alone first, then together", async () => {
    const { asked, mostOpen } = await fit([10, 10, 10], 10);
    expect(asked).toEqual(["10 1/3", "10 2/3", "10 3/3"]);
    expect(mostOpen).toBe(2);
  });

  it("are halved until one fits; those as large as what was too long are never tried", async () => {
    const { sizes, results, asked } = await fit([512, 512], 130);
    expect(sizes).toEqual(Array(8).fill(128));
    expect(results.every((result) => result === "done 128")).toBe(true);
    expect(asked).toHaveLength(2 + 8);
    expect(asked.slice(0, 3)).toEqual(["512 1/2", "256 1/4", "128 1/8"]);
  });

  it("keep their order, whatever their sizes", async () => {
    expect((await fit([3, 100, 7], 50)).sizes).toEqual([3, 50, 50, 7]);
  });

  it("are at most so many at once", async () => {
    expect((await fit(Array(20).fill(1) as number[], 1, { atOnce: 3 })).mostOpen).toBe(3);
  });

  it("come back without a result where they are too long at their smallest", async () => {
    const { results, asked } = await fit([4], 0);
    expect(results).toEqual([undefined, undefined, undefined, undefined]);
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it("are bounded in number and in attempts", async () => {
    const few = await fit([1024], 1, { mostParts: 4 });
    expect(few.sizes.length).toBeLessThanOrEqual(4);
    const { asked, results } = await fit(Array(10).fill(1) as number[], 1, { mostAttempts: 6 });
    expect(asked).toHaveLength(6);
    expect(results.filter((result) => result === undefined)).toHaveLength(4);
  });

  it("reject as an attempt does, after those beside it have ended", async () => {
    let ended = 0;
    const attempt: Halving<number, string>["attempt"] = async (_, { number }) => {
      if (number === 2) throw new Error("no disk");
      await new Promise((resolve) => setImmediate(resolve));
      ended += 1;
      return { kind: "fits", result: "" };
    };
    await expect(fit([1, 1, 1], 1, { attempt })).rejects.toThrow("no disk");
    expect(ended).toBe(2);
  });
});
