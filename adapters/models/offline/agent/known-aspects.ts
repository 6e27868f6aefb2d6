/** Aspects that manifests state under keys of their own, by the words that people ask for them with. */

export interface KnownAspect {
  asked: RegExp;
  /** Key patterns, best first; matched against keys joined by dots. */
  keys: readonly RegExp[];
  /** True: only a manifest (or a licence file) states it; prose is not searched. */
  manifestOnly?: boolean;
}

const KNOWN: readonly KnownAspect[] = [
  {
    asked: /\blicen[cs]e/i,
    keys: [/^licen[cs]es?$/i, /^licen[cs]es?\.(?:\d+\.)?(?:type|name)$/i, /^licen[cs]es?\.\d+$/i],
  },
  {
    asked:
      /\bnode(?:\.?js)?\b.*\b(?:versions?|needs?|requires?|engines?|supports?)\b|\b(?:versions?|engines?)\b.*\bnode\b|^node(?:\.?js)?$/i,
    keys: [/^engines\.node$/i, /^engines?\.\d+$/i],
  },
  { asked: /\bnpm\b.*\bversions?\b/i, keys: [/^engines\.npm$/i], manifestOnly: true },
  { asked: /\brust\b.*\bversions?\b|\bmsrv\b/i, keys: [/^rust-version$/i] },
  { asked: /\bpython\b.*\bversions?\b/i, keys: [/^requires-python$/i, /^python_requires$/i, /dependencies\.python$/i] },
  { asked: /\bpeer\b/i, keys: [/^peerDependencies\./], manifestOnly: true },
  { asked: /\bdev(?:elopment)?\b.*\bdepend/i, keys: [/^dev-?dependencies\./i], manifestOnly: true },
  { asked: /\bdepend(?:s|encies|ency)\b/i, keys: [/^dependencies\./], manifestOnly: true },
  {
    asked: /\bauthors?\b|\bwho (?:wrote|made|maintains)\b|\bmaintainers?\b/i,
    keys: [
      /^author$/i,
      /^author\.name$/i,
      /^authors(?:\.\d+)?(?:\.name)?$/i,
      /^(?:maintainers|contributors)\.\d+(?:\.name)?$/i,
    ],
    manifestOnly: true,
  },
  {
    asked: /\brepo(?:sitory)?\b|\bsource code\b|\bgithub\b/i,
    keys: [/^repository\.url$/i, /^repository$/i],
    manifestOnly: true,
  },
  { asked: /\bhome ?page\b|\bweb ?site\b/i, keys: [/^homepage$/i], manifestOnly: true },
  { asked: /\bbugs?\b|\bissue tracker\b/i, keys: [/^bugs\.url$/i, /^bugs$/i], manifestOnly: true },
  { asked: /\bkeywords?\b|\btags?\b/i, keys: [/^(?:keywords|tags)(?:\.\d+)?$/i], manifestOnly: true },
  {
    asked: /\bentry ?points?\b|\bmain file\b/i,
    keys: [/^main$/i, /^module$/i, /^exports$/i, /^exports\.\.$/i],
    manifestOnly: true,
  },
  { asked: /\btype ?script\b|\btyp(?:es|ings)\b/i, keys: [/^types$/i, /^typings$/i] },
  { asked: /\besm\b|\bmodule (?:type|system|format)\b|\bcommon ?js\b/i, keys: [/^type$/i], manifestOnly: true },
  { asked: /\bbinar(?:y|ies)\b|\bexecutables?\b|\bcommands?\b/i, keys: [/^bin$/i, /^bin\./i], manifestOnly: true },
  {
    asked:
      /\bwhat(?:'s| is| are| does| do) .*\b(?:for|do|about)\b|^what for\b|\bwhat it (?:is|does)\b|\bwhat (?:is it|does it)\b|\bpurpose\b|\bdescri|\bused? for\b|\babout\b|\bsummar/i,
    keys: [/^description$/i, /^summary$/i],
  },
  { asked: /^(?:the |its |current |package |which |what )*versions?$/i, keys: [/^version$/i], manifestOnly: true },
  { asked: /^(?:the |its )*(?:name|title)$/i, keys: [/^(?:name|title)$/i] },
];

/** The known aspect that words ask for, if any. Pure. */
export function knownAspect(asked: string): KnownAspect | undefined {
  return KNOWN.find((aspect) => aspect.asked.test(asked.trim()));
}

/** Whether an aspect asks what a thing is for. Pure. */
export function asksPurpose(asked: string): boolean {
  return knownAspect(asked)?.keys.some((key) => key.test("description")) ?? false;
}
