/** Installs, starts the server, makes the checks one after another, and says how many held. */
import type { Check } from "./check.ts";
import { DevServer } from "./dev-server.ts";
import { installOnce } from "./install.ts";

/** Of one check, on a machine that does other things beside it. */
const CHECK_MS = 120_000;

/** The exit code. */
export async function checkDevServer(): Promise<number> {
  const began = performance.now();
  installOnce();
  const server = new DevServer();
  let failed = 0;
  let passed = 0;
  try {
    await server.start();
    const { checks } = await import("./checks/index.ts");
    for (const check of checks) {
      const reason = check.skipped?.();
      if (reason !== undefined) console.log(`skipped ${check.name}: ${reason}`);
      else if (await holds(check, server)) passed += 1;
      else failed += 1;
    }
  } catch (error) {
    console.error(error);
    failed += 1;
  } finally {
    await server.close();
  }
  if (failed > 0) console.log(`── the server said:\n${server.output.slice(-8000)}\n──`);
  console.log(`dev server: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function holds(check: Check, server: DevServer): Promise<boolean> {
  const { name } = check;
  const began = performance.now();
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(new Error(`not done within ${CHECK_MS / 1000} s`)), CHECK_MS);
  try {
    await Promise.race([check.run(server), timer.promise]);
    console.log(`ok      ${name} (${Math.round(performance.now() - began)} ms)`);
    return true;
  } catch (error) {
    console.log(`FAILED  ${name}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  } finally {
    clearTimeout(timeout);
  }
}
