/**
 * A metered turn that may go ahead of its siblings, or wait a moment for the one that does. Who does is the vanguard's to say
 * (engine/runtime/turns/vanguard.ts); this is where it meets the call. Whatever the call comes to, its lead ends.
 */
import type { TurnReply, TurnRequest } from "../../ports/turns.ts";
import { laneStops } from "./ending.ts";
import type { Lead, Vanguard } from "./vanguard.ts";
import { toolBytes } from "../../policy/budget/estimate.ts";
import { meteredTurn } from "./metered-turn.ts";
import type { TurnDesk } from "./turn-desk.ts";

/** Providers cache prompts from 1,024 tokens on; less than four bytes a token are rare in what we write. */
const LEAST_BYTES = 4 * 1024;

export async function goAhead(vanguard: Vanguard, desk: TurnDesk, request: TurnRequest): Promise<TurnReply> {
  const key = warmableKey(desk, request);
  if (key === undefined) return meteredTurn(desk, request);
  const asked = desk.clock.now();
  const lead = await enter(vanguard, key, { desk, request });
  const waitedMs = desk.clock.now() - asked;
  try {
    const reply = await meteredTurn(desk, lead === undefined ? request : { ...request, onFirstToken: lead.arrived });
    return reply.kind === "drained" ? reply : { ...reply, waitedForSlotMs: reply.waitedForSlotMs + waitedMs };
  } finally {
    lead?.ended();
  }
}

/** Undefined where a warm cache would gain nothing. */
function warmableKey(desk: TurnDesk, { shared, tools, model }: TurnRequest): string | undefined {
  if (shared === undefined || shared.bytes + toolBytes(tools) < LEAST_BYTES) return undefined;
  const { id, cachesPrompts } = desk.resolve(model);
  return cachesPrompts === false ? undefined : `${id}\n${shared.key}`;
}

/** Stopped while it waits, the turn goes on at once: it finds out itself, and says so as every turn does. */
async function enter(
  vanguard: Vanguard,
  key: string,
  { desk: { stop }, request }: { desk: TurnDesk; request: TurnRequest },
): Promise<Lead | undefined> {
  const stopping = laneStops(stop, request.config.signal);
  try {
    return await vanguard.enter(key, stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
    return undefined;
  }
}
