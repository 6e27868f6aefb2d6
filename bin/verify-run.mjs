// @ts-nocheck: it is to be read alone, by who has no types of ours.
/**
 * Verifies a run of Glasshive, or a batch, and shares no code with it: one file, plain Node (20 or later), no dependency. What is
 * checked, and the format, is in docs/guide/journal.md. One line for each run; exit 0: all valid, 1: not, 2: wrong usage.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { createGunzip } from "node:zlib";

const USAGE = "usage: node verify-run.mjs RUN_FOLDER|BATCH_FOLDER|HOME|journal.jsonl [--heads FILE]";
const HEX = /^[0-9a-f]{64}$/;
const NAMING = ["messages", "tools", "reply", "answer", "content", "setup", "result"];
const isFile = (file = "") => statSync(file, { throwIfNoEntry: false })?.isFile() === true;
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

/** RFC 8785: members by UTF-16 code units, numbers and strings as JavaScript writes them, no half surrogate pairs. */
function canonical(value) {
  if (typeof value === "string" && !value.isWellFormed()) throw new Error("half a surrogate pair");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const names = Object.keys(value).sort((one, other) => (one < other ? -1 : 1));
  return `{${names.map((name) => `${canonical(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** Lines of a stream as bytes; in the end undefined, where the last one has no end. */
async function* linesOf(stream) {
  let begun = [];
  for await (const bytes of stream) {
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield Buffer.concat([...begun, bytes.subarray(from, end)]);
      [begun, from] = [[], end + 1];
    }
    if (from < bytes.length) begun.push(bytes.subarray(from));
  }
  if (begun.length > 0) yield undefined;
}

/** The line that follows those found. Throws what is wrong with it. */
function lineAfter(found, bytes, outside) {
  const text = bytes.toString("utf8");
  const line = JSON.parse(text);
  const { hash, ...hashed } = line;
  // Members may stand in another order than that of RFC 8785; else it is byte by byte what was hashed.
  const isWhole = Buffer.from(text).equals(bytes) && [JSON.stringify(line), canonical(line)].includes(text);
  if (!isWhole || sha256(canonical(hashed)) !== hash) throw new Error("it was altered");
  if (line.seq !== found.seq + 1) throw new Error(`it is line ${line.seq}: lines are missing, inserted or moved`);
  if (line.prev !== found.hash) throw new Error("it does not name the hash of the line before it");
  if (line.run !== (found.run ??= line.run)) throw new Error(`it is of run ${line.run}`);
  found.heads ??= outside?.(found.run);
  const outer = found.heads?.findLast(({ lines }) => lines === line.seq)?.head ?? hash;
  if (outer !== hash) throw new Error("the head kept outside is another one");
  return line;
}

/** Follows a journal. `outside`: by run, the heads kept outside; undefined: nobody keeps them. */
async function readJournal(file, outside, run) {
  const found = { run, seq: 0, hash: "0".repeat(64), roots: new Map(), artifacts: new Map() };
  found.heads = run && outside?.(run);
  for await (const bytes of linesOf(createReadStream(file))) {
    if ((found.isTorn = bytes === undefined)) break;
    try {
      note(found, lineAfter(found, bytes, outside));
    } catch (error) {
      return { ...found, hash: "", problem: `line ${found.seq + 1}: ${error.message}` };
    }
  }
  return { ...found, problem: endProblem(found) };
}

function endProblem({ heads, seq, isTorn, isClosed, closes }) {
  const newest = Math.max(0, ...(heads ?? []).map(({ lines }) => lines));
  if (newest > seq) return `line ${seq + 1}: it is missing or cut, of ${newest} that there were`;
  if (isTorn && isClosed) return `line ${seq + 1}: it was inserted behind the end`;
  if (isClosed && closes !== seq - 1) return `line ${seq}: it closes a journal of another length`;
  return isClosed && heads && newest !== seq ? `line ${seq}: its hash is not kept outside` : undefined;
}

function note(found, { seq, hash, kind, data }) {
  if (data.setup !== undefined) found.hasContents = true;
  const isResult = found.hasContents && kind === "publish";
  for (const name of [...NAMING.map((key) => data[key]), data.kept?.digest, isResult && data.digest])
    if (HEX.test(name) && !found.roots.has(name)) found.roots.set(name, seq);
  if (kind === "write") found.artifacts.set(data.artifact, data.hash);
  if (kind === "run-end") found.end = data;
  Object.assign(found, { seq, hash, isClosed: kind === "run-close", closes: data.lines });
}

/** Every content that a line names is there, and what those name: a message the one before it, and its texts. */
async function contentProblem(folder, roots) {
  const names = new Map();
  const pack = join(folder, "pack.gz");
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (HEX.test(name)) names.set(sha256(readFileSync(join(folder, name))), []);
  try {
    for await (const bytes of isFile(pack) ? linesOf(createReadStream(pack).pipe(createGunzip())) : []) {
      const text = bytes?.[0] === 0x7b ? bytes.toString("utf8") : JSON.parse(bytes?.toString("utf8") ?? '""');
      names.set(sha256(text), namesIn(text));
    }
  } catch {
    // What a damaged file has lost is missed below.
  }
  for (const [digest, seq] of roots) {
    if (!names.has(digest)) return `line ${seq}: its content ${digest} is missing or was altered`;
    for (const next of names.get(digest)) if (!roots.has(next)) roots.set(next, seq);
  }
}

/** A message names the one before it and its texts, a version of a plan the one before it; within strings quotes are escaped. */
function namesIn(content) {
  const names = /^\{"(before|role)":"/.test(content) ? content.matchAll(/"(?:before|digest)":"([0-9a-f]{64})"/g) : [];
  return [...names].map(([, name]) => name);
}

/** Result, answer and artifacts of a run that has ended are what its journal says. */
function resultProblem(folder, { end = {}, hash, artifacts: written }) {
  const result = JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));
  const { answer, subtasks, artifacts, journalHead } = result;
  const isEnd = sha256(JSON.stringify([answer, subtasks])) === end.digest && journalHead === hash;
  const isSame = ["status", "coverage", "usage"].every((name) => canonical(result[name]) === canonical(end[name]));
  const isWritten = artifacts.length === written.size && artifacts.every((one) => written.get(one.name) === one.hash);
  if (!isEnd || !isSame || !isWritten) return "result.json was altered";
  if (readFileSync(join(folder, "answer.md"), "utf8") !== answer) return "answer.md was altered";
  const hasHash = ({ path, hash: own }) => path === null || sha256(readFileSync(join(folder, path))) === own;
  return artifacts.every(hasHash) ? undefined : `${artifacts.find((one) => !hasHash(one)).path} was altered`;
}

async function verifyRun(folder, outside, run) {
  const found = await readJournal(join(folder, "journal.jsonl"), outside, run);
  try {
    found.problem ??= await contentProblem(join(folder, "contents"), found.roots);
    if (found.isClosed) found.problem ??= resultProblem(folder, found);
  } catch (error) {
    found.problem = `what belongs to it cannot be read: ${error.message}`;
  }
  return found;
}

/** RFC 6962: leaves are hashed behind 0x00, nodes behind 0x01. */
const leafOf = ({ head, id, identity, run }) => sha256(Buffer.from([0]), canonical({ head, id, identity, run }));
const nodeOf = (one, other) => sha256(Buffer.from([1]), Buffer.from(one, "hex"), Buffer.from(other, "hex"));
const cutOf = (size) => 2 ** Math.floor(Math.log2(size - 1));

function rootOf(leaves, cut = cutOf(leaves.length)) {
  if (leaves.length < 2) return leaves[0] ?? sha256("");
  return nodeOf(rootOf(leaves.slice(0, cut)), rootOf(leaves.slice(cut)));
}

/** Where a proof leads to; nowhere, where it has another length than the path. */
function rootBy(leaf, index, size, proof) {
  if (size === 1 || proof.length === 0) return size === 1 && proof.length === 0 ? leaf : "";
  const [cut, beside, rest] = [cutOf(size), proof.at(-1), proof.slice(0, -1)];
  if (index < cut) return nodeOf(rootBy(leaf, index, cut, rest), beside);
  return nodeOf(beside, rootBy(leaf, index - cut, size - cut, rest));
}

function batchProblems({ root, rows }, runs) {
  const inOrder = rows.toSorted((one, other) => one.index - other.index);
  const problems = rootOf(inOrder.map(leafOf)) === root ? [] : ["batch.json has not the root of its rows"];
  for (const row of rows) {
    const { hash, seq } = runs.find(({ run }) => run === row.run) ?? {};
    if (hash !== row.head || seq !== row.lines) problems.push(`row ${row.id}: its run is missing, or has another head`);
    if (rootBy(leafOf(row), row.index, rows.length, row.proof) !== root) problems.push(`row ${row.id} is not proven`);
  }
  return problems;
}

function headsIn(file) {
  if (!isFile(file)) return undefined;
  const heads = (readFileSync(file, "utf8").match(/^\{.*\}$/gm) ?? []).map((line) => JSON.parse(line));
  return (run) => heads.filter((head) => head.run === run);
}

async function verify(target, headsFile) {
  if (isFile(target)) return { runs: [await readJournal(target, headsIn(headsFile))] };
  const isRun = isFile(join(target, "journal.jsonl"));
  const isInHome = !isRun || basename(dirname(target)) === "runs";
  const home = isRun ? join(target, "../..") : target;
  const outside = headsIn(headsFile ?? (isInHome ? join(home, "heads.jsonl") : undefined));
  const folders = isRun ? [target] : readdirSync(join(home, "runs")).map((name) => join(home, "runs", name));
  const runs = [];
  for (const folder of folders.filter((one) => isFile(join(one, "journal.jsonl"))))
    runs.push(await verifyRun(folder, outside, isInHome ? decodeURIComponent(basename(folder)) : undefined));
  const batch = join(target, "batch.json");
  return { runs, problems: isFile(batch) ? batchProblems(JSON.parse(readFileSync(batch, "utf8")), runs) : [] };
}

const [target, option, headsFile] = process.argv.slice(2);
try {
  if (!target || (option && (option !== "--heads" || !isFile(headsFile)))) throw new Error(USAGE);
  const { runs, problems = [] } = await verify(resolve(target), headsFile);
  for (const problem of problems) console.log(`invalid: ${problem}`);
  for (const { run, seq, problem, isClosed } of runs)
    console.log(`run ${run}: ${problem ? `invalid: ${problem}` : `${isClosed ? "valid" : "open"}: ${seq} lines`}`);
  process.exitCode = runs.every(({ problem, isClosed }) => !problem && isClosed) && problems.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`verify-run: ${error.message}`);
  process.exitCode = 2;
}
