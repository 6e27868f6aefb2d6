/** Exit codes of the command line (docs/reference/cli.md). */
import type { RunStatus } from "../../state/run-result.ts";

export const EXIT = { complete: 0, failed: 1, usage: 2, partial: 3, paused: 4, interrupted: 130 } as const;

export function exitCodeOf(status: RunStatus): number {
  return EXIT[status];
}
