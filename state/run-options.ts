/**
 * The options of one run, as they are stored with it: set when the run starts, the same after a resume. Everything that
 * is configured once for all runs (models, tools, agents) is an option of `createSwarm` instead.
 */
import { z } from "zod";
import { Caps } from "./usage.ts";

export const APPROVALS = ["plan", "tools", "conflicts"] as const;
export type Approval = (typeof APPROVALS)[number];

export const RunOptions = z.strictObject({
  caps: Caps,
  /** Where the run stops for a human. */
  approve: z.array(z.enum(APPROVALS)).default([]),
  /** Files and folders that the agents may search and read; absolute paths. */
  documents: z.array(z.string()).default([]),
  /** True: plan, route and forecast, and spend nothing on agents. */
  dryRun: z.boolean().default(false),
});
export type RunOptions = z.infer<typeof RunOptions>;
