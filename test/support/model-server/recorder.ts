/**
 * What the server saw, as one array of records; figures are computed when somebody asks. Times are milliseconds since
 * the epoch with fractions, comparable across processes of one machine.
 */
import type { ModelCall, Role } from "./call.ts";

export interface CallRecord {
  n: number;
  startMs: number;
  /** When the last bytes left, or the client did; null while in flight. */
  endMs: number | null;
  role: Role;
  subtask: string | null;
  attempt: number | null;
  turn: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  status: number;
  /** The client left before the answer was complete. */
  aborted: boolean;
}

export interface UnexpectedRequest {
  atMs: number;
  method: string;
  path: string;
  reason: string;
}

export interface SubtaskStats {
  calls: number;
  firstStartMs: number;
  lastEndMs: number | null;
}

export interface ServerStats {
  calls: number;
  inFlight: number;
  maxInFlight: number;
  aborted: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  callsByRole: Partial<Record<Role, number>>;
  callsByStatus: Record<number, number>;
  subtasks: Record<string, SubtaskStats>;
  /** (subtask, turn) pairs that were asked more than once. */
  repeated: { subtask: string; turn: number; calls: number }[];
  unexpected: UnexpectedRequest[];
  /** User and system time, since the start or the last reset, of the process in which the server runs. */
  processCpuMs: number;
}

export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export class Recorder {
  records: CallRecord[] = [];
  bodies: string[] = [];
  unexpected: UnexpectedRequest[] = [];
  inFlight = 0;
  maxInFlight = 0;
  #asked = new Map<string, number>();
  #cpuBase = process.cpuUsage();

  /** Counts the call and returns how often the same role, subtask and turn were asked before. */
  countAsked(call: Omit<ModelCall, "n" | "seen">): number {
    const key = `${call.role}\n${call.subtaskId ?? ""}\n${call.turn}`;
    const before = this.#asked.get(key) ?? 0;
    this.#asked.set(key, before + 1);
    return before;
  }

  start(call: ModelCall, startMs: number): CallRecord {
    const { n, role, attempt, turn, inputTokens } = call;
    const record: CallRecord = {
      n,
      startMs,
      endMs: null,
      role,
      subtask: call.subtaskId,
      attempt,
      turn,
      inputTokens,
      cachedTokens: 0,
      outputTokens: 0,
      status: 200,
      aborted: false,
    };
    this.records.push(record);
    return record;
  }

  /** Forgets everything but the calls in flight, which still count as such. */
  reset(): void {
    this.records = [];
    this.bodies = [];
    this.unexpected = [];
    this.maxInFlight = this.inFlight;
    this.#asked = new Map();
    this.#cpuBase = process.cpuUsage();
  }

  stats(): ServerStats {
    const cpu = process.cpuUsage(this.#cpuBase);
    const sum = (read: (record: CallRecord) => number): number =>
      this.records.reduce((total, record) => total + read(record), 0);
    return {
      calls: this.records.length,
      inFlight: this.inFlight,
      maxInFlight: this.maxInFlight,
      aborted: sum((record) => (record.aborted ? 1 : 0)),
      inputTokens: sum((record) => record.inputTokens),
      cachedTokens: sum((record) => record.cachedTokens),
      outputTokens: sum((record) => record.outputTokens),
      callsByRole: countBy(this.records, (record) => record.role),
      callsByStatus: countBy(this.records, (record) => record.status),
      subtasks: subtaskStats(this.records),
      repeated: repeatedTurns(this.records),
      unexpected: this.unexpected,
      processCpuMs: (cpu.user + cpu.system) / 1000,
    };
  }
}

function countBy<Key extends string | number>(
  records: CallRecord[],
  keyOf: (record: CallRecord) => Key,
): Record<Key, number> {
  const counts = {} as Record<Key, number>;
  for (const record of records) counts[keyOf(record)] = (counts[keyOf(record)] ?? 0) + 1;
  return counts;
}

function subtaskStats(records: CallRecord[]): Record<string, SubtaskStats> {
  const subtasks: Record<string, SubtaskStats> = {};
  for (const { subtask, startMs, endMs } of records) {
    if (subtask === null) continue;
    const known = (subtasks[subtask] ??= { calls: 0, firstStartMs: startMs, lastEndMs: null });
    known.calls += 1;
    known.firstStartMs = Math.min(known.firstStartMs, startMs);
    if (endMs !== null) known.lastEndMs = Math.max(known.lastEndMs ?? 0, endMs);
  }
  return subtasks;
}

function repeatedTurns(records: CallRecord[]): ServerStats["repeated"] {
  const turns = new Map<string, { subtask: string; turn: number; calls: number }>();
  for (const { subtask, turn } of records) {
    if (subtask === null) continue;
    const key = `${subtask}\n${turn}`;
    const known = turns.get(key);
    if (known === undefined) turns.set(key, { subtask, turn, calls: 1 });
    else known.calls += 1;
  }
  return [...turns.values()].filter((entry) => entry.calls > 1);
}
