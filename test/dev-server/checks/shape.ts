/** What Studio asks first: assistants, schemas for the input form and the state, the picture of the graph. */
import assert from "node:assert/strict";
import { clientOf, GRAPH, type Check } from "../check.ts";

type Properties = Record<string, { description?: string; type?: string }>;

export const shape: Check[] = [
  {
    name: "the swarm is listed as an assistant",
    async run(server) {
      const assistants = await clientOf(server).assistants.search();
      assert.deepEqual(
        assistants.map(({ graph_id, name }) => [graph_id, name]),
        [[GRAPH, GRAPH]],
      );
    },
  },
  {
    name: "the input form asks for task, documents, plan, approve, budget, history and messages, each with what it means",
    async run(server) {
      const { input_schema } = await clientOf(server).assistants.getSchemas(GRAPH);
      const properties = (input_schema?.properties ?? {}) as Properties;
      const fields = ["task", "documents", "plan", "approve", "budget", "history", "messages"];
      assert.deepEqual(Object.keys(properties), fields);
      assert.equal(properties["task"]?.type, "string");
      for (const [name, { description }] of Object.entries(properties)) {
        assert.ok((description ?? "").length > 10, `${name} has no description`);
      }
      assert.match(properties["task"].description ?? "", /what you want to know/);
    },
  },
  {
    name: "the state's schema says what each part of the state is",
    async run(server) {
      const { state_schema } = await clientOf(server).assistants.getSchemas(GRAPH);
      const properties = (state_schema?.properties ?? {}) as Properties;
      for (const name of ["runId", "planned", "lanes", "answer", "status", "coverage"]) {
        assert.ok(name in properties, `${name} is missing`);
      }
    },
  },
  {
    name: "the form of an assistant has what its context may say, each with what it means and its default",
    async run(server) {
      const schemas: object = await clientOf(server).assistants.getSchemas(GRAPH);
      assert.ok("context_schema" in schemas);
      const { properties } = schemas.context_schema as { properties: Properties };
      const prompts = ["plannerPrompt", "agentPrompt", "synthesizerPrompt"];
      assert.deepEqual(Object.keys(properties), ["model", "agents", "documents", "approve", "budget", ...prompts]);
      for (const [index, nodes] of [["planner"], ["lane"], ["synthesizer"]].entries()) {
        const { default: text = "", ...field } = properties[prompts[index] ?? ""] as Record<string, unknown>;
        assert.deepEqual([field["langgraph_type"], field["langgraph_nodes"]], ["prompt", nodes]);
        assert.ok(String(text).length > 200, `${prompts[index]} does not show what holds now`);
      }
      for (const [name, { description }] of Object.entries(properties))
        assert.match(description ?? "", /Default: /, `${name} does not say its default`);
    },
  },
  {
    name: "the output's schema has what a caller looks for first",
    async run(server) {
      const { output_schema } = await clientOf(server).assistants.getSchemas(GRAPH);
      const fields = ["answer", "status", "coverage", "artifacts", "usage", "runId", "messages"];
      assert.deepEqual(Object.keys(output_schema?.properties ?? {}), fields);
    },
  },
  {
    name: "a lane, and a part of one, have an input form of their own",
    async run(server) {
      const lanes = await clientOf(server).assistants.getSubgraphs(GRAPH, { recurse: true });
      assert.deepEqual(Object.keys(lanes), ["lane", "lane|part"]);
      for (const { input } of Object.values(lanes) as unknown as { input: { properties: Properties } }[]) {
        assert.deepEqual(Object.keys(input.properties), ["runId", "subtask", "agent", "attempt"]);
        assert.equal(input.properties["attempt"]?.type, "integer");
      }
    },
  },
  {
    name: "the picture shows the nodes of the swarm, and with xray the inside of a lane",
    async run(server) {
      const client = clientOf(server);
      const plain = (await client.assistants.getGraph(GRAPH)).nodes.map(({ id }) => String(id));
      assert.deepEqual(plain, [
        ...[
          "__start__",
          "intake",
          "planner",
          "plan-review",
          "skill-router",
          "lane",
          "integrate",
          "verify",
          "synthesizer",
          "answer-review",
        ],
        "__end__",
      ]);
      const inside = (await client.assistants.getGraph(GRAPH, { xray: true })).nodes.map(({ id }) => String(id));
      for (const node of ["await-inputs", "think", "person", "act", "validate", "recover", "publish"]) {
        assert.ok(inside.includes(`lane:${node}`), `lane:${node} is missing in ${inside.join(", ")}`);
      }
    },
  },
];
