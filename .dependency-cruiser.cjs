/**
 * The folder direction of docs/decisions/0001-folder-direction.md, checked: state ← engine ← tools ← nodes ← graphs ← app,
 * where the right may import the left. `import type` counts like any other import.
 */

/** Product folders from left to right; each may import itself and what stands before it. */
const ORDER = ["state", "engine", "tools", "nodes", "graphs", "app"];
const PRODUCT = [...ORDER, "adapters"];
const PURE = "^(state|engine|tools|nodes|graphs)/";

const anyOf = (folders) => `^(${folders.join("|")})/`;

const mayImport = {
  ...Object.fromEntries(ORDER.map((folder, place) => [folder, ORDER.slice(0, place + 1)])),
  adapters: ["state", "engine", "adapters"],
};
mayImport.app.push("adapters");

const direction = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `direction-${folder}`,
  comment: `${folder}/ may import ${allowed.join(", ")} and packages; nothing else of this repository.`,
  severity: "error",
  from: { path: anyOf([folder]) },
  to: { pathNot: [anyOf(allowed), "node_modules"], dependencyTypesNot: ["core"] },
}));

/** Inside the engine: what decides knows nothing of what does. */
const engineMayImport = {
  ports: ["ports"],
  journal: ["journal", "ports"],
  policy: ["policy", "journal", "ports"],
  runtime: ["runtime", "policy", "journal", "ports"],
};

const halves = Object.entries(engineMayImport).map(([room, allowed]) => ({
  name: `engine-${room}`,
  comment: `engine/${room}/ may import state/ and ${allowed.join(", ")} of the engine (docs/decisions/0048).`,
  severity: "error",
  from: { path: `^engine/${room}/` },
  to: { path: "^engine/", pathNot: `^engine/(${allowed.join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...direction,
    ...halves,
    {
      name: "policy-decides",
      comment: "What decides is given facts and returns a decision: no graph, no clock (docs/decisions/0048).",
      severity: "error",
      from: { path: "^engine/policy/" },
      to: { path: ["node_modules/@langchain/langgraph/", "^engine/ports/clock"] },
    },
    {
      name: "nodes-apart",
      comment: "A node never imports a node: what two nodes share is a decision (engine/) or a record (state/).",
      severity: "error",
      from: { path: "^nodes/" },
      to: { path: "^nodes/" },
    },
    {
      name: "pure-of-the-machine",
      comment:
        "Files, processes, sockets and timers are behind engine/ports; only adapters/ and app/ touch them. Of node:vm the time limit is used (0030).",
      severity: "error",
      from: { path: PURE },
      to: {
        dependencyTypes: ["core"],
        pathNot: ["^(node:)?crypto$", "^(node:)?events$", "^(node:)?util$", "^(node:)?vm$"],
      },
    },
    {
      name: "pure-of-providers",
      comment: "Databases, model clients, servers and terminals are adapters' and app's business.",
      severity: "error",
      from: { path: PURE },
      to: {
        path: "node_modules/(better-sqlite3|@langchain/(openai|langgraph-checkpoint-sqlite)|openai|langsmith|undici|hono|@hono|commander|yaml|htmlparser2)/",
      },
    },
    {
      name: "no-cycles",
      comment: "Two modules that need each other are one module, or hide a third.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment: "A module that imports nothing and that nobody imports is left over.",
      severity: "error",
      from: { orphan: true, path: anyOf(PRODUCT), pathNot: "\\.d\\.ts$" },
      to: {},
    },
    {
      name: "resolvable",
      comment:
        "An import that leads nowhere. The page of the dev server's checks is bundled with packages that they install themselves.",
      severity: "error",
      from: { pathNot: "^test/dev-server/browser/" },
      to: { couldNotResolve: true },
    },
    {
      name: "declared",
      comment:
        "The product uses only packages that package.json declares as dependencies, and the saver that the build copies.",
      severity: "error",
      from: { path: anyOf(PRODUCT) },
      to: {
        pathNot: "node_modules/@langchain/langgraph-checkpoint-sqlite/",
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["npm", "npm-optional", "npm-peer", "type-only"],
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^dist/", "^test/fixtures/"] },
    tsConfig: { fileName: require("node:path").join(__dirname, "tsconfig.json") },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
  },
};
