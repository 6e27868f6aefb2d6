/**
 * Whether a reply ends on what its writer is about to do. A sentence is looked at by itself, so that a result which begins with "Let me
 * explain", or tells of such a promise on its way, is none. Pure.
 *
 * 1. Behind what is announced may only stand what comes after it: "then I'll write the report", "one moment".
 * 2. Letters promise things, and so do items of a list, unless the list is what is announced.
 * 3. An offer ("if you like, I will …") stands at the end of results.
 */

const FILLER =
  "first|firstly|now|then|next|also|quickly|carefully|just|briefly|actually|a|an|go|ahead|and|try|to|proceed|continue|again|some|more|closer|quick|help|you|by|please|do|run|perform|make|take|have|start|begin|with|both|another|different|new";
/** What agents do with tools; `see` and `use` alone are done in results too. */
const DEED =
  "search|look|read|check|find|fetch|open|examine|explore|consult|review|gather|inspect|verify|investigate|retrieve|locate|scan|browse|analy[sz]e|compare|compute|calculate|compile|draft|write(?! to\\b)|prepare|summari[sz]e|collect|identify|determine|query|list|get (?:the|more|all|some)|search(?:ing)|read(?:ing)|look(?:ing)|check(?:ing)|review(?:ing)|gather(?:ing)|examin(?:ing)|see (?:if|whether|what|which|where|how)|(?:use|call) [^\\n]*\\b(?:tools?|search|functions?|\\w+_\\w+)\\b";
const DOING =
  "(?:search|look|read|check|fetch|open|examin|explor|consult|review|gather|inspect|verify|investigat|retriev|scann|brows|analy[sz])ing";
const I_WILL =
  "(?:let me(?! know)|let(?:'|’)?s|let us|i(?:'|’)?ll|i will|i(?:'|’)m (?:now )?(?:going|about) to|i am (?:now )?(?:going|about) to|i need to|i should)";

/** What is announced, by language; it begins a sentence, or stands behind a comma in one. */
const ANNOUNCED: readonly RegExp[] = [
  `(?:(?:so|and|then|now|next|first|okay|ok|sure)[ ]+)*${I_WILL}(?:[ ]+(?:${FILLER})\\b){0,5}[ ]+(?:${DEED})(?!\\p{L})`,
  `(?:i(?:'|’)m|i am)[ ]+(?:(?:now|currently)[ ]+)?${DOING}\\b`,
  `(?:i(?:'|’)?ll|i will)[ ]+(?:\\w+[ ]+)?(?:get back to you|report back|be right back|return with)\\b`,
  // German
  String.raw`(?:(?:zuerst|zunächst|nun|jetzt|dann|als erstes)[ ]+)?(?:(?:werde|muss) ich|ich (?:werde|muss)|lass(?:en sie)? mich)(?:[ ]+[^ \n]+){0,12}?[ ]+(?:durch|nach|über|unter|an|auf)?(?:suchen|lesen|schauen|sehen|prüfen|schlagen|recherchieren|ermitteln|öffnen)(?!\p{L})`,
  String.raw`(?:zuerst|zunächst|nun|jetzt|als erstes)[ ]+(?:durch)?(?:suche|lese|schaue|sehe|prüfe|öffne|recherchiere)[ ]+ich(?!\p{L})`,
  String.raw`ich[ ]+(?:(?:durch)?suche|lese|schaue|prüfe|öffne|recherchiere)[ ]+(?:mir[ ]+)?(?:jetzt|nun|zuerst|zunächst|erst|nach)(?!\p{L})`,
  // French, Spanish, Italian, Portuguese
  String.raw`(?:d'abord |maintenant )?(?:je vais|laissez-moi|permettez-moi de|commençons par)[ ]+(?:(?:d'abord|maintenant|tout de suite|commencer par)[ ]+)*(?:re)?(?:chercher|lire|consulter|vérifier|examiner|parcourir|ouvrir|analyser)(?!\p{L})`,
  String.raw`(?:primero |ahora )?(?:(?:voy a|déjame|permíteme|vamos a)[ ]+(?:(?:primero|ahora|empezar por)[ ]+)*(?:buscar|leer|revisar|consultar|examinar|verificar|comprobar|abrir)|(?:busca|lee|revisa|consulta|verifica|comproba|examina)ré)(?!\p{L})`,
  String.raw`(?:prima |ora |adesso )?(?:(?:lasciami|fammi|vado a|inizio a)[ ]+(?:cercare|leggere|consultare|verificare|controllare|esaminare)|(?:cerche|legge|controlle|verifiche|esamine|consulte)rò)(?!\p{L})`,
  String.raw`(?:primeiro,? |agora,? )?(?:(?:vou|irei|deixe-me|deixa-me)[ ]+(?:primeiro[ ]+)?(?:procurar|pesquisar|buscar|ler|consultar|verificar|examinar)|(?:procura|pesquisa|busca|consulta|verifica)rei)(?!\p{L})`,
  // Dutch, Polish, Russian, Turkish, Arabic
  String.raw`(?:eerst |nu )?(?:ik (?:zal|ga)|(?:zal|ga) ik|laat (?:mij|me))(?:[ ]+[^ \n]+){0,12}?[ ]+(?:door|op|na|onder)?(?:zoeken|lezen|bekijken|kijken|controleren|raadplegen)(?!\p{L})`,
  String.raw`(?:najpierw |teraz |zaraz )?(?:przeszukam|poszukam|wyszukam|sprawdzę|przeczytam|zajrzę)(?!\p{L})`,
  String.raw`(?:сейчас|сначала|теперь|давайте|позвольте|я)(?:[ ]+[^ \n]+){0,6}?[ ]+(?:поищу|найду|посмотрю|проверю|прочитаю|изучу|поиска(?:ем|ть)|посмотр(?:им|еть)|провер(?:им|ить)|прочита(?:ем|ть))(?!\p{L})`,
  String.raw`[^\n]*(?:(?:araştır|inceley|oku|bak|kontrol ed)[ae]?(?:y?[ae]cağım|y?[ae]ceğim)|ar[aı](?:yacağım|yorum))(?!\p{L})`,
  String.raw`(?:دعني|سوف|سأقوم|سأبدأ)[^\n]{0,24}(?:بحث|قراء|أقرأ|تحقق|مراجع|أراجع)|سأ(?:بحث|قرأ|تحقق|راجع|طلع)`,
  // Chinese, Japanese, Korean
  String.raw`(?:首先|接下来|现在|那么|下面)?(?:请?让我|我将|我会|我先|我来|我需要|我要|我们先)(?:先|来|会|将|要|再|首先|开始|为您|为你|帮您|帮你|去|对|从|在[^，。\n]{0,12}中)*(?:搜索|查找|查看|阅读|检查|查询|查一下|搜一下|检索|浏览)`,
  String.raw`(?:まず|これから|それでは|では|今から|最初に)[^\n。]{0,60}(?:検索|調べ|探|(?:ドキュメント|文書|資料|ファイル|情報|データ|記録)[^\n。]{0,20}(?:確認|調査|読))[^\n。]{0,8}(?:ます|ましょう)`,
  String.raw`(?:[^\n,]{1,30}[ ])?(?:먼저|우선|이제|지금)[^\n]{0,60}(?:검색|확인|조사|읽어|찾아)[^\n]{0,12}(?:겠습니다|게요)`,
].map((words) => new RegExp(`^(?:[^\\n,，、،]{0,100}[,，、،][ ]*){0,2}(?:${words})`, "iu"));
/** `Searching the documents…` */
const UNDER_WAY = new RegExp(`^${DOING}\\b[^\\n]*(?:…|\\.\\.\\.)$`, "i");
/** What may follow on it. */
const AFTERWARDS =
  /^(?:(?:and )?then|next|after(?:wards| that)|finally|once|please (?:wait|hold)|one moment|just a moment|stand by|hold on|give me a|i(?:'|’)?ll|i will|dann|danach|anschließend|einen moment|ensuite|puis|un instant|luego|después|un momento|poi|dopo|um momento|depois|daarna|dan|een ogenblik|potem|następnie|chwil|затем|потом|после|минут|sonra|lütfen bekle|ثم|بعد ذلك|然后|之后|请稍|稍等|その後|少々お待ち|그런 다음|그 후|잠시)/iu;
const OFFER =
  /^(?:if|should|would|when(?:ever)?|in case|let me know)\b|^(?:falls|wenn|si|se|als|jeśli|если|isterseniz|إذا|如果|もし|만약)[ 您你您]/iu;
/** A salutation with a name; a subject may stand above it. */
const LETTER =
  /^(?:[*_#> ]*(?:subject|betreff|objet|asunto|oggetto|assunto|onderwerp|temat|тема)[^\n]*\n+)?(?:dear|hi|hello|hey|good (?:morning|afternoon|evening)|sehr geehrte|lieb|hallo|guten (?:tag|morgen)|ch(?:er|ère)|bonjour|estimad|querid|hola|gentil|car[oa]|buongiorno|prezad|olá|geacht|beste|szanown|drog|уважаем|дорог|sayın|عزيز|السيد|尊敬的|亲爱的)\p{L}{0,5}(?:[ ]+(?!there)[\p{L}.'’-]+){0,5}(?<!^(?:hi|hello|hey|hallo|bonjour|hola|buongiorno|olá))[ ]*(?:[,:!，：！]|\n)/iu;
const ITEM = /^[ \t]*(?:[-*+•]|\d{1,2}[.)])[ \t]+/;
/** A list that tells what its writer will do. */
const MY_STEPS = new RegExp(
  `(?:${I_WILL}|here(?:'|’)?s my|here is my|my)[^\\n]*(?:plan|approach|steps?|following|this|need to do|will do|is how)[^\\n]*:\\W*$|^(?:my )?(?:plan|approach|next steps)\\W*$`,
  "i",
);
const STEP = new RegExp(`^[*_\`]*(?:${I_WILL}[ ]+)?(?:${FILLER}[ ]+)?(?:${DEED})\\b`, "i");

export function isAnnouncement(text: string): boolean {
  if (LETTER.test(text)) return false;
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const steps = lines.length - 1 - lines.findLastIndex((line) => !ITEM.test(line));
  if (steps > 0) {
    const intro = lines.at(-1 - steps) ?? "";
    return MY_STEPS.test(intro) && STEP.test((lines.at(-steps) ?? "").replace(ITEM, ""));
  }
  const sentences = sentencesOf((lines.at(-1) ?? "").replace(/^#+ |[*]/g, ""));
  const last = sentences.findLastIndex((sentence) => !AFTERWARDS.test(sentence) || isAnnounced(sentence));
  return isAnnounced(sentences[last] ?? "");
}

function isAnnounced(sentence: string): boolean {
  return !OFFER.test(sentence) && (UNDER_WAY.test(sentence) || ANNOUNCED.some((pattern) => pattern.test(sentence)));
}

function sentencesOf(line: string): string[] {
  return line.split(/(?<=[.!?…:])\s+|(?<=[。！？：])\s*/u).filter((sentence) => sentence !== "");
}
