/**
 * Agent Skills (agentskills.io): a folder with a SKILL.md whose front matter names and describes it. A folder of such folders
 * gives all of them.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Skill } from "../../engine/ports/run.ts";
import { describeError, SwarmError } from "../../state/errors.ts";

const SKILL_FILE = "SKILL.md";
const FRONT_MATTER = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/;

const Head = z.looseObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be lower-case words joined by hyphens")
    .max(64),
  description: z.string().min(1).max(1024),
});

/** The skill in a folder, or those in its subfolders. Throws SwarmError CONFIG_INVALID with one line. */
export function readSkills(folder: string): Skill[] {
  if (existsSync(join(folder, SKILL_FILE))) return [readSkill(folder)];
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted();
  } catch (error) {
    throw new SwarmError("CONFIG_INVALID", `the skills folder ${folder} cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  }
  const skills = names
    .filter((name) => existsSync(join(folder, name, SKILL_FILE)))
    .map((name) => readSkill(join(folder, name)));
  if (skills.length > 0) return skills;
  throw new SwarmError("CONFIG_INVALID", `the skills folder ${folder} holds no ${SKILL_FILE}`);
}

function readSkill(folder: string): Skill {
  const file = join(folder, SKILL_FILE);
  try {
    const [, head, body] = FRONT_MATTER.exec(readFileSync(file, "utf8")) ?? [];
    if (head === undefined || body === undefined) throw new Error("it has no front matter");
    const parsed = Head.safeParse(parse(head));
    if (!parsed.success)
      throw new Error(`${parsed.error.issues[0]?.path.join(".")}: ${parsed.error.issues[0]?.message}`);
    return { name: parsed.data.name, description: parsed.data.description, instructions: body.trim() };
  } catch (error) {
    throw new SwarmError("CONFIG_INVALID", `the skill ${file} is not valid: ${describeError(error)}`, { cause: error });
  }
}
