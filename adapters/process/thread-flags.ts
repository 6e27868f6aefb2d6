/**
 * The flags of this process for a thread of it, which has them all unless told otherwise: `--input-type` is about the text of
 * `node -e`, and a thread that is to run a file does not start with it.
 */
export function threadFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith("--input-type"));
}
