import { expect, it } from "vitest";
import { standalone } from "../../../../../adapters/models/offline/roles/follow-up.ts";

const ask = (before: string, task: string): string => standalone(task, [{ task: before, answer: "…" }]);

it.each([
  ["What is the default port of Apache?", "and what about nginx?", "What is the default port of nginx?"],
  ["What is the port of the server?", "And what about the client?", "What is the port of the client?"],
  ["What does the write queue do?", "and the journal?", "What does the journal do?"],
  ["Which Node version does zod need?", "and commander?", "Which Node version does commander need?"],
  ["What happens to a lane whose process died?", "what about a run?", "What happens to a run whose process died?"],
  ["When was Alpha founded?", "How about Beta then?", "When was Beta founded?"],
  ["What does product A cost?", "And what about product B?", "What does product B cost?"],
  ["What is zod for?", "The same for commander, please.", "What is commander for?"],
  ["Who maintains the billing service?", "and about the search service?", "Who maintains the search service?"],
  ["For each package: which licence?", "and what about the Node version?", "For each package: the Node version?"],
])("%s %s", (before, task, alone) => {
  expect(ask(before, task)).toBe(alone);
});

it("what points back carries the name, or else the question", () => {
  expect(ask("How long does the warranty of Beta last?", "And what is it for?")).toBe("what is Beta for?");
  expect(ask("For each package: which Node version?", "And their authors?")).toBe("For each package: the authors?");
  expect(ask("What is a reservation?", "Why?")).toBe("Why? (What is a reservation)");
});

it("what comes after a comparison is asked by itself", () => {
  const before = "Compare the journal and the board: what is each for?";
  expect(ask(before, "And what is the budget ledger for?")).toBe("what is the budget ledger for?");
});

it("what has a subject of its own is asked by itself, unless a name was asked about", () => {
  const before = "How many days of paid leave do employees have?";
  expect(ask(before, "And how many days may be carried over?")).toBe("how many days may be carried over?");
  expect(ask(before, "And until when?")).toBe("And until when? (How many days of paid leave do employees have)");
  const named = "What is the licence of Alpha?";
  expect(ask(named, "And which port is used by default?")).toBe(
    "And which port is used by default? (What is the licence of Alpha)",
  );
});

it("what goes on with a question in several parts is asked by itself", () => {
  const before = "How many days of paid leave do employees have, and how long must passwords be?";
  expect(ask(before, "And how many days may be carried over?")).toBe("how many days may be carried over?");
  expect(ask(before, "And what about travel?")).toBe("And what about travel?");
});

it("what stands alone stays as it is", () => {
  expect(ask("What is a reservation?", "What is a step?")).toBe("What is a step?");
  expect(ask("What is Alpha?", "Is it possible to nest lanes?")).toBe("Is it possible to nest lanes?");
  expect(standalone("and what about nginx?", [])).toBe("and what about nginx?");
});

it("a third question goes on with the second as that was meant", () => {
  const history = [
    { task: "What is the port of Alpha?", answer: "1" },
    { task: "and Beta?", answer: "2" },
  ];
  expect(standalone("and what about Gamma?", history)).toBe("What is the port of Gamma?");
});
