/** What the package exports. */
export { createSwarm, type Swarm, type SwarmOptions } from "./create-swarm.ts";
export { swarmTool, type SwarmToolOptions } from "./swarm-tool.ts";
export { type GraphAgentInput } from "./config/graph-agents.ts";
export { type AgentProfile, type AgentProfileInput } from "../state/agent-profile.ts";
export { type GraphTask } from "../engine/ports/graphs.ts";
export { SwarmError, type ErrorCode, type Fault } from "../state/errors.ts";
export { type JournalLine } from "../engine/journal/events.ts";
export { type Coverage, type Outcome } from "../state/outcome.ts";
export { type PlanFileInput } from "../state/plan.ts";
export { type SwarmProgress } from "../state/progress.ts";
export { type RunResult } from "../state/run-result.ts";
export { type Price } from "../engine/ports/models.ts";
export { type Skill } from "../state/agent-profile.ts";
export { type DetectionInput, type RecoveryPolicyInput } from "../state/recovery-policy.ts";
export { type CapsInput } from "../state/usage.ts";
