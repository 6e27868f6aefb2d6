/** Where an artifact stands in the run's folder. Pure. */

export const ARTIFACTS_FOLDER = "artifacts";

/** Relative to the run's folder. An artifact whose name is a folder of another (`a` beside `a/b`) gets a `~` behind it. */
export function artifactFile(name: string, names: readonly string[]): string {
  const isFolder = names.some((other) => other.startsWith(`${name}/`));
  return `${ARTIFACTS_FOLDER}/${name}${isFolder ? "~" : ""}`;
}
