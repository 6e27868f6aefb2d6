/** Runs a program in our place: its input, output and exit code are ours, and a request to stop reaches it once. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { SignalRelay } from "./signal-relay.mjs";

/**
 * @param {string} executable
 * @param {string[]} args
 * @param {Pick<import("node:child_process").SpawnOptions, "env" | "cwd" | "shell">} options
 * @returns {Promise<number>} the exit code; rejects when the program cannot be started
 */
export function runChild(executable, args, options) {
  const child = spawn(executable, args, { ...options, stdio: "inherit" });
  const relay = new SignalRelay((signal) => child.kill(signal), {
    terminal: [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY),
  });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => relay.receive(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(exitCodeOf(code, signal)));
  });
}

/**
 * The shell's convention: the code itself, or 128 + the signal's number. Pure.
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 * @returns {number}
 */
export function exitCodeOf(code, signal) {
  if (code !== null) return code;
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}
