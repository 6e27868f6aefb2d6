/** Files that a run has open besides its connections: the database, the journal, documents, what tools and a host open. */
const OTHER_FILES = 64;
const LEAST_CALLS = 4;

/** Model calls that a process may have in flight at once, a connection each, so that the files it needs can still be opened. */
export function callsThatFit(openFiles: number | undefined): number {
  return openFiles === undefined ? Infinity : Math.max(LEAST_CALLS, openFiles - OTHER_FILES);
}
