/** The registry of generated pages: one entry, and one file beside this one, for each. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../launch/resolve-program.mjs";
import { architecturePicture } from "./architecture-picture.ts";
import { cliPage } from "./cli-page.ts";
import { configPage } from "./config-page.ts";
import { errorsPage } from "./errors-page.ts";
import { graphsPage } from "./graphs-page.ts";
import { journalPage } from "./journal-page.ts";
import { promptsPage } from "./prompts-page.ts";
import { agentsPage, libraryPage, planPage, resultPage } from "./shape-pages.ts";
import { recoveryPage } from "./recovery-page.ts";
import { statePage } from "./state-page.ts";

export interface GeneratedPage {
  file: string;
  /** Below `docs/`; default: reference. */
  folder?: "reference" | "generated";
  /** Markdown, the same for the same code: no date, no path of this machine. */
  render: () => string | Promise<string>;
}

export const PAGES: readonly GeneratedPage[] = [
  { file: "agents.md", render: agentsPage },
  { file: "cli.md", render: cliPage },
  { file: "config.md", render: configPage },
  { file: "errors.md", render: errorsPage },
  { file: "graphs.md", render: graphsPage },
  { file: "journal.md", render: journalPage },
  { file: "library.md", render: libraryPage },
  { file: "plan.md", render: planPage },
  { file: "prompts.md", folder: "generated", render: promptsPage },
  { file: "recovery.md", render: recoveryPage },
  { file: "result.md", render: resultPage },
  { file: "state.md", render: statePage },
];

/** Written by hand but for what stands between two marks. `file`: from the root. */
export const FILLED: readonly { file: string; render: () => string }[] = [
  { file: "docs/architecture.md", render: architecturePicture },
  { file: "README.md", render: tamperingTable },
];

/** As the test that alters a run has written it. */
function tamperingTable(): string {
  const page = readFileSync(join(ROOT, "docs", "guide", "tampering.md"), "utf8");
  return page
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .join("\n");
}
