/** Figures of the source tree, read from its syntax trees: sizes, imports, casts, and what is handed from hand to hand. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const PRODUCT = ["state", "engine", "tools", "nodes", "graphs", "adapters", "app"];
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The path of a file of the product, by its address; undefined: it is none. */
export function productFile(url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined;
  const path = relative(ROOT, fileURLToPath(url));
  return PRODUCT.some((folder) => path.startsWith(`${folder}/`)) ? path : undefined;
}

/** Below it, a file with one importer is a fragment of that one. */
const FRAGMENT_LINES = 40;

interface Source {
  path: string;
  lines: number;
  tree: ts.SourceFile;
  imports: string[];
}

function readSources(folders: readonly string[]): Source[] {
  return globSync(folders.map((folder) => `${folder}/**/*.ts`))
    .toSorted()
    .map((path) => {
      const text = readFileSync(path, "utf8");
      const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      return { path, lines: text.split("\n").length - 1, tree, imports: importsOf(tree, path) };
    });
}

function importsOf(tree: ts.SourceFile, path: string): string[] {
  const found: string[] = [];
  visit(tree, (node) => {
    const named = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined;
    const called = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const specifier = named ?? (called ? node.arguments[0] : undefined);
    if (specifier !== undefined && ts.isStringLiteral(specifier) && specifier.text.startsWith("."))
      found.push(normalize(join(dirname(path), specifier.text)));
  });
  return found;
}

function visit(node: ts.Node, each: (node: ts.Node) => void): void {
  each(node);
  ts.forEachChild(node, (child) => visit(child, each));
}

/** Every import of the product, as [from, to]. */
export function importEdges(): [string, string][] {
  return readSources(PRODUCT).flatMap(({ path, imports }) => imports.map((to): [string, string] => [path, to]));
}

/** The measures by name, in the order in which they are printed; lists name what is behind a figure, the worst first. */
export function measureSource(folders: readonly string[] = PRODUCT): Record<string, number | string[]> {
  const sources = readSources(folders);
  const sizes = sources.map(({ lines }) => lines).toSorted((one, other) => one - other);
  const functions = sources.flatMap(functionsOf).toSorted((one, other) => other.lines - one.lines);
  const pairs = folderPairs(sources);
  const fragments = fragmentsOf(sources);
  const handed = sources.flatMap(handedObjects).toSorted((one, other) => other.lines - one.lines);
  const count = (test: (node: ts.Node) => boolean): number => {
    let found = 0;
    for (const { tree } of sources) visit(tree, (node) => void (found += test(node) ? 1 : 0));
    return found;
  };
  return {
    "product lines": sizes.reduce((sum, lines) => sum + lines, 0),
    "product files": sources.length,
    "median file, lines": sizes[Math.floor(sizes.length / 2)] ?? 0,
    "longest file, lines": sizes.at(-1) ?? 0,
    "longest function, lines": functions[0]?.lines ?? 0,
    "functions above 60 lines": functions.filter(({ lines }) => lines > 60).map(described),
    "files under 40 lines with one importer": fragments.length,
    "folder pairs that import each other": pairs,
    'reads of data["…"]': count(
      (node) => ts.isElementAccessExpression(node) && /(^|\.)data\??\.?$/.test(node.expression.getText()),
    ),
    "casts (as)": count((node) => ts.isAsExpression(node) && node.type.getText() !== "const"),
    "most members of a handed object": handed[0]?.lines ?? 0,
    "handed objects above 12 members": handed.filter(({ lines }) => lines > 12).map(described),
  };
}

interface Sized {
  name: string;
  lines: number;
}

function described({ name, lines }: Sized): string {
  return `${lines} ${name}`;
}

function functionsOf({ tree, path }: Source): Sized[] {
  const found: Sized[] = [];
  visit(tree, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
    const [from, to] = [node.getStart(tree), node.end].map((place) => tree.getLineAndCharacterOfPosition(place).line);
    const name = node.name?.getText() ?? "(function)";
    found.push({ name: `${path} ${name}`, lines: (to ?? 0) - (from ?? 0) + 1 });
  });
  return found;
}

/** Folders, as deep as they go, of which each imports the other. A folder and its own subfolder are not a pair. */
function folderPairs(sources: readonly Source[]): string[] {
  const edges = new Set<string>();
  for (const { path, imports } of sources)
    for (const imported of imports) edges.add(`${dirname(path)} ${dirname(imported)}`);
  return [...edges]
    .map((edge) => edge.split(" ") as [string, string])
    .filter(([one, other]) => one < other && edges.has(`${other} ${one}`))
    .filter(([one, other]) => !other.startsWith(`${one}/`) && !one.startsWith(`${other}/`))
    .map(([one, other]) => `${one} ⇄ ${other}`)
    .toSorted();
}

function fragmentsOf(sources: readonly Source[]): string[] {
  const importers = new Map<string, Set<string>>();
  for (const { path, imports } of sources)
    for (const imported of imports) importers.set(imported, (importers.get(imported) ?? new Set()).add(path));
  return sources
    .filter(({ path, lines }) => lines < FRAGMENT_LINES && importers.get(path)?.size === 1)
    .map(({ path }) => path);
}

/** Interfaces that can do something (a member is a function) and are a parameter's type somewhere in their own file or another. */
function handedObjects({ tree, path }: Source): Sized[] {
  const found: Sized[] = [];
  visit(tree, (node) => {
    if (!ts.isInterfaceDeclaration(node) || !node.members.some(isAction)) return;
    found.push({ name: `${path} ${node.name.text}`, lines: node.members.length });
  });
  return found;
}

function isAction(member: ts.TypeElement): boolean {
  if (ts.isMethodSignature(member)) return true;
  return ts.isPropertySignature(member) && member.type !== undefined && ts.isFunctionTypeNode(member.type);
}
