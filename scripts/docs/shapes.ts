/** Tables of the shapes that programs rely on: members, types and meanings of an interface or a schema, from the source. */
import ts from "typescript";
import { z } from "zod";
import { markdownTable } from "./markdown-table.ts";
import { commentOf, sourceFile, visit } from "./source-file.ts";

/** The table of an interface: what stands in a comment is its meaning. Throws where the file has none of that name. */
export function interfaceTable(file: string, name: string): string {
  let rows: string[][] | undefined;
  visit(sourceFile(file), (node) => {
    if (!ts.isInterfaceDeclaration(node) || node.name.text !== name) return;
    rows = node.members.filter(ts.isPropertySignature).map((member) => {
      const isOptional = member.questionToken !== undefined;
      return [`\`${member.name.getText()}${isOptional ? "?" : ""}\``, typeText(member.type), commentOf(member) || "–"];
    });
  });
  if (rows === undefined) throw new Error(`${file} has no interface ${name}`);
  return markdownTable(["member", "type", "meaning"], rows);
}

function typeText(type: ts.TypeNode | undefined): string {
  return type === undefined ? "–" : `\`${type.getText().replace(/\s+/g, " ")}\``;
}

interface Property {
  type?: string | string[];
  enum?: unknown[];
  items?: Property;
  anyOf?: Property[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

/** The table of an object's schema, as a person writes it; meanings are the comments of `const name` in the file. */
export function schemaTable(schema: z.ZodType, file: string, name: string): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as {
    properties?: Record<string, Property>;
    required?: string[];
  };
  const meanings = schemaComments(file, name);
  const rows = Object.entries(properties).map(([key, property]) => [
    `\`${key}\``,
    kindOf(property),
    required.includes(key)
      ? "required"
      : property.default === undefined
        ? "–"
        : `\`${JSON.stringify(property.default)}\``,
    meanings.get(key) || "–",
  ]);
  return markdownTable(["key", "value", "default", "meaning"], rows);
}

function kindOf({ type, enum: values, items, anyOf, minimum, maximum }: Property): string {
  if (values !== undefined) return values.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (anyOf !== undefined) return [...new Set(anyOf.map(kindOf))].join(", or ");
  if (type === "array") return `list of ${items === undefined ? "anything" : kindOf(items)}`;
  if (type === "integer" || type === "number") {
    const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
    const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
    const bounds = [least === undefined ? "" : ` from ${least}`, most === undefined ? "" : ` to ${most}`].join("");
    return `${type === "integer" ? "whole number" : "number"}${bounds}`;
  }
  return type === "string" ? "text" : type === "boolean" ? "true, false" : "object";
}

/** By key, the comments in the object literal of a constant's initializer. */
function schemaComments(file: string, name: string): Map<string, string> {
  const found = new Map<string, string>();
  visit(sourceFile(file), (node) => {
    if (!ts.isVariableDeclaration(node) || node.name.getText() !== name || node.initializer === undefined) return;
    const call = node.initializer;
    const literal = ts.isCallExpression(call) ? call.arguments.find(ts.isObjectLiteralExpression) : undefined;
    for (const property of literal?.properties ?? [])
      if (ts.isPropertyAssignment(property)) found.set(property.name.getText(), commentOf(property));
  });
  if (found.size === 0) throw new Error(`${file} has no schema ${name}`);
  return found;
}
