/** Where an agent looks first: the pages named, the folder of its subject, searches for what is asked. */
import type { Brief } from "./brief.ts";
import type { AgentConversation } from "./conversation.ts";
import { knownAspect } from "./known-aspects.ts";
import { MANIFEST_GLOB, namedFolderGlob, ownPageGlobs } from "./own-folder.ts";
import { aspectsIn } from "./schema-filling.ts";
import { keyWords, list, nameWords, opening, search, type ToolRequest } from "./tool-requests.ts";

/** The calls of the first turn. Pure. */
export function openingCalls(brief: Brief, conversation: AgentConversation): ToolRequest[] {
  const reads = brief.reads.map((path) => opening(path));
  const aspects = conversation.schema === undefined ? [] : aspectsIn(conversation.schema);
  const looks =
    aspects.length === 0
      ? questionCalls(brief)
      : brief.scope === undefined
        ? subjectCalls(brief.subject ?? "", aspects)
        : scopeCalls(brief.scope, aspects, brief.reads);
  return [...reads, ...looks];
}

/** What a folder (or one file) says of aspects. */
function scopeCalls(scope: string, aspects: readonly string[], reads: readonly string[]): ToolRequest[] {
  const prose = aspects.filter((aspect) => knownAspect(aspect) === undefined);
  return [
    ...(reads[0]?.endsWith(scope) === true ? [] : [list(`${scope}/*`, 40)]),
    ...prose.slice(0, 3).map((aspect) => search(aspect, 6, scope)),
  ];
}

function subjectCalls(subject: string, aspects: readonly string[]): ToolRequest[] {
  return [
    ...ownPageGlobs(subject).map((glob) => list(glob, 40)),
    ...aspects.slice(0, 5).map((aspect) => search(`${subject} ${keyWords(aspect)}`.trim(), 6)),
    ...(subject === "" ? [] : [search(`what is ${subject}`, 6)]),
  ];
}

function questionCalls({ question, subject, scope }: Brief): ToolRequest[] {
  const query = keyWords(subject === undefined || question.includes(subject) ? question : `${question} ${subject}`);
  const names = nameWords(question);
  const folders = scope === undefined ? namedFolderGlob(question) : undefined;
  const isStated = scope === undefined && knownAspect(question) !== undefined;
  return [
    ...(folders === undefined ? [] : [list(folders, 40)]),
    ...(isStated ? [list(MANIFEST_GLOB, 20)] : []),
    search(query, 20, scope),
    ...(names === "" || names === query ? [] : [search(names, 16, scope)]),
  ];
}
