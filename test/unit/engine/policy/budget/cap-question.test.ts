import { describe, expect, it } from "vitest";
import { CapQuestion } from "../../../../../engine/policy/budget/cap-question.ts";
import type { JournalLine } from "../../../../../engine/journal/events.ts";
import { foldRun } from "../../../../../engine/journal/run-view.ts";
import { entryOf, lineAt } from "../../../../support/journal-lines.ts";
import { capsOf } from "../../builders.ts";

const line = (kind: "interrupt" | "resume", data: Record<string, unknown>): JournalLine =>
  lineAt(0, entryOf(kind, { kind: "budget", action: "raise_cap", ...data }));
const asked = (...past: JournalLine[]): CapQuestion => new CapQuestion(foldRun(past).capQuestion);
const never = (): boolean => false;

describe("the question for a higher cap", () => {
  it("has one asker, the first, until it is closed", () => {
    const question = asked();
    expect([question.claim("a", never), question.claim("b", never)]).toEqual(["a", "a"]);
    question.close(undefined);
    expect([question.claim("b", never), question.round]).toEqual(["b", 1]);
  });

  it("has the same asker in another process, and passes on from one that has ended", () => {
    const question = asked(line("interrupt", { asker: "a" }));
    expect(question.claim("b", never)).toBe("a");
    expect(question.claim("b", (id) => id === "a")).toBe("b");
  });

  it("takes a pause for a quota for none of its own", () => {
    const question = asked(line("interrupt", { action: undefined, asker: "a" }));
    expect(question.asker).toBeUndefined();
  });

  it("that was answered by a stop stays stopped at these caps, also in another process, and not above them", () => {
    const caps = capsOf({ maxSteps: 10 });
    const question = asked(line("interrupt", { asker: "a" }), line("resume", { stopped: true, caps: { ...caps } }));
    expect(question.isStopped(caps)).toBe(true);
    expect(question.isStopped(capsOf({ maxSteps: 11 }))).toBe(false);
    expect(question.round).toBe(1);
  });

  it("wakes those that wait when it is closed", async () => {
    const question = asked();
    const closed = question.closed();
    question.close(undefined);
    await expect(closed).resolves.toBeUndefined();
  });
});
