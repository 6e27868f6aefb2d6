/**
 * A caller's saver for threads that branch. LangGraph numbers a channel's versions 1, 2, 3 …, so two branches from one checkpoint come to
 * the same number, and a saver that keeps values by thread, channel and version (PostgresSaver, langgraphjs#1812) gives the later
 * branch what the earlier one has written: it would be done before it began. Here no two versions are equal: the whole part counts, the rest is
 * chance. A saver with versions of its own keeps them.
 */
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";

const branching = new WeakMap<BaseCheckpointSaver, BaseCheckpointSaver>();

/** The same each time: calls under way on a thread are known by their saver. */
export function branchingSaver(saver: BaseCheckpointSaver): BaseCheckpointSaver {
  const known = branching.get(saver);
  if (known !== undefined) return known;
  const made = countsOnly(saver) ? withOwnVersions(saver) : saver;
  branching.set(saver, made);
  branching.set(made, made);
  return made;
}

/** A host's copy of LangGraph has the same method as another function. */
function countsOnly(saver: BaseCheckpointSaver): boolean {
  try {
    return saver.getNextVersion(undefined) === 1 && saver.getNextVersion(1) === 2;
  } catch {
    return false;
  }
}

function withOwnVersions(saver: BaseCheckpointSaver): BaseCheckpointSaver {
  return new Proxy(saver, {
    get(target, name) {
      if (name === "getNextVersion") return nextVersion;
      const value: unknown = Reflect.get(target, name);
      // Called on the saver itself, which may have private fields.
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function nextVersion(current: number | undefined): number {
  return Math.floor(current ?? 0) + 1 + Math.random();
}
