/** Commands of checks. Owns no behaviour. */

/** Runs the commands of checks. Absent: none may be run. */
export interface CommandRunner {
  /**
   * Runs a command in a new folder that holds the files; ends it, and all that it started, after `timeoutMs`. `code` is undefined
   * where it could not be started, or did not end in time; `output` is the end of what it said. Never throws but for the signal.
   */
  run(
    command: readonly string[],
    facts: { files: ReadonlyMap<string, string>; timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<{ code: number | undefined; output: string }>;
}
