/** Exit codes of the command line (docs/reference/cli.md); those of a run that has ended by its status. */
export const EXIT = { complete: 0, failed: 1, usage: 2, partial: 3, paused: 4, interrupted: 130 } as const;
