import { describe, expect, it } from "vitest";
import { BURST_MS, SignalRelay } from "../../../scripts/launch/signal-relay.mjs";

function relayAt(terminal: boolean): {
  sent: string[];
  receive(signal: "SIGINT" | "SIGTERM" | "SIGHUP", atMs: number): void;
} {
  const sent: string[] = [];
  let now = 0;
  const relay = new SignalRelay((signal) => sent.push(signal), { terminal, now: () => now });
  return {
    sent,
    receive(signal, atMs) {
      now = atMs;
      relay.receive(signal);
    },
  };
}

describe("the relay of signals", () => {
  it("leaves Ctrl-C to the terminal, which has sent it to the program already", () => {
    const relay = relayAt(true);
    relay.receive("SIGINT", 0);
    relay.receive("SIGINT", 5000);
    relay.receive("SIGHUP", 9000);
    expect(relay.sent).toEqual([]);
  });

  it("passes SIGTERM on even with a terminal", () => {
    const relay = relayAt(true);
    relay.receive("SIGTERM", 0);
    expect(relay.sent).toEqual(["SIGTERM"]);
  });

  it("takes signals of one kind within a burst for one, and a later one for a second", () => {
    const relay = relayAt(false);
    for (const at of [0, 3, BURST_MS - 1, BURST_MS]) relay.receive("SIGINT", at);
    relay.receive("SIGTERM", BURST_MS + 1);
    expect(relay.sent).toEqual(["SIGINT", "SIGINT", "SIGTERM"]);
  });
});
