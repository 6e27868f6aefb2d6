import { describe, expect, it } from "vitest";
import { withModel } from "../../../../app/config/replaced-models.ts";
import type { RunSettings } from "../../../../app/config/run-settings.ts";
import type { JournalLine } from "../../../../engine/journal/events.ts";
import { foldRun } from "../../../../engine/journal/run-view.ts";
import { entryOf, lineAt } from "../../../support/journal-lines.ts";

const agents = [{ name: "quick", model: "fast" }] as unknown as RunSettings["agents"];
const settings = { runId: "r", model: "main", agents, recovery: undefined } as RunSettings;
const called = (model: string, signal?: string): JournalLine =>
  lineAt(0, entryOf("model-call", { model, ...(signal === undefined ? {} : { signal }) }));

function change(given: string, { from = settings, lines = [] }: { from?: RunSettings; lines?: JournalLine[] } = {}) {
  const { model, replacedModels } = withModel(from, given, foldRun(lines));
  return { model, replacedModels };
}

describe("another model for a run that goes on", () => {
  it("is the run's own, and stands in for those that were refused, not for others", () => {
    const lines = [called("main"), called("fast", "model"), called("slow", "server"), called("fast", "model")];
    expect(change("new", { lines })).toEqual({ model: "new", replacedModels: { fast: "new" } });
    expect(change("new")).toEqual({ model: "new", replacedModels: {} });
    expect(change("fast", { lines })).toEqual({ model: "fast", replacedModels: {} });
  });

  it("takes the place of one that is named", () => {
    expect(change("fast=new")).toEqual({ model: "main", replacedModels: { fast: "new" } });
    expect(change("main=new")).toEqual({ model: "new", replacedModels: { main: "new" } });
    expect(change("switched=new", { lines: [called("switched")] }).replacedModels).toEqual({ switched: "new" });
  });

  it("takes the place of one that had taken another's, and goes back", () => {
    const from = { ...settings, replacedModels: { fast: "new" } };
    expect(change("new=newer", { from, lines: [called("new")] }).replacedModels).toEqual({
      fast: "newer",
      new: "newer",
    });
    expect(change("new=fast", { from, lines: [called("new")] }).replacedModels).toEqual({ new: "fast" });
  });

  it.each(["unknown=new", "=new", "fast="])("is refused as %s, with the models that there are", (given) => {
    const next = expect.stringMatching(/fast, main$/) as string;
    expect(() => change(given)).toThrow(expect.objectContaining({ code: "USAGE", next }));
  });
});
