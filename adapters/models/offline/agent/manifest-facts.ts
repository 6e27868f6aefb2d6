/** The pairs of a manifest: JSON, TOML, YAML or the YAML at the head of a Markdown file. */
import { jsonFacts, type Fact } from "./json-facts.ts";
import type { ReadDocument } from "./reading.ts";

const TABLE = /^\s*\[+([^\]]+)\]+\s*$/;
const PAIR = /^(\s*)(?:- )?["']?([A-Za-z_][\w.-]*)["']?\s*[:=]\s*(.*?)\s*,?$/;
const QUOTED = /^(["'])(.*)\1$/;

/** The facts that a document states as keys and values; none for prose. Pure. */
export function manifestFacts(document: ReadDocument): Fact[] {
  if (/\.jsonc?$/i.test(document.path)) return jsonFacts(document);
  if (/\.(?:toml|ya?ml|cfg|ini|properties)$/i.test(document.path)) return keyedLines(document.lines, document.path);
  const head = document.lines[0];
  if (head?.line !== 1 || head.text.trim() !== "---") return [];
  const end = document.lines.findIndex(({ text }, at) => at > 0 && text.trim() === "---");
  return keyedLines(document.lines.slice(1, Math.max(end, 1)), document.path);
}

function keyedLines(lines: ReadDocument["lines"], path: string): Fact[] {
  const facts: Fact[] = [];
  let table: string[] = [];
  let parent: { indent: number; key: string } | undefined;
  for (const { line, text } of lines) {
    const opened = TABLE.exec(text);
    if (opened !== null) {
      table = (opened[1] as string).split(".");
      continue;
    }
    const pair = PAIR.exec(text);
    if (pair === null) continue;
    const [, indent = "", key = "", written = ""] = pair;
    if (indent.length === 0) parent = undefined;
    if (written === "" || written === ">" || written === "|") {
      parent = { indent: indent.length, key };
      continue;
    }
    const raw = QUOTED.exec(written)?.[2] ?? written;
    const above = parent !== undefined && indent.length > parent.indent ? [parent.key] : [];
    facts.push({ keys: [...withoutPackageTable(table), ...above, key], value: raw, path, line, raw, keyLine: line });
  }
  return facts;
}

/** `[package]`, `[project]` and the like are the document itself. */
function withoutPackageTable(table: readonly string[]): readonly string[] {
  return table.length === 1 && /^(?:package|project|metadata|workspace)$/.test(table[0] as string) ? [] : table;
}
