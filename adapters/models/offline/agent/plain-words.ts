/** Markdown as plain words, for values that stand beside their citation. */

/** Without links' addresses, emphasis, code marks and HTML; white space collapsed. Pure. */
export function plainWords(text: string): string {
  return text
    .slice(0, 2000)
    .replace(/!\[[^\]]*\]\([^)]*\)/g, "")
    .replace(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replace(/<[^>]{0,200}>/g, "")
    .replace(/\*\*|__|`/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
