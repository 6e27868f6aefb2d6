/**
 * The rows of a batch file as they stand there: JSON Lines, or CSV with a header row. A line that cannot be used is named by its number,
 * with what is wrong, and the others go on.
 */
import { parse, type Info } from "csv-parse/sync";
import { z } from "zod";
import { describeError } from "../../state/errors.ts";
import { isRecord } from "../../state/is-record.ts";
import { oneLine } from "../../state/plain-text.ts";
import { firstProblem, strictObject } from "../../state/problem.ts";
import { RunConfig } from "../config/run-config.ts";
import { RUN_ID, RUN_ID_RULE } from "../runs/run-folder.ts";

/** Characters; more than any task with its options. */
const LONGEST_LINE = 1_000_000;

/** Any option of a run, and what it is asked. */
const Row = strictObject({
  id: z
    .union([z.string(), z.int().transform(String)])
    .optional()
    .refine((id) => id === undefined || RUN_ID.test(id), {
      error: ({ input }) => `${oneLine(JSON.stringify(input), 60)} is not a valid id: ${RUN_ID_RULE}`,
    }),
  task: z.string().optional(),
  taskFile: z.string().min(1).optional(),
  policy: z.string().min(1).optional(),
  ...RunConfig.shape,
});
export type Row = z.infer<typeof Row>;

export interface GivenRow {
  /** Of the file, from 1; of a record over several lines the first. */
  line: number;
  row: Row;
}

export interface LineProblem {
  line: number;
  /** As far as it could be read. */
  id?: string;
  problem: string;
}

export interface Read {
  rows: GivenRow[];
  problems: LineProblem[];
}

/** The format of a file by its name, else by what it begins with. */
export function formatOf(name: string, text: string): "jsonl" | "csv" {
  if (/\.csv$/i.test(name)) return "csv";
  if (/\.(?:jsonl|ndjson|json)$/i.test(name)) return "jsonl";
  return text.trimStart().startsWith("{") ? "jsonl" : "csv";
}

export function readRows(text: string, format: "jsonl" | "csv"): Read {
  const read: Read = { rows: [], problems: [] };
  // Also within a quoted field: lines are counted by it.
  const plain = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  if (format === "csv") readCsv(plain, read);
  else for (const [index, line] of plain.split("\n").entries()) readJson(line, index + 1, read);
  return read;
}

function readJson(text: string, line: number, read: Read): void {
  if (text.trim() === "") return;
  if (text.length > LONGEST_LINE) {
    const problem = `it has ${text.length} characters; at most ${LONGEST_LINE} are read`;
    return void read.problems.push({ line, problem });
  }
  try {
    take(JSON.parse(text), line, read);
  } catch (error) {
    read.problems.push({ line, problem: `it is not JSON: ${describeError(error)}` });
  }
}

function readCsv(text: string, read: Read): void {
  let header: string[] | undefined;
  const skipped = (error: { message: string; lines?: number } | undefined): undefined => {
    read.problems.push({ line: error?.lines ?? 0, problem: `it is not CSV: ${describeError(error)}` });
  };
  // A line of its own, as spreadsheets write it; an empty one in its place keeps the numbers of the others.
  const plain = text.replace(/^"?sep=.?"?(?=\n|$)/i, "");
  const records = parse(plain, {
    info: true,
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: LONGEST_LINE,
    delimiter: delimiterOf(plain),
    trim: true,
    skip_records_with_error: true,
    on_skip: skipped,
  }) as unknown as { record: string[]; info: Info }[];
  for (const { record, info } of records) {
    // The reader tells the last line of the record.
    const line = info.lines - record.join("").split("\n").length + 1;
    // As spreadsheets write a row that is empty.
    if (record.every((field) => field.trim() === "")) continue;
    if (header === undefined) {
      header = record.map(optionName);
      const twice = repeated(header.filter((name) => name !== ""));
      if (twice !== undefined) return void read.problems.push({ line, problem: `it has two columns ${twice}` });
      if (!header.some(isOption))
        return void read.problems.push({
          line,
          problem: `it is not a header row: ${oneLine(record.join(), 60)}; expected one as id,task`,
        });
    } else if (record.length !== header.length)
      read.problems.push({ line, problem: `it has ${record.length} fields, and the header ${header.length}` });
    else take(Object.fromEntries(header.flatMap((key, at) => cell(key, record[at] ?? ""))), line, read);
  }
}

/** By the letters of their names: `max-usd`, `--max-usd` and `MAX_USD` are `maxUsd`, as flags and spreadsheets write it. */
const OPTIONS = new Map(Object.keys(Row.shape).map((name) => [lettersOf(name), name]));

function isOption(name: string): boolean {
  return Object.hasOwn(Row.shape, name);
}

/** The one by which the header row has names of options: spreadsheets of many countries write semicolons. */
function delimiterOf(text: string): string {
  const [header = ""] = text.trimStart().split(/[\r\n]/, 1);
  const isMeant = (mark: string): boolean =>
    header.split(mark).some((name) => isOption(optionName(name.replaceAll('"', ""))));
  return [",", ";", "\t", "|"].find(isMeant) ?? ",";
}

function optionName(written: string): string {
  return OPTIONS.get(lettersOf(written)) ?? written.trim();
}

function lettersOf(name: string): string {
  return name.replace(/[^A-Za-z]/g, "").toLowerCase();
}

const SCHEMAS: Readonly<Record<string, z.ZodType | undefined>> = Row.shape;

/** A cell that is empty says nothing; one that is no text for its option is read as JSON. */
function cell(key: string, text: string): [string, unknown][] {
  if (text.trim() === "") return [];
  const schema = SCHEMAS[key];
  const isText = schema?.safeParse(text).success === true && !/^\s*[[{]/.test(text);
  if (isText || key === "id" || key === "task" || schema === undefined) return [[key, text]];
  try {
    return [[key, JSON.parse(text.trim())]];
  } catch {
    return [[key, text]];
  }
}

function take(given: unknown, line: number, { rows, problems }: Read): void {
  const names = isRecord(given) ? Object.keys(given) : [];
  const value = isRecord(given) ? Object.fromEntries(names.map((name) => [optionName(name), given[name]])) : given;
  const twice = repeated(names.map(optionName));
  const parsed = Row.safeParse(value);
  if (parsed.success && twice === undefined) return void rows.push({ line, row: parsed.data });
  const id = isRecord(value) ? value["id"] : undefined;
  const named = typeof id === "string" && RUN_ID.test(id) ? { id } : {};
  const problem = parsed.success ? `it says ${twice} twice` : firstProblem(parsed.error, value);
  problems.push({ line, ...named, problem });
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, at) => names.indexOf(name) < at);
}
