/** What `require("glasshive")` gives, for programs in CommonJS: as app/index.ts exports it. */
import type * as glasshive from "../dist/app/index.js" with { "resolution-mode": "import" };

export type * from "../dist/app/index.js" with { "resolution-mode": "import" };
export declare const createSwarm: typeof glasshive.createSwarm;
export declare const swarmTool: typeof glasshive.swarmTool;
export declare const SwarmError: typeof glasshive.SwarmError;
export type SwarmError = glasshive.SwarmError;
