import { describe, expect, it } from "vitest";
import { markdownTable } from "../../../scripts/docs/markdown-table.ts";
import { PAGES } from "../../../scripts/docs/pages.ts";
import { ERROR_CODES } from "../../../state/errors.ts";

describe("the generated pages", () => {
  it("say the same each time they are rendered", async () => {
    for (const page of PAGES) expect(await page.render()).toBe(await page.render());
  });

  it("list every error code", async () => {
    const errors = await PAGES.find(({ file }) => file === "errors.md")?.render();
    for (const code of Object.keys(ERROR_CODES)) expect(errors).toContain(`\`${code}\``);
  });

  it("keep a table's cells on one line and their bars as text", () => {
    expect(markdownTable(["a"], [["x | y\nz"]])).toBe("| a |\n| --- |\n| x \\| y z |");
  });
});
