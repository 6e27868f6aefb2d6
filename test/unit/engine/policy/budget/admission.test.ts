import { describe, expect, it } from "vitest";
import { Admission, type AdmissionAnswer } from "../../../../../engine/policy/budget/admission.ts";
import type { Amounts } from "../../../../../engine/policy/budget/accounts.ts";

const left = (steps: number, tokens = Infinity, usd = Infinity): Amounts => ({ steps, tokens, usd });
const guess: Amounts = { steps: 4, tokens: 1000, usd: 0.1 };
const admit = (admission: Admission, lane: string, of: Amounts, steps?: number): AdmissionAnswer["kind"] =>
  admission.admit(lane, { left: of, steps, guess }).kind;

describe("admission under a scarce budget", () => {
  it("lets in as many lanes as what is left covers, then makes wait", () => {
    const admission = new Admission();
    expect(["a", "b", "c"].map((lane) => admit(admission, lane, left(10)))).toEqual(["admitted", "admitted", "wait"]);
    expect(admission.committed()).toEqual({ steps: 8, tokens: 2000, usd: 0.2 });
  });

  it.each([
    ["steps", left(7)],
    ["tokens", left(100, 1999)],
    ["money", left(100, Infinity, 0.19)],
  ])("makes a second lane wait where %s are short", (_, amounts) => {
    const admission = new Admission();
    expect([admit(admission, "a", amounts), admit(admission, "b", amounts)]).toEqual(["admitted", "wait"]);
  });

  it("always lets one lane try while something is left", () => {
    expect(admit(new Admission(), "a", left(1, 1, 0.001))).toBe("admitted");
  });

  it("refuses where nothing is left and nobody can give back", () => {
    const admission = new Admission();
    expect(admit(admission, "a", left(0))).toBe("refused");
    expect(admit(admission, "a", left(10, 0))).toBe("refused");
    expect(admit(admission, "a", left(10, 10, 0))).toBe("refused");
    expect(admission.committed().steps).toBe(0);
  });

  it("makes wait rather than refuses while another lane may leave something", () => {
    const admission = new Admission();
    admit(admission, "a", left(4));
    expect(admit(admission, "b", left(0))).toBe("wait");
    admission.spend("a", guess);
    admission.leave("a", true);
    expect(admit(admission, "b", left(0))).toBe("refused");
  });

  it("lets a lane in again that is in already, without a second commitment", () => {
    const admission = new Admission();
    admit(admission, "a", left(4));
    expect(admit(admission, "a", left(0))).toBe("admitted");
    expect(admission.committed().steps).toBe(4);
  });
});

describe("a commitment", () => {
  it("shrinks as the lane spends, and never below nothing", () => {
    const admission = new Admission();
    admit(admission, "a", left(10));
    admission.spend("a", { steps: 1, tokens: 600, usd: 0.02 });
    expect(admission.committed()).toEqual({ steps: 3, tokens: 400, usd: 0.08 });
    admission.spend("a", { steps: 9, tokens: 9000, usd: 9 });
    expect(admission.committed()).toEqual({ steps: 0, tokens: 0, usd: 0 });
    admission.spend("stranger", guess);
    expect(admission.committed().steps).toBe(0);
  });

  it("is the plan's own number of steps where it names one", () => {
    const admission = new Admission();
    admit(admission, "a", left(100), 13);
    expect(admission.committed().steps).toBe(13);
  });

  it("follows what finished lanes took, those without a result left out", () => {
    const admission = new Admission();
    for (const [lane, steps, useful] of [
      ["a", 2, true],
      ["b", 5, true],
      ["c", 99, false],
    ] as const) {
      admit(admission, lane, left(1000));
      admission.spend(lane, { steps, tokens: steps * 100, usd: steps / 100 });
      admission.leave(lane, useful);
    }
    admit(admission, "next", left(1000));
    const { steps, tokens, usd } = admission.committed();
    expect([steps, tokens]).toEqual([4, 350]);
    expect(usd).toBeCloseTo(0.035, 12);
  });
});

describe("who waits for a place", () => {
  it("is woken when a lane leaves, and not by one that was never in", async () => {
    const admission = new Admission();
    admit(admission, "a", left(4));
    let woken = false;
    const wait = admission.changed().then(() => (woken = true));
    admission.leave("stranger", false);
    await Promise.resolve();
    expect(woken).toBe(false);
    admission.leave("a", false);
    await wait;
    expect(woken).toBe(true);
  });
});
