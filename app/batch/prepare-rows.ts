/**
 * The rows of a batch made ready: the options of each over those of the command, every file that they name read once, and what the row
 * is by its identity. What cannot be run is named by its line before anything is spent, and the other rows go on.
 */
import { basename, dirname, relative, resolve } from "node:path";
import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { DEFAULT_LIMITS, type DocumentLimits } from "../../adapters/documents/document-limits.ts";
import { liesIn } from "../../adapters/documents/in-roots.ts";
import { walk } from "../../adapters/documents/walk.ts";
import { digestOf, identityOf, type Identity } from "../../engine/policy/batch/identity.ts";
import { createRedactor, type Redactor } from "../../engine/policy/redaction/redactor.ts";
import type { Reserved } from "../../state/batch.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import type { RunOptions } from "../../state/run-options.ts";
import { refuseNamed, refusePrices, refuseReach } from "../cli/config-file.ts";
import { knownKeys } from "../config/known-keys.ts";
import { readRecovery } from "../config/read-agents.ts";
import { readPolicyFile, type RunConfig } from "../config/run-config.ts";
import { capsOf, asList, readTaskFile, settingsOf, swarmOptionsOf, type RunSettings } from "../config/run-settings.ts";
import { assembleSwarm } from "../create-swarm.ts";
import { refuseUnpriced } from "../price-check.ts";
import type { GivenRow, LineProblem, Read, Row } from "./read-rows.ts";

/** Files of the documents that are read at once. */
const FILES_AT_ONCE = 16;

export interface BatchRow {
  id: string;
  line: number;
  task: string;
  /** But for the run's id and what the batch leaves it to spend. */
  settings: RunSettings;
  /** That they were made of: its options over those of the command. */
  config: RunConfig;
  identity: Identity;
  /** What the row may spend by its own word. */
  own: Reserved;
}

export interface Given {
  /** What was typed: its owner may name what they like. */
  flags: Record<string, unknown>;
  /** The options of the command, those of its configuration included. */
  config: RunConfig;
  /** Of the batch's file; undefined: it came on standard input. */
  file: string | undefined;
  cwd: string;
  home: string;
  /** The cap of the batch in money needs prices. */
  maxUsd: number | undefined;
  now: number;
}

export interface PreparedRows {
  /** In the order of the file. */
  rows: BatchRow[];
  /** What is wrong with the others. */
  problems: LineProblem[];
}

export async function prepareRows(read: Read, given: Given): Promise<PreparedRows> {
  const preparing = new Preparing(given);
  const rows: BatchRow[] = [];
  const problems = [...read.problems];
  const lines = new Map<string, number>();
  for (const { line, row } of read.rows) {
    const named = row.id === undefined ? {} : { id: row.id };
    try {
      const prepared = await preparing.row({ line, row });
      const before = lines.get(prepared.id);
      if (before !== undefined) throw new SwarmError("USAGE", twice(prepared.id, row, before));
      lines.set(prepared.id, line);
      rows.push(prepared);
    } catch (error) {
      problems.push({ line, ...named, problem: problemOf(error) });
    }
  }
  const sorted = problems.toSorted((one, other) => one.line - other.line);
  return { rows, problems: redactorOf(given.config).value(sorted) };
}

/** Takes keys, and what `redact` names, out of what is said of a line that is refused. */
function redactorOf({ redact, baseUrl }: RunConfig): Redactor {
  const secrets = knownKeys(process.env, baseUrl === undefined ? {} : { baseUrl });
  return createRedactor({ secrets, patterns: asList(redact) });
}

function twice(id: string, row: Row, line: number): string {
  return row.id === undefined
    ? `it is the same as line ${line}: give it an id of its own`
    : `the id ${id} is that of line ${line} already`;
}

/** What to do next about wrong usage is said of flags, which a row has none of. */
function problemOf(error: unknown): string {
  const next = error instanceof SwarmError && error.code !== "USAGE" ? error.next : undefined;
  return next === undefined ? describeError(error) : `${describeError(error)} — ${next}`;
}

interface Checked {
  settings: RunSettings;
  /** Of what comes into its runs. */
  redactor: Redactor;
}

class Preparing {
  readonly #given: Given;
  /** By roots and limits: each collection is read once, however many rows name it. */
  readonly #digests = new Map<string, Promise<string>>();
  /** By options: most rows of a batch differ in their task alone. */
  readonly #known = new Map<string, Promise<Checked>>();

  constructor(given: Given) {
    this.#given = given;
  }

  async row({ line, row }: GivenRow): Promise<BatchRow> {
    const { id, task, taskFile, policy, ...options } = row;
    this.#refuseReach(row, line);
    const config = { ...this.#given.config, ...this.#policyOf(policy), ...options };
    const asked = this.#taskOf(task, taskFile);
    if (asked === "" && config.plan === undefined) throw new SwarmError("USAGE", "it has no task");
    const { settings: common, redactor } = await remembered(
      this.#known,
      [config, asked === "", Object.keys(options)],
      () => this.#settings(config, asked, row),
    );
    refuseOwn(common.run.documents, this.#given.home);
    if (id !== undefined && redactor.holdsKey(id)) throw new SwarmError("USAGE", "its id holds a key");
    const settings = asked === "" ? common : { ...common, task: asked };
    const { maxSteps: steps, maxTokens: tokens, maxUsd: usd, deadlineMs } = capsOf(config);
    const own = { steps, tokens, usd, deadlineMs };
    const identity = identityOf(await this.#partsOf(settings, config, own));
    return {
      id: id ?? `row-${identity.identity.slice(0, 16)}`,
      line,
      task: redactor.text(settings.task),
      settings,
      config,
      identity,
      own,
    };
  }

  /** A row says how its run is done; what it reaches beyond where its owner stands, they say themselves. */
  #refuseReach({ taskFile, policy, ...config }: Row, line: number): void {
    const { cwd, file, flags } = this.#given;
    const what = `line ${line}`;
    const folders = [cwd, ...(file === undefined ? [] : [dirname(file)])];
    refuseReach({ what, config, folders: [...folders, ...documentsNamed(flags, cwd)] }, {}, cwd);
    for (const named of [taskFile, policy])
      if (named !== undefined && !liesIn(resolve(cwd, named), folders))
        throw new SwarmError(
          "NOT_ALLOWED",
          `${what} names the file ${named}, which lies elsewhere than ${cwd} and the batch's file`,
        );
  }

  #policyOf(path: string | undefined): RunConfig {
    return path === undefined ? {} : readPolicyFile(resolve(this.#given.cwd, path));
  }

  #taskOf(task: string | undefined, taskFile: string | undefined): string {
    if (task !== undefined && taskFile !== undefined)
      throw new SwarmError("USAGE", "a task is given twice: by task and by taskFile");
    return (taskFile === undefined ? (task ?? "") : readTaskFile(taskFile, this.#given.cwd)).trim();
  }

  /** Checked as far as that is possible without spending anything. */
  async #settings(config: RunConfig, task: string, row: Row): Promise<Checked> {
    const { cwd, now, flags, maxUsd } = this.#given;
    const settings = settingsOf(config, task, { cwd, runId: "", now });
    // Of what the row says itself, its owner has typed nothing.
    const typed = Object.fromEntries(Object.entries(flags).filter(([key]) => !(key in row)));
    refuseNamed({ ...typed, config: "" }, settings);
    refusePrices({ ...typed, maxUsd, config: "" }, settings);
    const swarm = assembleSwarm({ ...swarmOptionsOf(settings), allowCommands: true });
    try {
      const recovery = readRecovery(settings.recovery);
      refuseUnpriced({ ...settings, recovery, maxUsd: settings.run.caps.maxUsd ?? maxUsd }, swarm.models);
    } finally {
      await swarm.close("the row was checked");
    }
    return { settings, redactor: swarm.redactor };
  }

  async #partsOf(settings: RunSettings, config: RunConfig, caps: Reserved): Promise<Parameters<typeof identityOf>[0]> {
    const { model = "offline", modelLimits, task, plan, agents, skills, recovery, detection } = settings;
    const { prices, redact, run } = settings;
    const { approve, unattended, dryRun, swarm, documentLimits } = run;
    return {
      task,
      skills,
      plan,
      model: { model, modelLimits },
      // What is built in is not the row's.
      agents: config.agents === undefined ? null : agents,
      policy: { recovery, detection },
      documents: await this.#digestOf(run),
      options: { caps, approve, unattended, dryRun, swarm, documentLimits, prices, redact },
    };
  }

  /** Null: there are no documents. */
  #digestOf({ documents, documentLimits }: RunOptions): Promise<string> | null {
    if (documents.length === 0) return null;
    return remembered(this.#digests, [documents, documentLimits], () =>
      digestOfFiles(documents, { ...DEFAULT_LIMITS, ...documentLimits }),
    );
  }
}

/** What the batch writes changes while it works. */
function refuseOwn(documents: readonly string[], home: string): void {
  const own = documents.find((path) => liesIn(path, [home]));
  if (own !== undefined)
    throw new SwarmError("USAGE", `the documents ${own} lie in the folder of the batch: give another --out`);
}

/** Documents that the owner has named are theirs to be read by rows too. */
function documentsNamed(flags: Record<string, unknown>, cwd: string): string[] {
  return Array.isArray(flags["docs"]) ? flags["docs"].map((path) => resolve(cwd, String(path))) : [];
}

function remembered<T>(known: Map<string, Promise<T>>, by: unknown, make: () => Promise<T>): Promise<T> {
  const key = JSON.stringify(by);
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}

async function digestOfFiles(roots: readonly string[], limits: DocumentLimits): Promise<string> {
  const found: string[][] = [];
  const files = walk(roots, limits).files.entries();
  const reader = async (): Promise<void> => {
    for (const [at, { path, real, root }] of files)
      found[at] = [relative(root, path).replaceAll("\\", "/"), await hashOf(real)];
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, reader));
  return digestOf([roots.map((root) => basename(root)), found]);
}

/** Empty for a file that cannot be read: it is left out of the run too. */
async function hashOf(path: string): Promise<string> {
  try {
    return hash("sha256", await readFile(path), "hex");
  } catch {
    return "";
  }
}
