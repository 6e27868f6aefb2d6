/** Where a run's records stand in a `BaseStore`: one namespace a run, one below it for each kind of record. */

/** LangGraph's stores refuse dots and colons in labels: they are written as in a URL. Pure. */
export function runNamespace(
  runId: string,
  kind: "run" | "plan" | "results" | "journal" | "texts" | "artifacts" | "contents",
): string[] {
  const label = runId.replace(/[^A-Za-z0-9_~-]/g, (character) => `%${Buffer.from(character).toString("hex")}`);
  return ["glasshive", label, kind];
}
