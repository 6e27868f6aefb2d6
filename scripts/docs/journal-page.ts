/**
 * `docs/reference/journal.md`: the kinds of journal lines. Who writes a kind and which keys its data has are read from the
 * sources, so that the page cannot name a line that nobody writes.
 */
import ts from "typescript";
import { JOURNAL_KINDS, type JournalKind } from "../../state/journal-line.ts";
import type { Signal } from "../../state/signal.ts";
import { markdownTable } from "./markdown-table.ts";
import { sourceFile, sourcesIn, visit } from "./source-file.ts";

const MEANINGS: Record<JournalKind, string> = {
  "run-start": "the run begins: task, options, model",
  "run-end": "the run is over; `digest` is the SHA-256 of the result",
  "run-close":
    "the last line of a run that ended: the count of the lines before it; a journal that ends otherwise is open",
  plan: "a version of the plan, and where it came from",
  route: "which agent a subtask goes to, by which rule, with the scores of all candidates and the rejected ones",
  "attempt-start": "an agent begins with a subtask: its inputs exist and a slot is free",
  "attempt-end": "how an attempt ended, and why",
  "model-call": "one model call has come back; `signal` names what went wrong with it",
  "tool-call": "one tool call of an agent and its outcome",
  signal: "something went wrong in a lane or with the coordinator, with the evidence",
  recovery: "what the policy did about a signal, and which rule of it fired",
  compact: "a conversation came near its model's window, or over it: what was taken out, and how",
  reserve: "written before a model call goes out: the most that it can cost",
  settle: "what that call has cost; `lost` where its process died",
  write: "a new version of a shared artifact: what it was based on, who wrote it",
  conflict: "a write whose base version was no longer current, both sides, and what became of it",
  check: "whether an invariant of the plan holds of the artifacts, and of a violated one the writes that led to it",
  interrupt: "the run waits for a human",
  resume: "what the human decided",
  publish: "a result goes to the board; `accepted` is false for a late result of an older attempt",
  "limit-change": "the number of model calls let through at once has changed",
  park: "a lane steps back since an input waits for a human; without a subtask: such lanes are routed again",
  "process-start": "another process goes on with the run; `lostCalls` were in flight when the one before died",
  "process-end": "a process leaves the run before its end",
};

/** Of a signal, which its journal line spreads. */
const SIGNAL_KEYS: readonly (keyof Signal)[] = ["kind", "evidence", "retryAfterMs", "cap"];

interface Written {
  files: Set<string>;
  keys: Set<string>;
}

export function journalPage(): string {
  const written = writtenKinds();
  const rows = JOURNAL_KINDS.map((kind) => {
    const { files, keys } = written.get(kind) ?? { files: new Set(), keys: new Set() };
    const by = files.size === 0 ? "nobody yet" : [...files].map((file) => `\`${file}\``).join(", ");
    return [`\`${kind}\``, MEANINGS[kind], [...keys].map((key) => `\`${key}\``).join(", "), by];
  });
  return `# Journal

\`journal.jsonl\` in the run's folder: one JSON object a line, on disk before the effect that it describes is reported. Each has
\`seq\` (from 1, no gaps), \`at\` (ISO 8601, UTC), \`run\`, \`kind\`, \`data\`, \`prev\` and \`hash\`, and \`subtask\` and \`attempt\` where it
belongs to one. \`hash\` is the SHA-256 of the line's RFC 8785 canonical form without \`hash\`; \`prev\` is the hash of the line
before (64 zeros for the first), so that a change to any line breaks every later one.

${markdownTable(["kind", "meaning", "keys of `data`", "written by"], rows)}
`;
}

function writtenKinds(): Map<JournalKind, Written> {
  const found = new Map<JournalKind, Written>();
  for (const path of ["engine", "nodes", "app"].flatMap(sourcesIn)) {
    visit(sourceFile(path), (node) => {
      if (!ts.isObjectLiteralExpression(node)) return;
      const kind = kindOf(property(node, "kind"));
      const data = property(node, "data");
      if (kind === undefined || data === undefined) return;
      const entry = found.get(kind) ?? { files: new Set(), keys: new Set() };
      entry.files.add(path);
      for (const key of keysOf(data)) entry.keys.add(key);
      found.set(kind, entry);
    });
  }
  return found;
}

function property(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const member of object.properties) {
    if (ts.isPropertyAssignment(member) && member.name.getText() === name) return member.initializer;
    if (ts.isShorthandPropertyAssignment(member) && member.name.text === name) return member.name;
  }
  return undefined;
}

function kindOf(value: ts.Expression | undefined): JournalKind | undefined {
  const literal = value !== undefined && ts.isAsExpression(value) ? value.expression : value;
  if (literal === undefined || !ts.isStringLiteral(literal)) return undefined;
  return JOURNAL_KINDS.find((kind) => kind === literal.text);
}

/** The keys that an object literal names, with those of what it spreads where that is written in the same file. */
function keysOf(data: ts.Expression): readonly string[] {
  if (ts.isParenthesizedExpression(data)) return keysOf(data.expression);
  if (ts.isConditionalExpression(data)) return [...keysOf(data.whenTrue), ...keysOf(data.whenFalse)];
  if (/\bsignal$/.test(data.getText())) return SIGNAL_KEYS;
  if (ts.isIdentifier(data) || ts.isCallExpression(data)) return declared(data).flatMap(keysOf);
  if (!ts.isObjectLiteralExpression(data)) return [];
  return data.properties.flatMap((member): readonly string[] => {
    if (ts.isSpreadAssignment(member)) return keysOf(member.expression);
    return member.name === undefined ? [] : [member.name.getText()];
  });
}

/** What a name is declared as, or what the function of that name returns. */
function declared(use: ts.Identifier | ts.CallExpression): ts.Expression[] {
  const name = (ts.isCallExpression(use) ? use.expression : use).getText();
  const found: ts.Expression[] = [];
  visit(use.getSourceFile(), (node) => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name && node.initializer !== undefined) {
      if (ts.isIdentifier(use)) found.push(node.initializer);
    } else if (ts.isFunctionDeclaration(node) && node.name?.text === name && ts.isCallExpression(use)) {
      visit(node, (inner) => {
        if (ts.isReturnStatement(inner) && inner.expression !== undefined) found.push(inner.expression);
      });
    }
  });
  return found;
}
