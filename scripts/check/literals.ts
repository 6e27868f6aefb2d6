/**
 * An object literal that is spread into another (`{ ...{ a, b }, c }`) looks like an override, and its properties are not held against the
 * type: a misspelt optional one compiles. This finds them.
 */
import { globSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import ts from "typescript";

const FOLDERS = ["state", "engine", "tools", "nodes", "graphs", "adapters", "app"];

/** The lines of a TypeScript source in which one is spread, in order. Pure. */
export function spreadLiterals(source: string): number[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const found: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isSpreadAssignment(node) && ts.isObjectLiteralExpression(node.expression))
      found.push(file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const problems = globSync(FOLDERS.map((folder) => `${folder}/**/*.ts`))
    .toSorted()
    .flatMap((path) =>
      spreadLiterals(readFileSync(path, "utf8")).map((line) => `${path}:${line}: name the properties`),
    );
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
