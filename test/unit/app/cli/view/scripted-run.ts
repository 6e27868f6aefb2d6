/** A run whose journal a test writes line by line, a stream that remembers what it was given, and a screen that obeys it. */
import { EventEmitter } from "node:events";
import type { Run } from "../../../../../engine/runtime/run/run.ts";
import type { JournalKind, JournalLine } from "../../../../../engine/journal/events.ts";
import type { Outcome } from "../../../../../state/outcome.ts";
import type { Plan } from "../../../../../state/plan.ts";
import type { Caps } from "../../../../../state/usage.ts";
import { applyEvent, newRunView } from "../../../../../engine/journal/run-view.ts";
import { entryOf, lineAt } from "../../../../support/journal-lines.ts";
import { capsOf, usageOf } from "../../../engine/builders.ts";

const ESCAPE = "\u001b";
/** A control sequence, a newline, a carriage return, or text. */
const TOKEN = new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]|\\n|\\r|[^${ESCAPE}\\n\\r]+`, "g");
export const UP = new RegExp(`${ESCAPE}\\[(\\d+)A`);

export const START = Date.parse("2026-01-01T12:00:00.000Z");

export class ScriptedRun {
  readonly listeners = new Set<(line: JournalLine) => void>();
  readonly view = newRunView();
  /** Lines of earlier processes, taken into the view when the run is looked at. */
  readonly past: JournalLine[] = [];
  plan: Plan | undefined;
  task = "Compare the licences";
  caps: Caps = capsOf();
  at = START;
  #seq = 0;
  #calls = 0;

  get handle(): Run {
    for (const line of this.past.splice(0)) applyEvent(this.view, line);
    const handle = {
      id: "run-1",
      question: { task: this.task },
      options: { caps: this.caps },
      team: { model: { endpoint: { concurrency: 50 } }, agent: () => ({ maxSteps: 20 }) },
      shared: { board: { plan: () => this.plan } },
      record: {
        journal: {
          view: this.view,
          subscribe: (listener: (line: JournalLine) => void) => {
            this.listeners.add(listener);
            return () => this.listeners.delete(listener);
          },
        },
      },
    };
    return handle as unknown as Run;
  }

  line(
    kind: JournalKind,
    data: Record<string, unknown> = {},
    place: { subtask?: string; attempt?: number } = {},
  ): JournalLine {
    this.#seq += 1;
    return lineAt(this.at, entryOf(kind, data, place), this.#seq);
  }

  emit(...lines: JournalLine[]): void {
    for (const line of lines) {
      applyEvent(this.view, line);
      for (const listener of this.listeners) listener(line);
    }
  }

  start(subtask: string, agent = "researcher", attempt = 1): JournalLine[] {
    return [
      this.line("route", { agent }, { subtask, attempt }),
      this.line("attempt-start", { agent }, { subtask, attempt }),
    ];
  }

  /** Reserved, and in flight; `reply` ends it. */
  think(subtask?: string, attempt = 1, purpose = "work"): JournalLine[] {
    this.#calls += 1;
    const place = subtask === undefined ? {} : { subtask, attempt };
    return [this.line("reserve", { id: `call-${this.#calls}`, purpose, steps: 1 }, place)];
  }

  reply(subtask?: string, calls: string[] = [], signal?: string): JournalLine[] {
    const id = `call-${this.#calls}`;
    const place = subtask === undefined ? {} : { subtask, attempt: 1 };
    const usage =
      signal === undefined
        ? usageOf({ steps: 1, modelCalls: 1, inputTokens: 1000, outputTokens: 100, usd: 0.01 })
        : usageOf();
    return [
      this.line("model-call", { id, calls, ...(signal === undefined ? {} : { signal }) }, place),
      this.line("settle", { id, usage }, place),
    ];
  }

  recover(subtask: string, kind: string, recovery: Record<string, unknown>, attempt = 1): JournalLine[] {
    const place = { subtask, attempt };
    return [
      this.line("signal", { kind, evidence: `evidence of ${kind}` }, place),
      this.line("recovery", { signal: kind, delayMs: 0, ...recovery }, place),
    ];
  }

  end(subtask: string, outcome: Outcome = "done", cause: string | null = null, attempt = 1): JournalLine[] {
    const place = { subtask, attempt };
    return [
      this.line("attempt-end", { outcome, cause }, place),
      this.line("publish", { accepted: true, outcome }, place),
    ];
  }
}

/** What a view needs of a terminal. */
export class FakeStream extends EventEmitter {
  columns = 100;
  rows = 24;
  isTTY = true;
  writableNeedDrain = false;
  destroyed = false;
  written = "";
  colors = false;
  failure: Error | undefined;

  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  hasColors(): boolean {
    return this.colors;
  }

  write(text: string): boolean {
    if (this.failure !== undefined) throw this.failure;
    this.written += text;
    return true;
  }

  take(): string {
    const { written } = this;
    this.written = "";
    return written;
  }

  /** The lines that a terminal would show: cursor up, erase below and newline are obeyed. */
  screen(): string[] {
    const lines = [""];
    let row = 0;
    for (const [token] of this.written.matchAll(TOKEN)) {
      const up = UP.exec(token);
      if (up !== null) row = Math.max(0, row - Number(up[1]));
      else if (token === `${ESCAPE}[J`) lines.splice(row, lines.length, "");
      else if (token === "\n") row += 1;
      else if (!token.startsWith(ESCAPE) && token !== "\r") lines[row] = token;
      lines[row] ??= "";
      if (token === `${ESCAPE}[K`) lines[row] ||= "";
    }
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }
}
