/**
 * The pure folders take time, chance, settings and output from outside; this finds where one reaches for
 * them itself. `new Date(ms)` and `Date.parse(text)` are arithmetic and allowed; `new Date()` and `Date.now()` read a clock.
 * Imports of Node's modules are the folder-direction check's business (.dependency-cruiser.cjs).
 */
import { existsSync, readFileSync } from "node:fs";
import { globSync } from "node:fs";
import { pathToFileURL } from "node:url";
import ts from "typescript";

const PURE_FOLDERS = ["state", "engine", "tools", "nodes", "graphs"];

/** What decides does not wait: a decision that has to wait for something is two, and the wait is the runtime's. */
const WAITLESS = /^engine\/policy\//;

/** Globals that are the world itself, whatever is done with them. */
const WORLDLY_GLOBALS = new Set([
  ...["process", "console", "performance", "fetch", "globalThis", "WebSocket"],
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"],
]);

/** Members of otherwise harmless globals; also of what is imported under these names. */
const WORLDLY_MEMBERS = new Set([
  ...["Date.now", "Math.random", "AbortSignal.timeout", "Atomics.wait"],
  ...["crypto.randomUUID", "crypto.randomBytes", "crypto.getRandomValues", "crypto.randomInt"],
]);

/** Named imports that are chance under another name. */
const WORLDLY_IMPORTS = new Set(["randomUUID", "randomBytes", "randomInt", "getRandomValues", "webcrypto"]);

export interface Impurity {
  line: number;
  what: string;
}

/** Where a TypeScript source reaches for the world, in order. Pure. */
export function impuritiesOf(source: string, fileName = "source.ts"): Impurity[] {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  const found: Impurity[] = [];
  const visit = (node: ts.Node): void => {
    const what = worldlyUse(node) ?? (WAITLESS.test(fileName) ? wait(node) : undefined);
    if (what !== undefined) {
      found.push({ line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, what });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function worldlyUse(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && isNamed(node.expression, "Date") && (node.arguments?.length ?? 0) === 0) {
    return "new Date()";
  }
  if (ts.isCallExpression(node) && isNamed(node.expression, "Date")) return "Date()";
  if (ts.isImportSpecifier(node) && WORLDLY_IMPORTS.has((node.propertyName ?? node.name).text)) {
    return (node.propertyName ?? node.name).text;
  }
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const member = `${node.expression.text}.${node.name.text}`;
    return WORLDLY_MEMBERS.has(member) ? member : undefined;
  }
  return ts.isIdentifier(node) && WORLDLY_GLOBALS.has(node.text) && isReference(node) ? node.text : undefined;
}

function wait(node: ts.Node): string | undefined {
  if (ts.isAwaitExpression(node)) return "await";
  return node.kind === ts.SyntaxKind.AsyncKeyword ? "async" : undefined;
}

function isNamed(node: ts.Expression, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

/** An identifier that is read, not the name of a property, a parameter or a declaration. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent) || ts.isTypeElement(parent)) return false;
  return !("name" in parent && parent.name === node) && !("propertyName" in parent && parent.propertyName === node);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const files = globSync(PURE_FOLDERS.filter((folder) => existsSync(folder)).map((folder) => `${folder}/**/*.ts`));
  const problems = files
    .toSorted()
    .flatMap((path) =>
      impuritiesOf(readFileSync(path, "utf8"), path).map(
        ({ line, what }) => `${path}:${line}: ${what} is the world's: take it as an argument or through a port`,
      ),
    );
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
