/** All cases, the cheap ones first. */
import type { EvalCase } from "../eval-case.ts";
import { comparisons } from "./comparisons.ts";
import { lookUps } from "./look-ups.ts";
import { perItem } from "./per-item.ts";
import { wholeTasks } from "./whole-tasks.ts";

export const allCases: readonly EvalCase[] = [...lookUps, ...comparisons, ...wholeTasks, ...perItem];
