/**
 * One run tree for all that nobody traces. LangChain hangs the configuration of each step on a LangSmith run tree, and where no
 * tracer has one makes it anew: an id from the system's random source, a dozen readings of the environment. Five times for each
 * model call, that is a twelfth of its CPU (docs/decisions/0021). The command line's process is its own, so it may share one; a
 * program that embeds the library keeps LangChain as it is.
 *
 * 1. A process that traces is left alone, and so is a scope with a tracer of its own.
 * 2. Each scope has its own configuration and children; shared are the id, the name and the start.
 */
import { _CONTEXT_VARIABLES_KEY, AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import { RunTree } from "langsmith/run_trees";
import { isTraced } from "./trace-delivery.ts";
import { fieldOf, listOf } from "../../state/is-record.ts";

/** Where LangChain looks for the configuration of the scope. */
const CONFIG = Symbol.for("lc:child_config");
const TRACER = "langchain_tracer";

let isShared = false;

/** From now on; to be called before the first step of a graph. */
export function shareUntracedRoot(env: NodeJS.ProcessEnv): void {
  if (isShared || isTraced(env)) return;
  isShared = true;
  const provider = AsyncLocalStorageProviderSingleton;
  const runWithConfig = provider.runWithConfig.bind(provider);
  const root = new RunTree({ name: "<runnable_lambda>", tracingEnabled: false });
  provider.runWithConfig = (config: unknown, callback, withoutRoot) => {
    if (withoutRoot === true || hasTracer(config)) return runWithConfig(config, callback, withoutRoot);
    const storage = provider.getInstance();
    const scope = Object.create(root) as RunTree & Record<symbol, unknown>;
    scope.extra = { [CONFIG]: config };
    scope.child_runs = [];
    const around = storage.getStore() as Record<symbol, unknown> | undefined;
    if (around?.[_CONTEXT_VARIABLES_KEY] !== undefined) scope[_CONTEXT_VARIABLES_KEY] = around[_CONTEXT_VARIABLES_KEY];
    return storage.run(scope, callback);
  };
}

function hasTracer(config: unknown): boolean {
  const callbacks = fieldOf(config, "callbacks");
  const handlers = Array.isArray(callbacks) ? callbacks : fieldOf(callbacks, "handlers");
  return listOf(handlers).some((handler) => fieldOf(handler, "name") === TRACER);
}
