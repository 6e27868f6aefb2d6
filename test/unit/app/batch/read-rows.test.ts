/** Files as spreadsheets and scripts write them. */
import { describe, expect, it } from "vitest";
import { readRows } from "../../../../app/batch/read-rows.ts";

describe("a file of CSV", () => {
  it("may begin with a mark, end its lines as Windows does, quote, and have rows without anything", () => {
    const text = '\uFEFFid,task,max-steps\r\na,"What is ""x""?\r\nReally?",20\r\n,,\r\n\r\n"b",What?,\r\n , ,\r\n';
    expect(readRows(text, "csv")).toEqual({
      rows: [
        { line: 2, row: { id: "a", task: 'What is "x"?\nReally?', maxSteps: 20 } },
        { line: 6, row: { id: "b", task: "What?" } },
      ],
      problems: [],
    });
  });

  it.each([
    ["semicolons", 'id;task\na;"What; or why?"\n', 2],
    ["tabs", "id\ttask\na\tWhat; or why?\n", 2],
    ["a line that says how", 'sep=;\nid;task\na;"What; or why?"\n', 3],
    ["blanks around them, outside of quotes", 'id , "task"\na , "What; or why?"\n', 2],
  ])("may part its fields by %s", (_, text, line) => {
    expect(readRows(text, "csv")).toEqual({ rows: [{ line, row: { id: "a", task: "What; or why?" } }], problems: [] });
  });

  it("without a header row is said to have none", () => {
    expect(readRows("a,What?\nb,Why?\n", "csv")).toEqual({
      rows: [],
      problems: [{ line: 1, problem: "it is not a header row: a,What?; expected one as id,task" }],
    });
  });

  it.each(["id,task,id", "id,max-steps,maxSteps"])(
    "says of two columns with one name that there are two: %s",
    (header) => {
      const { rows, problems } = readRows(`${header}\na,b,c\n`, "csv");
      expect(rows).toEqual([]);
      expect(problems).toEqual([
        { line: 1, problem: expect.stringMatching(/^it has two columns (?:id|maxSteps)$/) as string },
      ]);
    },
  );
});

it("a line of JSON that names an option in two ways is refused, by its number", () => {
  const text = '{"id":"a","task":"x"}\n{"id":"b","task":"x","maxSteps":2,"max-steps":3}\n';
  expect(readRows(text, "jsonl")).toEqual({
    rows: [{ line: 1, row: { id: "a", task: "x" } }],
    problems: [{ line: 2, id: "b", problem: "it says maxSteps twice" }],
  });
});
