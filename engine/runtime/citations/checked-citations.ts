/**
 * What is found of a text's citations: looked at once, and on record, so that who goes on with the run, and who runs it again, goes
 * by the same.
 */
import type { DataOf } from "../../journal/events.ts";
import { checkCitations, type BrokenCitation, type CitationReport } from "../../policy/citations/check-citations.ts";
import { brokenText, findCitations } from "../../policy/prompts/citation-rule.ts";
import type { LaneContext } from "../lanes/lane-node.ts";
import type { Run } from "../run/run.ts";
import { contentJson } from "../../journal/recorded-messages.ts";
import { hash } from "node:crypto";

/** By the text's key: what this process has found. Without a folder the record alone does not have it. */
const found = new WeakMap<Run, Map<string, CitationReport>>();

export interface CitedText extends Pick<DataOf<"citations">, "of" | "name"> {
  subtask?: string;
  attempt?: number;
}

export async function checkedCitations(run: Run, text: string, about: CitedText): Promise<CitationReport> {
  const { contents, documents } = run.shared;
  const { task } = run.question;
  const check = (): CitationReport => checkCitations(text, { documents, task });
  // Nothing is read for it: who runs it again finds the same.
  if (documents === undefined || findCitations(text).length === 0) return check();
  const key = `citations/${hash("sha256", text)}`;
  const reports = found.get(run) ?? new Map<string, CitationReport>();
  found.set(run, reports);
  const report = reports.get(key) ?? recordedReport(run, key) ?? run.effects.citations(key, check);
  reports.set(key, report);
  const { subtask, attempt, ...what } = about;
  const { total, verified, unsupported } = report;
  await run.record.once(key, {
    kind: "citations",
    subtask,
    attempt,
    data: { ...what, total, verified, unsupported: unsupported.length, content: contents.add(JSON.stringify(report)) },
  });
  return report;
}

/** As a process before found it. */
function recordedReport(run: Run, key: string): CitationReport | undefined {
  const known = run.record.recorded("citations", key)?.content;
  const { contents } = run.shared;
  return known === undefined || !contents.has(known) ? undefined : contentJson(contents, known);
}

/** Of an artifact with more versions nobody asks who wrote a line first. */
const MOST_VERSIONS = 200;

/** What a model is told of it, in one line; undefined: nothing is broken. A person is not corrected. */
export async function brokenInLane(lane: LaneContext, output: string): Promise<string | undefined> {
  const { run, subtask, state } = lane;
  if (run.shared.documents === undefined || run.team.agent(state.agent)?.kind === "human") return undefined;
  const { broken } = await checkedCitations(run, output, { of: "result", subtask: subtask.id, attempt: state.attempt });
  const parts = broken.length === 0 ? [] : [brokenText(broken)];
  for (const name of Object.keys(run.shared.artifacts.recordsOf([subtask.id]))) {
    const own = await brokenInArtifact(lane, name);
    if (own.length > 0) parts.push(`in artifact ${name}, ${brokenText(own)}; patch it`);
  }
  return parts.length === 0 ? undefined : parts.join(". ");
}

/** In the version that the lane wrote last: what others have written before is theirs. */
async function brokenInArtifact({ run, subtask, state }: LaneContext, name: string): Promise<BrokenCitation[]> {
  const { artifacts } = run.shared;
  const isOwn = (by: { subtask: string; attempt: number }): boolean =>
    by.subtask === subtask.id && by.attempt === state.attempt;
  const versions = artifacts.versions(name);
  const last = versions.findLast(({ by }) => isOwn(by));
  if (last === undefined || last.type === "binary") return [];
  const text = await artifacts.content(name, last.version);
  const about = { of: "artifact" as const, name, subtask: subtask.id, attempt: state.attempt };
  const { broken } = await checkedCitations(run, text, about);
  if (broken.length === 0 || last.version > MOST_VERSIONS) return broken;
  const earlier = versions.filter(({ version }) => version <= last.version);
  const texts = await Promise.all(earlier.map(({ version }) => artifacts.content(name, version)));
  return broken.filter(({ at: [first], place }) => {
    const written = first === undefined ? place : text.slice(...first);
    const writer = earlier[texts.findIndex((one) => one.includes(written))];
    return writer === undefined || isOwn(writer.by);
  });
}
