/** Writes Markdown tables that are also aligned for the eye. */

export interface Column<Row> {
  title: string;
  /** Null is shown as a dash. */
  value: (row: Row) => string | number | null;
  /** Decimals of numbers; default 2. */
  digits?: number;
}

/** Columns whose values are numbers are aligned to the right. */
export function markdownTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = columns.map((column) => {
    const values = rows.map(column.value);
    const numeric = values.every((value) => typeof value !== "string");
    const texts = [column.title, ...values.map((value) => format(value, column.digits ?? 2))].map(escapePipes);
    const width = Math.max(3, ...texts.map((text) => text.length));
    const padded = texts.map((text) => (numeric ? text.padStart(width) : text.padEnd(width)));
    return [padded[0]!, numeric ? `${"-".repeat(width - 1)}:` : "-".repeat(width), ...padded.slice(1)];
  });
  return Array.from(
    { length: rows.length + 2 },
    (_, line) => `| ${cells.map((column) => column[line]).join(" | ")} |`,
  ).join("\n");
}

function format(value: string | number | null, digits: number): string {
  if (value === null) return "–";
  return typeof value === "number" ? value.toFixed(digits) : value;
}

function escapePipes(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
