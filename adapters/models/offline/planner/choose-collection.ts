/** Which documents "each X" means: the collection whose manifest fits the noun, or the prose files. */
import { singular } from "../task/each.ts";
import { stemSet } from "../text/words.ts";
import type { Collection, OfflinePlanningFacts } from "./planning-facts.ts";

export interface ChosenDocuments {
  glob: string;
  as: "file" | "folder";
  manifest: string | undefined;
  /** The folders themselves, where they are too few for a collection. */
  items?: string[];
}

type Documents = NonNullable<OfflinePlanningFacts["documents"]>;

const MANIFESTS: readonly [RegExp, RegExp][] = [
  [/^crate$/, /^cargo\.toml$/i],
  [/^skill$/, /^skill\.md$/i],
  [/^chart$/, /^chart\.ya?ml$/i],
  [
    /^(?:package|module|librar(?:y|ie)|dependency|dep|plugin|extension|sdk)$/,
    /^(?:package\.json|cargo\.toml|pyproject\.toml|setup\.(?:py|cfg)|go\.mod|pom\.xml|composer\.json|.*\.gemspec|plugin\.json)$/i,
  ],
  [
    /^(?:project|component|app|application|service|workspace|folder|directory|repository|repo|item|thing|product|tool|one)$/,
    /^/,
  ],
];
const FILE_NOUN =
  /^(?:file|document|doc|page|article|chapter|note|guide|paper|report|transcript|text|readme|story|letter|post|entry|record|markdown)$/;
const PROSE = /\.(?:md|mdx|markdown|txt|rst|adoc|html?)$/i;

/** Undefined where nothing among the documents fits the noun. Pure. */
export function chooseDocuments(noun: string, documents: Documents | undefined): ChosenDocuments | undefined {
  if (documents === undefined) return undefined;
  const word = singular(noun);
  const collection = collectionFor(word, documents.collections);
  if (collection !== undefined) return { glob: collection.glob, as: "folder", manifest: collection.manifest };
  const few = fewFolders(word, documents.sample);
  if (few !== undefined) return few;
  const folder = folderNamed(
    word,
    documents.sample.map(({ path }) => path),
  );
  if (folder !== undefined) return { glob: `**/${folder}/**`, as: "file", manifest: undefined };
  return FILE_NOUN.test(word) ? { glob: proseGlob(documents), as: "file", manifest: undefined } : undefined;
}

/** A glob of the prose files among the documents. Pure. */
export function proseGlob(documents: Documents): string {
  const extensions = new Set(
    documents.sample.map(({ path }) => PROSE.exec(path)?.[0].slice(1)).filter((extension) => extension !== undefined),
  );
  const [only, ...others] = [...extensions].sort();
  if (only === undefined) return "**/*";
  return others.length === 0 ? `**/*.${only}` : `**/*.{${[only, ...others].join(",")}}`;
}

function collectionFor(noun: string, collections: readonly Collection[]): Collection | undefined {
  const bySize = [...collections].sort((one, other) => other.folders - one.folders);
  for (const [nouns, manifest] of MANIFESTS) {
    if (!nouns.test(noun)) continue;
    const fitting = bySize.find((collection) => manifest.test(collection.manifest));
    if (fitting !== undefined) return fitting;
  }
  return bySize.find((collection) => stemSet(collection.manifest.replace(/\.\w+$/, "")).has(noun));
}

/** Two folders are no collection, and folders that were given one by one are none; yet each holds its manifest. */
function fewFolders(noun: string, sample: Documents["sample"]): ChosenDocuments | undefined {
  const manifest = MANIFESTS.find(([nouns]) => nouns.test(noun))?.[1];
  if (manifest === undefined || manifest.test("")) return undefined;
  const found = sample
    .map(({ path }) => ({
      folder: path.slice(0, Math.max(0, path.lastIndexOf("/"))),
      file: path.split("/").at(-1) ?? "",
    }))
    .filter(({ folder, file }) => folder !== "" && manifest.test(file));
  const outermost = found.filter(({ folder }) => !found.some((other) => folder.startsWith(`${other.folder}/`)));
  if (outermost.length < 2) return undefined;
  return {
    glob: "",
    as: "folder",
    manifest: outermost[0]?.file,
    items: outermost.map(({ folder }) => folder).sort(),
  };
}

/** "for each recipe" over `cookbook/recipes/…`. */
function folderNamed(noun: string, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const folder = path
      .split("/")
      .slice(0, -1)
      .find((part) => singular(part) === noun);
    if (folder !== undefined) return folder;
  }
  return undefined;
}
