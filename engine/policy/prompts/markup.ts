/**
 * The markup of our prompts: sections in tags, so that a model finds the task, the inputs and the
 * results without guessing. Not XML: bodies are never escaped, so quoted words stay verbatim; attribute values are, because
 * they come from plans and file names.
 *
 * Invariant: a body never ends its own section. A line of it that begins with the closing tag is indented by one blank, so
 * that no result, whatever an agent or a document put into it, can speak for another one.
 */

export type Attributes = Readonly<Record<string, string | number | null | undefined>>;

const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;" };

/** `<name a="1">\nbody\n</name>`. Attributes that are null or undefined are left out. Pure. */
export function section(name: string, attributes: Attributes, body: string): string {
  return `${opening(name, attributes)}\n${body.trim().replace(new RegExp(`^</${name}>`, "gm"), ` </${name}>`)}\n</${name}>`;
}

/** Bytes of a section, which is not made for it: bodies may be long. Pure. */
export function sectionBytes(name: string, attributes: Attributes, body: string): number {
  const ended = body.includes(`</${name}>`) ? (body.match(new RegExp(`^</${name}>`, "gm"))?.length ?? 0) : 0;
  return Buffer.byteLength(section(name, attributes, "")) + Buffer.byteLength(body.trim()) + ended;
}

/** `<name a="1"/>`. Pure. */
export function marker(name: string, attributes: Attributes): string {
  return `${opening(name, attributes).slice(0, -1)}/>`;
}

function opening(name: string, attributes: Attributes): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeAttribute(String(value).replace(/\s+/g, " "))}"`);
  return `<${name}${written.join("")}>`;
}

export function escapeAttribute(value: string): string {
  return value.replace(/[&"<>]/g, (character) => ATTRIBUTE_ESCAPES[character] ?? character);
}

export interface Section {
  name: string;
  attributes: Record<string, string>;
  body: string;
}

/** All sections and markers called `name` in `text`, in order; those nested in one of the same name are part of its body. Pure. */
export function sections(text: string, name: string): Section[] {
  const found: Section[] = [];
  const close = `\n</${name}>`;
  const lastClose = text.lastIndexOf(close);
  const open = new RegExp(`<${name}((?: [a-z_]+="[^"]*")*)(/?)>`, "g");
  for (let match = open.exec(text); match !== null; match = open.exec(text)) {
    const attributes = parseAttributes(match[1] ?? "");
    if (match[2] === "/") {
      found.push({ name, attributes, body: "" });
      continue;
    }
    // Left open, like a tag that a text mentions: nothing is in it, but what comes behind counts.
    if (lastClose < open.lastIndex) continue;
    const end = text.indexOf(close, open.lastIndex);
    found.push({ name, attributes, body: text.slice(open.lastIndex, end).trim() });
    open.lastIndex = end + close.length;
  }
  return found;
}

function parseAttributes(written: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, key = "", value = ""] of written.matchAll(/ ([a-z_]+)="([^"]*)"/g)) {
    attributes[key] = unescapeAttribute(value);
  }
  return attributes;
}

export function unescapeAttribute(value: string): string {
  return value.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** A task of up to so many characters is shown whole. */
export const TASK_CHARACTERS = 8000;
const HEAD_CHARACTERS = 6000;
const TAIL_CHARACTERS = 1800;
/** How far a cut may move to fall on the end of a line. */
const LINE_SLACK = 400;

/**
 * The task as prompts show it: whole up to a size, beyond it head and tail with a note of what was cut. A lane's own instructions
 * carry what it needs, so a task of thousands of items costs each of them no more than a short one. The same bytes each time.
 * Pure; at most `TASK_CHARACTERS` characters.
 */
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
