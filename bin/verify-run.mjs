// @ts-nocheck: it is to be read alone. Verifies a run of Glasshive, or a batch, and shares no code with it: plain Node (20 or later), no
// dependency. What is checked, and the format: docs/guide/journal.md. A line for each run; exit 0: all valid, 1: not, 2: wrong usage.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { createGunzip } from "node:zlib";
const USAGE = "usage: node verify-run.mjs RUN_FOLDER|BATCH_FOLDER|HOME|journal.jsonl [--heads FILE]";
const [HEX, INNER] = [/^[0-9a-f]{64}$/, /"(?:before|digest)":"([0-9a-f]{64})"/g];
const NAMING = ["messages", "tools", "reply", "answer", "content", "setup", "result"];
const isFile = (file = "") => statSync(file, { throwIfNoEntry: false })?.isFile() === true;
const bytesOf = (file) => (isFile(file) ? readFileSync(file) : "");
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
  let begun = "";
  for await (const bytes of stream.setEncoding("latin1")) {
    const lines = bytes.includes("\n") ? (begun + bytes).split("\n") : [begun + bytes];
    begun = lines.pop();
    for (const line of lines) yield Buffer.from(line, "latin1");
  }
  if (begun !== "") yield undefined;
}
/** The line that follows those found, byte by byte as RFC 8785 has it, or as releases before did. Throws what is wrong with it. */
function lineAfter(found, bytes, outside) {
  const text = bytes.toString("utf8");
  const line = JSON.parse(text);
  const { hash, ...hashed } = line;
  const isWhole = Buffer.from(text).equals(bytes) && [JSON.stringify(line), canonical(line)].includes(text);
  if (!isWhole || sha256(canonical(hashed)) !== hash) throw new Error("it was altered");
  if (line.seq !== found.seq + 1) throw new Error(`it is line ${line.seq}: lines are missing, inserted or moved`);
  if (line.prev !== found.hash) throw new Error("it does not name the hash of the line before it");
  if (line.run !== (found.run ??= line.run)) throw new Error(`it is of run ${line.run}`);
  found.heads ??= outside?.(found.run, hash);
  if (found.heads?.some(({ lines, head }) => lines === line.seq && head !== hash))
    throw new Error("the head kept outside is another one");
  return line;
}
/** Follows a journal. `outside`: by run, the heads kept outside; undefined: nobody keeps them. */
async function readJournal(file, outside, run) {
  const found = { run, seq: 0, hash: "0".repeat(64), roots: new Map(), files: new Map() };
  for await (const bytes of linesOf(createReadStream(file))) {
    if ((found.isTorn = bytes === undefined)) break;
    try {
      note(found, lineAfter(found, bytes, outside));
    } catch (error) {
      return { ...found, hash: "", problem: `line ${found.seq + 1}: ${error.message}` };
    }
  }
  return { ...found, problem: endProblem({ heads: run && outside?.(run), ...found }) };
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
  if (kind === "write") found.files.set(data.artifact, data.hash);
  if (kind === "run-end") found.end = data;
  Object.assign(found, { seq, hash, isClosed: kind === "run-close", closes: data.lines, batch: data });
}
/** Every content that a line names is there, and what those name: a message the one before it, and its texts. */
async function contentProblem(folder, found) {
  const [names, pack, unzip] = [new Map(), join(folder, "pack.gz"), createGunzip()];
  found.isWhole = !isFile(pack);
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (HEX.test(name)) names.set(sha256(bytesOf(join(folder, name))), []);
  try {
    for await (const bytes of found.isWhole ? [] : linesOf(createReadStream(pack).pipe(unzip))) {
      const text = bytes?.[0] === 0x7b ? bytes.toString("utf8") : JSON.parse(bytes?.toString("utf8") ?? '""');
      const digest = sha256(text);
      names.set(digest, /^\{"(before|role)":"/.test(text) ? [...text.matchAll(INNER)].map(([, name]) => name) : []);
      if (digest === found.end?.result) found.recorded = text;
    }
    found.isWhole = statSync(pack).size === unzip.bytesWritten;
  } catch {
    // What a damaged file has lost is missed below.
  }
  for (const [digest, seq] of found.roots) {
    if (!names.has(digest)) return `line ${seq}: its content ${digest} is missing or was altered`;
    for (const next of names.get(digest)) if (!found.roots.has(next)) found.roots.set(next, seq);
  }
}
/** A result but for what is made of the whole journal, and subtasks, which have a digest: the run's end has it on record. */
const LATER = ["subtasks", "journalHead", "runDir", "parallelism", "criticalSteps"];
const asRecorded = (text) => canonical(JSON.parse(text, (name, value) => (LATER.includes(name) ? undefined : value)));
const asEnded = ({ status, coverage, usage }) => canonical({ status, coverage, usage });
/** Result, answer and artifacts of a run that has ended are what its journal says. */
function resultProblem(folder, { end = {}, hash, files, recorded, isWhole }) {
  if (!isWhole) return "pack.gz has bytes that belong to no content";
  if (!isFile(join(folder, "result.json"))) return "result.json is missing";
  const text = String(bytesOf(join(folder, "result.json")));
  const { answer, subtasks, artifacts, journalHead, ...result } = JSON.parse(text);
  const isEnd = sha256(JSON.stringify([answer, subtasks])) === end.digest && journalHead === hash;
  const isWritten = artifacts.length === files.size && artifacts.every((one) => files.get(one.name) === one.hash);
  const isAsWritten = `${JSON.stringify(JSON.parse(text), null, 2)}\n` === text;
  const isRecorded = isAsWritten && (!recorded || asRecorded(recorded) === asRecorded(text));
  if (!isEnd || asEnded(result) !== asEnded(end) || !isWritten || !isRecorded) return "result.json was altered";
  if (String(bytesOf(join(folder, "answer.md"))) !== answer) return "answer.md was altered";
  const altered = artifacts.find((one) => one.path && sha256(bytesOf(join(folder, one.path))) !== one.hash);
  return altered && `${altered.path} was altered`;
}
async function verifyRun(folder, outside, run) {
  const found = await readJournal(join(folder, "journal.jsonl"), outside, run);
  const belongs = async () =>
    (await contentProblem(join(folder, "contents"), found)) ?? (found.isClosed && resultProblem(folder, found));
  found.problem ??= await belongs().catch(({ message }) => `what belongs to it cannot be read: ${message}`);
  return found;
}
/** RFC 6962: leaves are hashed behind 0x00, nodes behind 0x01; a proof has the hashes beside the path, the lowest first. */
const leafOf = ({ head, id, identity, run }) => sha256(Buffer.from([0]), canonical({ head, id, identity, run }));
const nodeOf = (one, other) => sha256(Buffer.from([1]), Buffer.from(one, "hex"), Buffer.from(other, "hex"));
function treeOf(leaves) {
  if (leaves.length < 2) return [leaves[0] ?? sha256(""), leaves.map(() => [])];
  const cut = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const [[left, before], [right, behind]] = [leaves.slice(0, cut), leaves.slice(cut)].map(treeOf);
  return [nodeOf(left, right), [...before.map((one) => [...one, right]), ...behind.map((one) => [...one, left])]];
}
/** Rows of `batch.json`, and of the summary (`results`), against their runs. */
function rowProblems({ root, rows, results = [] }, runs) {
  const [own, proofs] = treeOf(rows.toSorted((one, other) => one.index - other.index).map(leafOf));
  const said = own === root ? [] : ["invalid: batch.json has not the root of its rows"];
  for (const row of rows) {
    const { hash, seq, isClosed, end } = runs.find(({ run }) => run === row.run) ?? {};
    const told = isClosed && results.find(({ id }) => id === row.id);
    if (seq > row.lines) said.push(`open: row ${row.id}: its run has gone on`);
    else if (hash !== row.head) said.push(`invalid: row ${row.id}: its run is missing, or has another head`);
    else if (told && asEnded(told) !== asEnded(end)) said.push(`invalid: summary.json, row ${row.id}: not as its run`);
    if (String(row.proof) !== String(proofs[row.index])) said.push(`invalid: row ${row.id}: its proof`);
  }
  return said;
}
/** Runs that no row has any more may be open; a longer ledger, or a run of a row that has gone on, leaves the batch open. */
async function verifyBatch(folder, runs, outside) {
  const [record, ledger] = [join(folder, "batch.json"), join(folder, "ledger.jsonl")];
  if (!isFile(record)) return { runs, said: isFile(ledger) ? ["open: there is no batch.json"] : [] };
  const { root, rows, ledger: end } = JSON.parse(bytesOf(record));
  const kept = (run, first) => [end, ...(outside?.(run, first) ?? [])];
  const [found, said] = [isFile(ledger) ? await readJournal(ledger, kept) : { seq: 0 }, []];
  if (found.problem || found.seq < end.lines) said.push(`invalid: ledger.jsonl: ${found.problem ?? "it is cut"}`);
  else if (found.isTorn || found.seq > end.lines) said.push("open: ledger.jsonl has gone on");
  else if (found.batch.root !== root) said.push("invalid: ledger.jsonl ends with another root");
  else if (found.heads.at(-1).lines !== end.lines) said.push("invalid: ledger.jsonl: its end is not kept outside");
  const files = Object.entries((said.length === 0 && found.batch.files) || {});
  const altered = files.filter(([name, digest]) => sha256(bytesOf(join(folder, name))) !== digest);
  said.push(...altered.map(([name]) => `invalid: ${name} was altered`));
  const summary = files.length > 0 && said.length === 0 && JSON.parse(bytesOf(join(folder, "summary.json")));
  said.push(...rowProblems({ root, rows, results: summary.results }, runs));
  const counts = ({ run, isClosed, problem }) => isClosed || problem || rows.some((row) => row.run === run);
  return { runs: runs.filter(counts), said };
}
/** By run and the hash of its first line: two homes may have runs of one name. Heads without a run are of ledgers of batches. */
function headsIn(file) {
  if (!isFile(file)) return undefined;
  const all = (String(bytesOf(file)).match(/^\{.*\}$/gm) ?? []).map((line) => JSON.parse(line));
  return (run, first) => {
    const named = all.filter((head) => head.run === run || (run === null && head.run));
    const own = named.filter((head) => [head.first ?? first, undefined].includes(first));
    return own.length > 0 ? own : named;
  };
}
async function verify(target, headsFile) {
  if (isFile(target)) return { runs: [await readJournal(target, headsIn(headsFile))] };
  const isRun = isFile(join(target, "journal.jsonl"));
  const home = !isRun ? target : basename(dirname(target)) === "runs" ? join(target, "../..") : undefined;
  const outside = headsIn(headsFile ?? (home && join(home, "heads.jsonl")));
  const folders = isRun ? [target] : readdirSync(join(home, "runs")).map((name) => join(home, "runs", name));
  const runs = [];
  for (const folder of folders.filter((one) => isFile(join(one, "journal.jsonl"))))
    runs.push(await verifyRun(folder, outside, home && decodeURIComponent(basename(folder))));
  const found = await verifyBatch(target, runs, outside);
  const kept = isRun || headsFile ? [] : new Set(outside?.(null).map(({ run }) => run));
  const gone = [...kept].filter((name) => runs.every(({ run }) => run !== name));
  return { ...found, said: [...found.said, ...gone.map((run) => `invalid: run ${run} has a head, and no journal`)] };
}
const [target, option, headsFile] = process.argv.slice(2);
try {
  if (!target || (option && (option !== "--heads" || !isFile(headsFile)))) throw new Error(USAGE);
  const { runs, said = [] } = await verify(resolve(target), headsFile);
  const say = ({ run, seq, problem, isClosed }) =>
    `run ${run}: ${problem ? `invalid: ${problem}` : `${isClosed ? "valid" : "open"}: ${seq} lines`}`;
  console.log([...said, ...runs.map(say)].join("\n"));
  process.exitCode = runs.every(({ problem, isClosed }) => !problem && isClosed) && said.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`verify-run: ${error.message}`);
  process.exitCode = 2;
}
