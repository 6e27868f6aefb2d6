/** Sources of this checkout as syntax trees, for pages that are made from comments and literals. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../launch/resolve-program.mjs";

export function sourceFile(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(ROOT, path), "utf8"), ts.ScriptTarget.Latest, true);
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/** The text of the comment in front of a declaration, on one line; empty where there is none. */
export function commentOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

/** The last comment in front of any node, such as the element of an array, on one line; empty where there is none. */
export function leadingComment(node: ts.Node): string {
  const source = node.getSourceFile().text;
  const range = ts.getLeadingCommentRanges(source, node.getFullStart())?.at(-1);
  if (range === undefined) return "";
  return source
    .slice(range.pos, range.end)
    .replace(/^\/\*+/, "")
    .replace(/\*+\/$/, "")
    .replaceAll(/^\s*(?:\*|\/\/) ?/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}
