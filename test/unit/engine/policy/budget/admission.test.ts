import { describe, expect, it } from "vitest";
import { AdmissionDesk, type Admission } from "../../../../../engine/policy/budget/admission.ts";
import type { Amounts } from "../../../../../engine/policy/budget/amounts.ts";

const left = (steps: number, tokens = Infinity, usd = Infinity): Amounts => ({ steps, tokens, usd });
const guess: Amounts = { steps: 4, tokens: 1000, usd: 0.1 };
const admit = (desk: AdmissionDesk, lane: string, of: Amounts, steps?: number): Admission["kind"] =>
  desk.admit(lane, { left: of, steps, guess }).kind;

describe("admission under a scarce budget", () => {
  it("lets in as many lanes as what is left covers, then makes wait", () => {
    const desk = new AdmissionDesk();
    expect(["a", "b", "c"].map((lane) => admit(desk, lane, left(10)))).toEqual(["admitted", "admitted", "wait"]);
    expect(desk.committed()).toEqual({ steps: 8, tokens: 2000, usd: 0.2 });
  });

  it.each([
    ["steps", left(7)],
    ["tokens", left(100, 1999)],
    ["money", left(100, Infinity, 0.19)],
  ])("makes a second lane wait where %s are short", (_, amounts) => {
    const desk = new AdmissionDesk();
    expect([admit(desk, "a", amounts), admit(desk, "b", amounts)]).toEqual(["admitted", "wait"]);
  });

  it("always lets one lane try while something is left", () => {
    expect(admit(new AdmissionDesk(), "a", left(1, 1, 0.001))).toBe("admitted");
  });

  it("refuses where nothing is left and nobody can give back", () => {
    const desk = new AdmissionDesk();
    expect(admit(desk, "a", left(0))).toBe("refused");
    expect(admit(desk, "a", left(10, 0))).toBe("refused");
    expect(admit(desk, "a", left(10, 10, 0))).toBe("refused");
    expect(desk.committed().steps).toBe(0);
  });

  it("makes wait rather than refuses while another lane may leave something", () => {
    const desk = new AdmissionDesk();
    admit(desk, "a", left(4));
    expect(admit(desk, "b", left(0))).toBe("wait");
    desk.spend("a", guess);
    desk.leave("a", true);
    expect(admit(desk, "b", left(0))).toBe("refused");
  });

  it("lets a lane in again that is in already, without a second commitment", () => {
    const desk = new AdmissionDesk();
    admit(desk, "a", left(4));
    expect(admit(desk, "a", left(0))).toBe("admitted");
    expect(desk.committed().steps).toBe(4);
  });
});

describe("a commitment", () => {
  it("shrinks as the lane spends, and never below nothing", () => {
    const desk = new AdmissionDesk();
    admit(desk, "a", left(10));
    desk.spend("a", { steps: 1, tokens: 600, usd: 0.02 });
    expect(desk.committed()).toEqual({ steps: 3, tokens: 400, usd: 0.08 });
    desk.spend("a", { steps: 9, tokens: 9000, usd: 9 });
    expect(desk.committed()).toEqual({ steps: 0, tokens: 0, usd: 0 });
    desk.spend("stranger", guess);
    expect(desk.committed().steps).toBe(0);
  });

  it("is the plan's own number of steps where it names one", () => {
    const desk = new AdmissionDesk();
    admit(desk, "a", left(100), 13);
    expect(desk.committed().steps).toBe(13);
  });

  it("follows what finished lanes took, those without a result left out", () => {
    const desk = new AdmissionDesk();
    for (const [lane, steps, useful] of [
      ["a", 2, true],
      ["b", 5, true],
      ["c", 99, false],
    ] as const) {
      admit(desk, lane, left(1000));
      desk.spend(lane, { steps, tokens: steps * 100, usd: steps / 100 });
      desk.leave(lane, useful);
    }
    admit(desk, "next", left(1000));
    const { steps, tokens, usd } = desk.committed();
    expect([steps, tokens]).toEqual([4, 350]);
    expect(usd).toBeCloseTo(0.035, 12);
  });
});

describe("who waits for a place", () => {
  it("is woken when a lane leaves, and not by one that was never in", async () => {
    const desk = new AdmissionDesk();
    admit(desk, "a", left(4));
    let woken = false;
    const wait = desk.changed().then(() => (woken = true));
    desk.leave("stranger", false);
    await Promise.resolve();
    expect(woken).toBe(false);
    desk.leave("a", false);
    await wait;
    expect(woken).toBe(true);
  });
});
