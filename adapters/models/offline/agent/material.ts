/** What an agent has to answer from: sentences and pairs of the documents that it has read, and its inputs. */
import { manifestFacts } from "./manifest-facts.ts";
import type { Fact } from "./json-facts.ts";
import { isWithin, type ReadDocument } from "./reading.ts";
import { unitsOf, type Unit } from "./units.ts";

export interface Material {
  units: Unit[];
  facts: Fact[];
  /** Everything in it is about the subject, whether it says so or not. */
  isOwn: boolean;
}

/** The material of documents, of those in `scope` alone where one is given; outermost manifests first. Pure. */
export function materialOf(documents: readonly ReadDocument[], scope?: string): Material {
  const own = scope === undefined ? documents : documents.filter((document) => isWithin(document.path, scope));
  const byDepth = [...own].sort(
    (one, other) =>
      depth(one.path) - depth(other.path) || Number(isManifest(other.path)) - Number(isManifest(one.path)),
  );
  return { units: own.flatMap(unitsOf), facts: byDepth.flatMap(manifestFacts), isOwn: scope !== undefined };
}

/** Whether a file describes the folder that it lies in; other data beside it describes itself. Pure. */
export function isManifest(path: string): boolean {
  return /(?:^|\/)(?:package\.json|Cargo\.toml|pyproject\.toml|composer\.json|SKILL\.md)$/.test(path);
}

function depth(path: string): number {
  return path.split("/").length;
}
