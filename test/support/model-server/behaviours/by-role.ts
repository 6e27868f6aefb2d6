import type { Role } from "../call.ts";
import type { Behaviour } from "../reply.ts";

/** One behaviour per role. A role without one is a mistake of the test: the server answers 500 and records it. */
export function byRole(behaviours: Partial<Record<Role, Behaviour>>): Behaviour {
  return (call) => {
    const behaviour = behaviours[call.role];
    if (behaviour === undefined) throw new Error(`no behaviour for role ${call.role}`);
    return behaviour(call);
  };
}
