/**
 * Whether a reply begins as models refuse, or as they ask back for what they have been given: somebody cannot do what was asked, or has
 * not the means. That somebody cannot come, or that a thing cannot be told, is a result. Pure.
 */

const SORRY = String.raw`(?:(?:i(?:'|’)m|i am|we(?:'|’)re)\s+(?:very |so |really |truly )?sorry|sorry|(?:my )?apologies|i apologi[sz]e|unfortunately|regrettably|i(?:'|’)m afraid)`;
const CANNOT = String.raw`(?:can(?:no|'|’)t|can not|could(?:n(?:'|’)t| not)|am (?:not able|unable) to|(?:'|’)?m (?:not able|unable) to|won(?:'|’)t|will not|won(?:'|’)t be able to)`;
/** What was asked. */
const REQUEST = String.raw`(?:help|assist)(?=\s+(?:you|with|on|here|in|by)\b|[.,;!]|$)|comply|fulfil+|(?:do|answer|continue|complete|perform|process|support|engage|discuss|respond|accommodate|proceed)\b[^.\n]{0,30}\b(?:that|this|it|your|the (?:request|task|subtask|question|instructions?|conversation))\b`;
/** What it takes. */
const MEANS = String.raw`(?:access|browse|open|read|view|see|search|retrieve|find|locate|determine|provide|give|share)\b[^.\n]{0,40}\b(?:documents?|files?|internet|web|information|data|answer|sources?|attachments?|images?|content|tools?)\b|(?:verify|confirm|check|load|download)\b[^.\n]{0,40}\b(?:files?|attachments?|external|internet|web|links?|urls?)\b`;
const LACKED = String.raw`(?:access|ability|abilities|capabilit|tools?|permission|(?:enough |sufficient )?(?:information|context|data|details))`;

const AS_AN_AI = String.raw`as an? (?:ai|artificial intelligence|large language|language)(?: (?:language )?(?:model|assistant|system))?,?`;
/** As others than English say it. */
const AS_MODEL = String.raw`(?:als (?:ki|künstliche intelligenz|ein(?:e)? (?:ki|sprachmodell|künstliche)|sprachmodell|ai|taalmodel|een taalmodel)|en tant (?:qu'ia|qu(?:e|') ?(?:une )?(?:ia|intelligence|modèle))|como (?:una? |um )?(?:ia|inteligencia|inteligência|modelo de (?:lenguaje|linguagem))|come (?:una? )?(?:ia|modello linguistico|intelligenza)|jako (?:model językowy|sztuczna)|как (?:языков|искусственн|ии)|作为(?:一个|一款|一名)?(?:ai|人工智能|语言模型|大?语言)|(?:ai|言語モデル)(?:として|なので)|(?:ai|저는 ai|언어 모델))`;

const DECLINES: readonly RegExp[] = [
  String.raw`(?:${SORRY}[\s,.;:—-]*(?:but\s+)?)?(?:${AS_AN_AI}\s*)?i(?:\s+|(?='|’))${CANNOT}\s+(?:\w+\s+){0,2}?(?:${REQUEST}|${MEANS})`,
  String.raw`(?:${SORRY}[\s,.;:—-]*(?:but\s+)?)?i\s+(?:(?:don(?:'|’)t|do not)\s+(?:currently |actually )?have|have no|lack)\s+(?:direct |any |the |real-time )?${LACKED}`,
  String.raw`${AS_AN_AI}\s+i(?:\s|'|’)[^.\n]{0,40}(?:not|n(?:'|’)t|no|cannot|never)\b`,
  String.raw`${AS_MODEL}[-\p{L}]*(?:[,，、]\s*|\s+)[^.\n]{0,80}(?:nicht|kein|n'ai|ne |no |não|non |niet|geen|nie |не |无法|不能|没有|ません|ない|없)`,
  String.raw`(?:${SORRY},? (?:but )?)?i (?:must|have to|need to) (?:\w+ )?decline\b(?!\s+(?:your|the|this|his|her|their) (?:\w+ )?(?:invitation|offer|proposal|position|application))`,
  String.raw`(?:this|that|your|the) request\b[^\n]*\b(?:policy|policies|guidelines)\b[^\n]*\bi(?:'|’)?(?:m|ll| am| can| could| will| wo)`,
  // German, Dutch
  String.raw`(?:(?:es )?tut mir (?:sehr )?leid|entschuldigung|leider|ich (?:kann|darf|bin|habe|verfüge)|(?:dabei|damit|das|diese\p{L}*)\s[^.\n]{0,40}kann ich)(?!\p{L})[^.\n]*(?:nicht|kein\p{L}*|außerstande)(?!\p{L})[^.\n]*(?:helfen|beantworten|zugreifen|zugriff|unterstützen|bereitstellen|erfüllen|nachkommen|bearbeiten|entsprechen)`,
  String.raw`(?:het spijt me|sorry|helaas|ik (?:kan|heb))(?!\p{L})[^.\n]*(?:niet|geen)(?!\p{L})[^.\n]*(?:helpen|beantwoorden|toegang|verstrekken|uitvoeren|voldoen)`,
  // French, Spanish, Italian, Portuguese
  String.raw`(?:(?:je suis |nous sommes )?désolée?s?[\s,.;:—-]*(?:mais )?)?je (?:ne (?:peux|puis|suis|pourrai|dispose)|n'ai)[^.\n]*(?:aider|répondre|accéder|fournir|traiter|accès|satisfaire)`,
  String.raw`(?:(?:lo siento|lo lamento|disculpe|perdón)[\s,.;:—-]*(?:mucho[\s,]*)?(?:pero )?)?no (?:tengo acceso|puedo(?!\p{L})[^.\n]*(?:ayudar|responder|acceder|proporcionar|cumplir))`,
  String.raw`(?:(?:mi dispiace|mi spiace)[\s,.;:—-]*(?:ma )?)?non (?:ho accesso|(?:posso|sono in grado)(?!\p{L})[^.\n]*(?:aiutar|risponder|acceder|fornir|soddisfar))`,
  String.raw`(?:(?:sinto muito|desculpe|lamento)[\s,.;:—-]*(?:mas )?)?não (?:tenho acesso|(?:posso|consigo)(?!\p{L})[^.\n]*(?:ajudar|responder|acessar|fornecer|atender))`,
  // Polish, Russian, Turkish, Arabic
  String.raw`(?:(?:przepraszam|przykro mi|niestety)[\s,.;:—-]*(?:ale )?)?nie (?:mam dostępu|(?:mogę|jestem w stanie)(?!\p{L})[^.\n]*(?:pomóc|odpowiedzieć|udzielić|wykonać|spełnić))`,
  String.raw`(?:(?:извините|простите|к сожалению|прошу прощения)[\s,.;:—-]*(?:но )?)?(?:я не (?:могу|имею|смогу)(?!\p{L})[^.\n]*(?:помочь|ответить|выполнить|предоставить|доступ)|у меня нет (?:доступа|возможности))`,
  String.raw`(?:üzgünüm|maalesef|özür dilerim|kusura bakma)[^\n]*(?:yardımcı olam|cevaplayam|yanıtlayam|cevap verem|yanıt verem|erişim\p{L}* yok|erişem|yerine getirem)`,
  String.raw`(?:عذر|آسف|أعتذر|معذرة|للأسف)[^\n]*(?:لا (?:أستطيع|يمكنني)|لست قادر|ليس لدي)[^\n]*(?:مساعد|الإجاب|الوصول|تقديم|تنفيذ|تلبية)`,
  // Japanese, Korean, Chinese
  String.raw`(?:申し訳|すみません|恐れ入りますが|残念ながら)[^\n]*(?:(?:手伝い|答え|回答|応え|対応|提供|アクセス|支援|実行|お力)[^\n]{0,12}(?:できません|できかねます|できない|かねます)|(?:権限|アクセス権?)[^\n]{0,6}(?:ありません|ございません))`,
  String.raw`(?:죄송하지만|죄송합니다)[^\n]*(?:도와|도움|답변|답해|제공|접근|수행|처리|응할)[^\n]*(?:없습니다|어렵습니다|못합니다)`,
  String.raw`(?:[很非]?常?(?:抱歉|对不起|遗憾)[^\n]{0,12}?|我)(?:目前|暂时)?(?:无法|不能|没有|没办法)[^\n]{0,30}(?:协助|帮|回答|提供|访问|完成|满足|执行|处理|权限)|无法(?:回答|协助|帮助|完成|处理|满足)[该这此您你]`,
  // Asked back.
  String.raw`(?:(?:sure|of course|certainly|i(?:'|’)d be happy to help|happy to help)[,.!]*\s+)*(?:but\s+)?(?:(?:could|can|would) you (?:please )?|please )(?:provide|share|upload|paste|send|specify|clarify)\b[^\n]*\b(?:you(?:'|’)d like me|you would like me|you want me|so (?:that )?i can|for me to)\b`,
  String.raw`请(?:您)?(?:提供|上传|发送)[^\n]*(?:以便我|我(?:才能|将|会|可以))`,
].map((words) => new RegExp(`^(?:${words})`, "iu"));

export function isDecline(text: string): boolean {
  return DECLINES.some((pattern) => pattern.test(text));
}
