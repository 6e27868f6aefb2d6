/** All checks, in their order: the last ones stop the server, and look at what it has said. */
import type { Check } from "../check.ts";
import { afterwards } from "./afterwards.ts";
import { browser } from "./browser.ts";
import { conflicts } from "./conflicts.ts";
import { frontEnds } from "./front-ends.ts";
import { interrupts } from "./interrupts.ts";
import { pages } from "./pages.ts";
import { people } from "./people.ts";
import { remote } from "./remote.ts";
import { runs } from "./runs.ts";
import { shape } from "./shape.ts";
import { travel } from "./travel.ts";
import { waysOfTheServer } from "./ways-of-the-server.ts";

export const checks: Check[] = [
  ...shape,
  ...pages,
  ...runs,
  ...interrupts,
  ...frontEnds,
  ...browser,
  ...people,
  ...travel,
  ...waysOfTheServer,
  ...conflicts,
  ...remote,
  ...afterwards,
];
