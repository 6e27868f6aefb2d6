/** The registry of generated pages: one entry, and one file beside this one, for each. */
import { errorsPage } from "./errors-page.ts";

export interface GeneratedPage {
  /** In `docs/generated/`. */
  file: string;
  /** Markdown, the same for the same code: no date, no path of this machine. */
  render: () => string | Promise<string>;
}

export const PAGES: readonly GeneratedPage[] = [{ file: "errors.md", render: errorsPage }];
