import { describe, expect, it } from "vitest";
import { Admission, type AdmissionAnswer } from "../../../../../engine/policy/budget/admission.ts";
import type { Amounts } from "../../../../../state/usage.ts";

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
  /** An admission in which `a` is at work, and who was told what since. */
  function busy() {
    const admission = new Admission();
    const told: string[] = [];
    const enter = (lane: string, of = left(4)) =>
      admission.enter(
        lane,
        () => ({ left: of, steps: 2, guess }),
        ({ kind }) => told.push(`${lane} ${kind}`),
      );
    admit(admission, "a", left(4));
    return { admission, told, enter };
  }

  it("is told when a lane leaves, at once, and not when one does that was never in", () => {
    const { admission, told, enter } = busy();
    enter("b");
    admission.leave("stranger", false);
    expect(told).toEqual([]);
    admission.leave("a", false);
    expect(told).toEqual(["b admitted"]);
  });

  it("is asked in the order of arrival, before whoever comes once the lane has left", () => {
    const { admission, told, enter } = busy();
    for (const lane of ["b", "c", "d"]) enter(lane);
    admission.leave("a", false);
    enter("e");
    expect(told).toEqual(["b admitted", "c admitted"]);
    for (const lane of ["b", "c"]) admission.leave(lane, false);
    expect(told.slice(2)).toEqual(["d admitted", "e admitted"]);
  });

  it("is asked again when a cap is raised", () => {
    const { admission, told, enter } = busy();
    const of = left(4);
    enter("b", of);
    of.steps = 100;
    admission.askAgain();
    expect(told).toEqual(["b admitted"]);
  });

  it("keeps its place while it waits on", () => {
    const { admission, told, enter } = busy();
    admit(admission, "z", left(100));
    for (const lane of ["b", "c"]) enter(lane, left(2));
    admission.leave("z", false);
    expect(told).toEqual([]);
    admission.leave("a", false);
    expect(told).toEqual(["b admitted"]);
  });

  it("is told nothing and takes no place once it waits no longer", () => {
    const { admission, told, enter } = busy();
    enter("b")();
    admission.leave("a", false);
    expect(told).toEqual([]);
    expect(admission.committed().steps).toBe(0);
  });
});
