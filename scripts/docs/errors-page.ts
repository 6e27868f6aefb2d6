/** `docs/reference/errors.md`: the closed list of error codes. */
import { ERROR_CODES } from "../../state/errors.ts";
import { markdownTable } from "./markdown-table.ts";

const WHOSE_MOVE = {
  user: "yours (flags, files, configuration)",
  provider: "the model endpoint's",
  system: "the machine's (disk, database) or ours (a bug)",
};

export function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { fault, retry, exitCode }]) => [
    `\`${code}\``,
    WHOSE_MOVE[fault],
    retry ? "yes" : "no",
    String(exitCode),
  ]);
  return `# Errors

Every error that leaves Glasshive is a \`SwarmError\` with one of these codes. On the command line it is one line on stderr
that says what failed and what to do next; in a program, \`error.code\`, \`error.fault\`, \`error.retry\` and \`error.data\` say the
same.

${markdownTable(["code", "whose move it is", "can the same call succeed later", "exit code"], rows)}
`;
}
