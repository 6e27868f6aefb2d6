/** The artifacts as all lanes have left them: which agents have written, and what of them a prompt has room for. */
import type { ArtifactRecord } from "../../../state/artifact.ts";
import { allowances, beginningWithin } from "../../policy/answer/shorten.ts";
import { artifactBytes, type FinalArtifact } from "../../policy/prompts/synthesizer-prompt.ts";
import type { Run } from "../run/run.ts";

/** In a prompt; the others can be listed. */
const MOST_SHOWN = 60;

/** In the order of their names. What a plan declares and nobody has written is none. */
export function writtenArtifacts({ shared: { artifacts } }: Run): ArtifactRecord[] {
  const isWritten = ({ artifact }: ArtifactRecord): boolean =>
    artifacts.versions(artifact).some(({ by }) => by.attempt > 0);
  return Object.values(artifacts.records)
    .filter(isWritten)
    .toSorted((one, other) => (one.artifact < other.artifact ? -1 : 1));
}

/** Shortened so that they take at most about `room` bytes. */
export async function finalArtifacts(run: Run, room: number): Promise<{ shown: FinalArtifact[]; bytes: number }> {
  const written = writtenArtifacts(run).slice(0, MOST_SHOWN);
  const most = allowances(
    written.map(({ type, bytes }) => ({ bytes: type === "binary" ? 0 : bytes, isBuiltOn: false })),
    room,
  );
  const shown = await Promise.all(
    written.map(async ({ artifact: name, type, version }, index) => {
      const text = type === "binary" ? "" : await run.shared.artifacts.content(name, version);
      const kept = beginningWithin(text, most[index] ?? Infinity);
      const cut = kept === undefined ? text : `${kept.trimEnd()}\n[cut: ${text.length - kept.length} more characters]`;
      return { name, type, version, text: cut };
    }),
  );
  return { shown, bytes: shown.reduce((sum, artifact) => sum + artifactBytes(artifact), 0) };
}
