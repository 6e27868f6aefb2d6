/**
 * Agent Skills (agentskills.io): a folder with a SKILL.md whose front matter names and describes it. A folder of such folders
 * gives all of them, and so does one of categories (skills/category/skill/SKILL.md). Links to folders count as folders.
 */
import { createRequire } from "node:module";
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type * as Yaml from "yaml";
import { z } from "zod";
import { firstProblem } from "../../state/problem.ts";
import { describeError, reasonOf, SwarmError } from "../../state/errors.ts";
import { readText } from "../text/read-text.ts";
import type { Skill } from "../../state/agent-profile.ts";

const SKILL_FILE = "SKILL.md";
const FRONT_MATTER = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/;

const Head = z.looseObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be lower-case words joined by hyphens")
    .max(64),
  description: z.string().min(1).max(1024),
});

/** Folders below the one that is named in which skills are looked for. */
const DEEPEST = 3;

/** The skill in a folder, or those in its subfolders, by path. Throws SwarmError CONFIG_INVALID with one line. */
export function readSkills(folder: string): Skill[] {
  const folders = skillFolders(folder, DEEPEST, new Set());
  if (folders.length > 0) return folders.map(skillIn);
  throw new SwarmError("CONFIG_INVALID", `the skills folder ${folder} holds no ${SKILL_FILE}`);
}

/** `seen`: real paths; each is looked at once, so that loops of links end. */
function skillFolders(folder: string, depth: number, seen: Set<string>): string[] {
  try {
    const real = realpathSync(folder);
    if (seen.has(real)) return [];
    seen.add(real);
    if (existsSync(join(folder, SKILL_FILE))) return [folder];
    if (depth === 0) return [];
    return readdirSync(folder)
      .filter((name) => !name.startsWith(".") && name !== "node_modules")
      .toSorted()
      .map((name) => join(folder, name))
      .filter(isFolder)
      .flatMap((path) => skillFolders(path, depth - 1, seen));
  } catch (error) {
    throw new SwarmError("CONFIG_INVALID", `the skills folder ${folder} cannot be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** A link that leads nowhere, or to itself, is none. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function skillIn(folder: string): Skill {
  const file = join(folder, SKILL_FILE);
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    throw invalid(file, error);
  }
  return readSkill(text, file);
}

/** The skill in the text of a SKILL.md. Throws SwarmError CONFIG_INVALID with one line. */
export function readSkill(text: string, file: string): Skill {
  try {
    const [, head, body] = FRONT_MATTER.exec(text) ?? [];
    if (head === undefined || body === undefined) throw new Error("it has no front matter");
    // Loaded for skills alone.
    const { parse }: typeof Yaml = createRequire(import.meta.url)("yaml");
    const given: unknown = parse(head, { logLevel: "error" });
    const parsed = Head.safeParse(given);
    if (!parsed.success) throw new Error(firstProblem(parsed.error, given));
    return { name: parsed.data.name, description: parsed.data.description, instructions: body.trim() };
  } catch (error) {
    throw invalid(file, error);
  }
}

function invalid(file: string, cause: unknown): SwarmError {
  return new SwarmError("CONFIG_INVALID", `the skill ${file} is not valid: ${describeError(cause)}`, { cause });
}
