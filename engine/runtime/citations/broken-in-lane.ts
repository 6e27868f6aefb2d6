/** What a lane has cited that does not stand where it says: in its result, and in what it has written to shared artifacts. */
import type { BrokenCitation } from "../../policy/citations/check-citations.ts";
import { brokenText } from "../../policy/prompts/citation-rule.ts";
import type { LaneContext } from "../lanes/lane-node.ts";
import { checkedCitations } from "./checked-citations.ts";

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
