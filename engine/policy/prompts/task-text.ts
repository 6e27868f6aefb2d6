/**
 * The task as prompts show it: whole up to a size, beyond it head and tail with a note of what was cut. A lane's own instructions
 * carry what it needs, so a task of thousands of items costs each of them no more than a short one. The same bytes each time.
 */

/** A task of up to so many characters is shown whole. */
export const TASK_CHARACTERS = 8000;
const HEAD_CHARACTERS = 6000;
const TAIL_CHARACTERS = 1800;
/** How far a cut may move to fall on the end of a line. */
const LINE_SLACK = 400;

/** Pure; at most `TASK_CHARACTERS` characters. */
export function boundedTask(task: string): string {
  const text = task.trim();
  if (text.length <= TASK_CHARACTERS) return text;
  const head = upToLineEnd(text.slice(0, HEAD_CHARACTERS)).toWellFormed().trimEnd();
  const tail = fromLineStart(text.slice(-TAIL_CHARACTERS)).toWellFormed().trimStart();
  const cut = text.length - head.length - tail.length;
  return `${head}\n[cut here: ${cut} characters from the middle of the task]\n${tail}`;
}

function upToLineEnd(text: string): string {
  const end = text.lastIndexOf("\n");
  return end >= text.length - LINE_SLACK ? text.slice(0, end) : text;
}

function fromLineStart(text: string): string {
  const start = text.indexOf("\n");
  return start >= 0 && start <= LINE_SLACK ? text.slice(start + 1) : text;
}
