/**
 * The command line's verbs as one commander program: what `--help` says, what the documentation is made from and checked by. What a
 * verb does is loaded when it is asked for: most of a short command's time is the loading of modules.
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, type Option } from "commander";
import { EXIT } from "./exit-codes.ts";
import {
  addBatchOptions,
  addCommonOptions,
  addOptions,
  addRunOptions,
  CAPS,
  collected,
  DOCUMENTS,
  MODELS,
} from "./run-options.ts";
import { askedHere } from "./home.ts";
import { reportError, TERMINAL } from "./terminal.ts";
import { fieldOf, listOf } from "../../state/is-record.ts";

/** Parses and runs one command. Every error is one line on stderr. Returns the exit code. */
export async function runCommandLine(args: string[]): Promise<number> {
  let exitCode: number = EXIT.complete;
  const program = commandLine((code) => void (exitCode = code));
  if (args.length === 0) {
    program.outputHelp();
    return EXIT.usage;
  }
  try {
    await program.parseAsync(unknownVerb(program, args) ?? args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has said what it had to say (help, or what is wrong with the words).
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.complete : EXIT.usage;
    return reportError(error, { verbose: args.includes("--verbose") });
  }
}

/** Alone it is refused with the verb that is near; beside "help" it would get the help of the whole. */
function unknownVerb({ commands }: Command, [first, second]: readonly string[]): string[] | undefined {
  const verb = first === "help" ? second : first;
  const isKnown = verb === undefined || verb === "help" || commands.some((command) => command.name() === verb);
  return isKnown || verb.startsWith("-") ? undefined : [verb];
}

type Action = Parameters<Command["action"]>[0];
/** Given what was asked (`Asked`, in home.ts), then the command's arguments. */
type Verb = (...args: Parameters<Action>) => number | Promise<number>;
/** The action of a command: the verb that is loaded. */
type Ending = (load: () => Promise<Verb>) => Action;

/** A fresh program; it throws CommanderError instead of ending the process, and says by `setExitCode` how a command ended. */
export function commandLine(setExitCode: (code: number) => void): Command {
  const program = new Command("glasshive")
    .description("An agent swarm you can see into: one task in, up to 300 parallel agents, one cited answer out.")
    .version(version())
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => TERMINAL.out(text),
      outputError: (text) =>
        TERMINAL.note(
          text
            .replace(/^error: /, "")
            .replace(/^option '(\S+).*?' argument '([^]*)' is invalid\. /, '$1: got "$2", ')
            .replace(/\s+/g, " ")
            .trim(),
        ),
    });
  const ending: Ending =
    (load) =>
    async (...args) =>
      setExitCode(await (await load())(askedHere(args.at(-2)), ...args.slice(0, -2)));
  addRunAndResume(program, ending);
  addAsk(program, ending);
  addFork(program, ending);
  addBatch(program, ending);
  addLooks(program, ending);
  addMemory(program, ending);
  addAudit(program, ending);
  for (const command of program.commands.flatMap((one) => [one, ...one.commands])) {
    command.exitOverride().copyInheritedSettings(program);
    command.options.forEach(refuseEmpty);
  }
  return program;
}

/** An empty text (`--out "$UNSET"`) would name the folder in which one stands; to stop nowhere may be written so. */
function refuseEmpty(option: Option): void {
  if (!option.required || option.parseArg !== undefined || option.long === "--approve") return;
  option.argParser((text: string, before: unknown) => {
    if (text === "") throw new InvalidArgumentError("expected a text that is not empty");
    return option.variadic ? [...listOf(before), text] : text;
  });
}

function addRunAndResume(program: Command, ending: Ending): void {
  const run = program.command("run").description("answer one task with a swarm of agents");
  addTask(run).action(ending(async () => (await import("./actions/run.ts")).run));
  const plan = program
    .command("plan")
    .description("make a plan and print it as JSON, as run --plan takes it; nothing is run");
  addTask(plan).action(ending(async () => (await import("./actions/run.ts")).plan));
  const resume = program
    .command("resume")
    .description("continue a run after a crash, a pause or a cap")
    .argument("<run-id>")
    .option("--answer <json>", "the answer to what the run waits for; for several: an object by interrupt id")
    .option("--answer-file <file>", "the same from a file")
    .option(
      "--plan <file>",
      "another plan: what is the same keeps its result, all else is run; where one is reviewed: this one",
    );
  addOptions(resume, [...MODELS, ...CAPS], {
    model: "another model for the run and for those that were refused; OLD=NEW: in place of one",
  });
  addCommonOptions(resume).action(ending(async () => (await import("./actions/resume.ts")).resume));
}

function addAsk(program: Command, ending: Ending): void {
  const ask = program
    .command("ask")
    .description(
      "a question about a finished run, as a run of its own: with its answer, results, artifacts and documents at hand, and its options where none are given",
    )
    .argument("<run-id>", "the run to ask about; it is not changed");
  const model = "another model for the question and for those that were refused; OLD=NEW: in place of one";
  addTask(ask, "question", { model }).action(ending(async () => (await import("./actions/ask.ts")).ask));
}

function addTask(command: Command, what = "task", words?: Parameters<typeof addRunOptions>[1]): Command {
  return addRunOptions(
    command
      .argument(`[${what}]`, `the ${what}; "-" reads it from standard input`)
      .option("--task-file <file>", `read the ${what} from a file`)
      .option("--config <file>", "everything else as one file (JSON or YAML); flags win over it")
      .option("--policy <file>", "recovery policy and detection thresholds as a file of their own; over --config")
      .option("--id <run-id>", `the ${what === "task" ? "run" : "new run"}'s id; default: a sortable unique one`),
    words,
  );
}

function addFork(program: Command, ending: Ending): void {
  const fork = program
    .command("fork")
    .description("a new run that keeps what is on record of another, but for one subtask and what stands on it")
    .argument("<run-id>", "the run to fork; it is not changed")
    .option("--at <subtask>", "run this one anew, and what builds on it; may be given again", collected)
    .option("--instructions <text>", "what is asked of that subtask instead")
    .option("--agent <name>", "who is to take it")
    .option("--policy <file>", "recovery policy and detection thresholds for what runs anew")
    .option("--plan <file>", "another plan: what is the same in it is kept, all else is run")
    .option("--id <run-id>", "the new run's id; default: a sortable unique one");
  addOptions(fork, [...MODELS, ...CAPS], { model: "another model for what runs anew; OLD=NEW: in place of one" });
  addCommonOptions(fork).action(ending(async () => (await import("./actions/fork.ts")).fork));
}

function addBatch(program: Command, ending: Ending): void {
  const batch = program
    .command("batch")
    .description("many runs, one for each line of a file, under caps over all of them; again: what is missing")
    .argument(
      "[file]",
      'JSON Lines or CSV with a header row, one run a line: id, task, any option of a run; "-": standard input',
    )
    .requiredOption(
      "--out <dir>",
      "the folder of the batch: its runs, summary.json, summary.csv, index.html, batch.json",
    );
  addBatchOptions(batch).action(ending(async () => (await import("./actions/batch.ts")).batch));
}

function withHome(command: Command, json?: string): Command {
  command.option("--home <dir>", "default ./.glasshive, or GLASSHIVE_HOME");
  return json === undefined ? command : command.option("--json", json);
}

const ONE_OBJECT = "one JSON object on stdout";

function addLooks(program: Command, ending: Ending): void {
  const runs = program.command("runs").description("list the runs of this home, newest first");
  withHome(runs, "a JSON array on stdout").action(ending(async () => (await import("./actions/runs.ts")).runs));
  const show = program
    .command("show")
    .description("show a run: plan, lanes, outcomes, spend, decisions")
    .argument("<run-id>")
    .option("--subtask <id>", "only this subtask, with all that is on record of it");
  withHome(show, ONE_OBJECT).action(ending(async () => (await import("./actions/show.ts")).show));
  const replay = program
    .command("replay")
    .description(
      "the run again from its recording, with no model and no tool called: the same answer, or where it differs; or what other rules would have decided",
    )
    .argument("<run-id>")
    .option(
      "--policy <file>",
      "which signals would fire under this recovery policy and these thresholds, and what would be done",
    )
    .option("--agents <file>", "who would get each subtask among these agent profiles");
  withHome(replay, ONE_OBJECT).action(ending(async () => (await import("./actions/replay.ts")).replay));
  const doctor = program
    .command("doctor")
    .description("what is configured, what is missing, what would be used")
    .option("--config <file>", "a configuration file to check")
    .option("--agents <file>", "agent profiles to check");
  addOptions(withHome(doctor, ONE_OBJECT), [...DOCUMENTS, ...MODELS]).action(
    ending(async () => (await import("./actions/doctor.ts")).doctor),
  );
}

function addMemory(program: Command, ending: Ending): void {
  const memory = program.command("memory").description("what agents remember in this home");
  const narrowed = (command: Command): Command =>
    withHome(command)
      .option("--agent <name>", "only notes of this agent profile")
      .option("--run <run-id>", "only notes that this run kept")
      .option("--json", "JSON on stdout");
  const list = memory.command("list").description("the notes that agents have kept, the newest first");
  narrowed(list).action(ending(async () => (await import("./actions/memory.ts")).listNotes));
  const show = memory
    .command("show")
    .description("one note, whole")
    .argument("<note>", "its id, or the beginning of it");
  withHome(show, ONE_OBJECT).action(ending(async () => (await import("./actions/memory.ts")).showNote));
  const forget = memory
    .command("forget")
    .description("remove notes: no agent is told of them again")
    .argument("[note...]", "their ids, or the beginnings of them");
  narrowed(forget)
    .option("--all", "all of this home")
    .action(ending(async () => (await import("./actions/memory.ts")).forgetNotes));
}

function addAudit(program: Command, ending: Ending): void {
  const audit = program.command("audit").description("verify what is on record of runs, sign it, export it");
  const verify = audit
    .command("verify")
    .description("whether journal, result and batch are as they were written; exit 1 names the line")
    .argument("<run>", "a run's id; or a journal, a run's folder, a batch, a home, an exported statement")
    .option("--heads <file>", "heads that were kept outside; default: heads.jsonl of the home")
    .option("--key <file>", "each head must be signed by this public key");
  withHome(verify, ONE_OBJECT).action(ending(async () => (await import("./actions/audit.ts")).auditVerify));
  const key = audit
    .command("key")
    .description("make an Ed25519 pair: the private key, and beside it the public one (.pub)")
    .option("--out <file>", "where to; default: audit-key.pem in the home");
  withHome(key).action(ending(async () => (await import("./actions/audit.ts")).auditKey));
  const statement = audit
    .command("export")
    .description("a signed statement about a run that is valid: in-toto in a DSSE envelope")
    .argument("<run-id>")
    .option("--out <file>", "default: standard output")
    .option("--signing-key <file>", "default: audit-key.pem in the home");
  withHome(statement).action(ending(async () => (await import("./actions/audit.ts")).auditExport));
}

function version(): string {
  for (const place of ["../../package.json", "../../../package.json"]) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8"));
      if (fieldOf(manifest, "name") === "glasshive") return String(fieldOf(manifest, "version"));
    } catch {
      continue;
    }
  }
  return "unknown";
}
