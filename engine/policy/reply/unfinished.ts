/**
 * Replies without a tool call that are no result yet, though they look like one: the model only says what it is going to do, or
 * declines, or states what documents say without a citation. Told by their words, and only of short ones, so that a text about such words is
 * never taken for one. Pure.
 */
import type { Signal } from "../../../state/signal.ts";
import { cutTo, oneLine } from "../../../state/plain-text.ts";
import { citationsIn, findCitations } from "../prompts/citation-rule.ts";

export interface ReplyFacts {
  /** It is asked for text; of JSON the schema says what is a result. */
  isText: boolean;
  /** The agent could have called one. */
  hasTools: boolean;
  /** It was to find something in documents, and answers in text. */
  isResearch: boolean;
  /** The artifact that is to be the run's answer, where it alone was to write it and has not. */
  unwritten?: string | undefined;
}

/** Longer ones say more than that. */
const LONGEST_ANNOUNCEMENT = 400;
const LONGEST_DECLINE = 600;
const SHOWN = 200;

const LOOK =
  "search|look|read|check|find|fetch|open|start|begin|examine|explore|consult|use|call|query|review|gather|inspect|list|see";
/** Where a sentence begins; `\b` knows no letter beyond ASCII. */
const BEGINS = String.raw`(?:^|[.!?…:。！？\n]\s*)`;
/** At the end of a reply: what comes next, and then nothing comes. */
const ANNOUNCEMENTS: readonly RegExp[] = [
  new RegExp(
    `(?:^|[.!?…:\\n]\\s*|,\\s+)(?:(?:okay|ok|sure|now|next|first|then|so),?\\s+)*(?:let me(?! know)|let's|let us|i(?:'|’)?ll|i will|i(?:'|’)m going to|i am going to|i need to|i should)(?:\\s+\\w+){0,3}\\s+(?:${LOOK})\\b[^\\n]*$`,
    "i",
  ),
  new RegExp(
    `${BEGINS}(?:i(?:'|’)?ll|i will)\\s+(?:\\w+\\s+)?(?:get back to you|report back|be right back|return with)\\b[^\\n]*$`,
    "i",
  ),
  ...[
    String.raw`(?:zuerst |zunächst |nun |jetzt )?(?:ich werde|lass mich|ich)(?!\p{L})[^\n]*(?<!\p{L})(?:durch|nach)?(?:suche|lese|schaue|sehe|prüfe|schlage)n?(?!\p{L})`,
    String.raw`(?:je vais|laissez-moi|voy a|déjame)\s+(?:d'abord\s+|primero\s+)?(?:chercher|lire|consulter|vérifier|examiner|buscar|leer|revisar|consultar|examinar)(?!\p{L})`,
    String.raw`(?:prima |ora |adesso )?(?:(?:cerche|legge|controlle|verifiche|esamine|consulte)rò(?!\p{L})|(?:lasciami|fammi|vado a)\s+(?:cercare|leggere|consultare|verificare|controllare|esaminare))`,
    String.raw`(?:primeiro,? |agora,? )?(?:vou|irei|deixe-me|deixa-me)\s+(?:primeiro\s+)?(?:procurar|pesquisar|buscar|ler|consultar|verificar|examinar)(?!\p{L})`,
    String.raw`(?:ik zal|ik ga|laat mij|laat me)\s[^\n]*(?:zoeken|lezen|bekijken|controleren|raadplegen)(?!\p{L})`,
    String.raw`(?:najpierw |teraz |zaraz )?(?:przeszukam|poszukam|wyszukam|sprawdzę|przeczytam)(?!\p{L})`,
    String.raw`(?:сейчас|сначала|теперь|давайте|позвольте|я)\s[^\n]*(?:поищу|найду|посмотрю|проверю|прочитаю|изучу|поиска(?:ем|ть)|посмотр(?:им|еть)|провер(?:им|ить)|прочита(?:ем|ть))(?!\p{L})`,
    String.raw`(?:まず|これから|それでは|では|次に|最初に)[^\n]*(?:検索|確認|調査|調べ|読|探)[^\n]{0,12}(?:ます|ましょう)`,
    String.raw`(?:먼저|우선|이제|지금)[^\n]*(?:검색|확인|조사|읽어|찾아)[^\n]{0,12}(?:겠습니다|게요)`,
  ].map((words) => new RegExp(`${BEGINS}${words}[^\\n]*$`, "iu")),
  /(?:让我|我将|我会|接下来我|首先我)[^\n]*(?:搜索|查找|查看|阅读|检查)[^\n]*$/,
];

/** At the beginning of a reply: that somebody cannot, not that something is not so. */
const DECLINES: readonly RegExp[] = [
  /^(?:(?:i(?:'|’)m|i am|we(?:'|’)re)\s+(?:very |so |really )?sorry|sorry|apologies|i apologi[sz]e|unfortunately|regrettably)?[\s,.;:—-]*(?:but\s+)?(?:as an? (?:ai|large language|language)\b[^.]{0,80}?,?\s*)?i(?:'|’)?(?:\s*(?:can(?:no|'|’)t|can not|could(?:n(?:'|’)t| not)|am (?:not able|unable)|(?:'|’)?m (?:not able|unable)|won(?:'|’)t|will not|do(?:n(?:'|’)t| not) have (?:access|the ability|any tools?|tools?)))\b[^.\n]*\b(?:help|assist|comply|provide|complete|fulfil+|access|browse|search|answer|continue|find|determine|perform|do (?:that|this)|tools?|documents?|files?|internet|information)\b/i,
  /^as an? (?:ai|(?:large )?language model)\b/i,
  /^(?:(?:i(?:'|’)m|i am) sorry,? (?:but )?)?i (?:must|have to|need to) (?:\w+ )?decline\b/i,
  /^(?:this|that|your|the) request\b[^\n]*\b(?:policy|policies|guidelines)\b[^\n]*\bi(?:'|’)?(?:m|ll| am| can| could| will| wo)/i,
  /^(?:es tut mir leid|tut mir leid|entschuldigung|leider)\b(?=[^.\n]*\bich\b)[^.\n]*\b(?:nicht|keine?n?)\b/i,
  /^(?:(?:je suis |nous sommes )?désolée?s?[\s,.;:—-]*(?:mais )?)?je ne (?:peux|puis|suis|pourrai)\b[^.\n]*(?:aider|répondre|accéder|fournir|traiter|accès|satisfaire)/iu,
  /^(?:(?:lo siento|lo lamento|disculpe|perdón)[\s,.;:—-]*(?:mucho[\s,]*)?(?:pero )?)?no (?:puedo|tengo acceso)(?!\p{L})[^.\n]*(?:ayudar|responder|acceder|proporcionar|cumplir|realizar|acceso)/iu,
  /^(?:(?:mi dispiace|mi spiace)[\s,.;:—-]*(?:ma )?)?non (?:posso|sono in grado|ho accesso)(?!\p{L})[^.\n]*(?:aiutar|risponder|acceder|fornir|soddisfar|accesso)/iu,
  /^(?:(?:sinto muito|desculpe|lamento)[\s,.;:—-]*(?:mas )?)?não (?:posso|consigo|tenho acesso)(?!\p{L})[^.\n]*(?:ajudar|responder|acessar|fornecer|atender|acesso)/iu,
  /^(?:het spijt me|sorry|helaas)(?!\p{L})(?=[^.\n]*\bik\b)[^.\n]*\b(?:niet|geen)\b/iu,
  /^(?:(?:извините|простите|к сожалению|прошу прощения)[\s,.;:—-]*(?:но )?)?я не (?:могу|имею|смогу)(?!\p{L})[^.\n]*(?:помочь|ответить|выполнить|предоставить|доступ)/iu,
  /^(?:申し訳(?:ありません|ございません)|すみません|恐れ入りますが)[^\n]*(?:できません|できかねます|お応えできない|ありません。$)/u,
  /^(?:죄송하지만|죄송합니다)[^\n]*(?:없습니다|어렵습니다)/u,
  /^(?:(?:很?抱歉|对不起)[，,。\s]*(?:但是?)?)?我?(?:无法|不能|没有)[^\n]*(?:协助|帮|回答|提供|访问|完成|满足|执行|处理|权限)/,
];

/** What the reply is instead of a result; undefined: nothing speaks against it. */
export function unfinishedReply(text: string, facts: ReplyFacts): Signal | undefined {
  const { isText, hasTools, isResearch, unwritten } = facts;
  if (!isText) return undefined;
  const said = text.trim();
  const isShort = (most: number): boolean => said.length <= most && citationsIn(said).length === 0;
  if (isShort(LONGEST_DECLINE) && DECLINES.some((pattern) => pattern.test(said)))
    return { kind: "declined", evidence: `it declines: ${shown(said)}` };
  if (hasTools && isShort(LONGEST_ANNOUNCEMENT) && ANNOUNCEMENTS.some((pattern) => pattern.test(said)))
    return { kind: "announced", evidence: `it says what it is going to do, and does not do it: ${shown(said)}` };
  if (unwritten !== undefined)
    return { kind: "announced", evidence: `artifact ${unwritten} is to be the answer of the run, and is not written` };
  if (isResearch && !isCited(said))
    return { kind: "uncited", evidence: "it says what documents state, and cites none of them" };
  return undefined;
}

/** In the form of the rule, or near it: `[path:line]`, `(path:12-14)`. */
const CITED = /[^\s[\](){}"']:\d{1,9}(?:[-–]\d{1,9})?[\])]/;

function isCited(text: string): boolean {
  return CITED.test(text) || findCitations(text).some(({ isBare }) => !isBare);
}

function shown(text: string): string {
  return cutTo(oneLine(text), SHOWN, "…");
}
