/** `docs/reference/graphs.md`: the graphs as LangGraph draws them from what `createSwarm` compiles. */
import { compiledGraphs } from "./compiled-graphs.ts";

export async function graphsPage(): Promise<string> {
  const { swarm, lane } = await compiledGraphs();
  if (lane === undefined) throw new Error("the swarm has no node named lane");
  return `# Graphs

Drawn by LangGraph from the compiled graphs (\`graphs/swarm.ts\`, \`graphs/lane.ts\`). A dotted arrow is a choice that the node
or the router makes, a solid one is always taken.

## swarm

\`skill-router\` sends one \`lane\` for each subtask of the plan, all in one fan-out; \`integrate\` sends parked lanes back.

${mermaid((await swarm.getGraphAsync()).drawMermaid())}

## lane

The path of one subtask. \`await-inputs\` ends the lane at once where it is parked: an input waits for a human.

${mermaid((await lane.getGraphAsync({})).drawMermaid())}

## swarm with the lane's inside

As Studio draws it. LangGraph leaves the inner graph's own start and end out of this picture.

${mermaid((await swarm.getGraphAsync({ xray: true })).drawMermaid())}
`;
}

function mermaid(picture: string): string {
  return `\`\`\`mermaid\n${picture.replaceAll("\t", "  ").trim()}\n\`\`\``;
}
