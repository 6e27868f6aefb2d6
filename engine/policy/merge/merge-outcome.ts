/** What the merge of each type answers: without regions the two contents are the same, and that is the merged one. */
import type { RegionList } from "./conflict-regions.ts";

export interface MergeOutcome {
  /** What can be merged is merged; in conflicting places what was committed. */
  committedFirst: string;
  incomingFirst: string;
  regions: RegionList;
}
