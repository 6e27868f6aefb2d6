/**
 * What code says in an answer, by language. What stands in braces is filled in; counts are worded so that one and many read the same,
 * but where a language has no such way. English is what programs and people know the outcomes by: it has their own names.
 */
import type { Language } from "./language.ts";

export interface Phrases {
  /** `done`, `total`. */
  covered: string;
  /** Behind their count, in the order of `OUTCOMES`, without `done`, between `|`. Undefined: their own names. */
  outcomes?: string;
  missing: string;
  infra: string;
  /** `count`. */
  more: string;
  /** `verified`, `total`. */
  citations: string;
  /** `unsupported`; behind the one before and the one after. */
  unsupported: string;
  /** `name`, `verified`, `total`. */
  artifactCitations: string;
  noCitations: string;
  artifacts: string;
  /** `added`, `total`. */
  added: string;
  /** `held`, `total`. */
  checks: string;
  /** `count`. */
  denied: string;
  /** Where the count is one. */
  deniedOne?: string;
  unapproved: string;
  notVerified: string;
  notThere: string;
}

export const PHRASES: Readonly<Record<Language, Phrases>> = {
  en: {
    covered: "Coverage: {done} of {total} done",
    missing: "What is missing:",
    infra: "Infrastructure failures say nothing about the question: those parts were not examined.",
    more: "and {count} more",
    citations: "Citations: {verified} of {total} verified",
    unsupported: ", {unsupported} without a figure or name that is claimed",
    artifactCitations: "{name}: {verified} of {total} citations verified",
    noCitations: "0 citations: nothing in this answer was held against the documents",
    artifacts: "Artifacts, in the run's folder:",
    added: "{added} of {total} items were not in the written answer, and follow as the agents gave them",
    checks: "Checks: {held} of {total} hold",
    denied: "{count} questions to a human were denied, since nobody was there to answer",
    deniedOne: "1 question to a human was denied, since nobody was there to answer",
    unapproved: "This answer is not approved: nobody was there to answer",
    notVerified: "not verified",
    notThere: "not in the cited place",
  },
  de: {
    covered: "Abdeckung: {done} von {total} erledigt",
    outcomes:
      "nicht gefunden | gescheitert | ungültig | stehen geblieben | durch die Infrastruktur verhindert | am Budget geendet | übersprungen | abgelehnt | abgebrochen",
    missing: "Was fehlt:",
    infra: "Ausfälle der Infrastruktur sagen nichts über die Frage: Diese Teile wurden nicht untersucht.",
    more: "und {count} weitere",
    citations: "Belege: {verified} von {total} geprüft",
    unsupported: ", bei {unsupported} steht das Behauptete nicht dort",
    artifactCitations: "{name}: {verified} von {total} Belegen geprüft",
    noCitations: "0 Belege: Nichts in dieser Antwort wurde an den Dokumenten geprüft",
    artifacts: "Artefakte, im Ordner des Laufs:",
    added: "{added} von {total} Einträgen fehlten in der geschriebenen Antwort und folgen, wie die Agenten sie gaben",
    checks: "Prüfungen: {held} von {total} halten",
    denied: "{count} Fragen an Menschen wurden verneint, da niemand da war",
    deniedOne: "1 Frage an einen Menschen wurde verneint, da niemand da war",
    unapproved: "Diese Antwort ist nicht freigegeben: Es war niemand da",
    notVerified: "nicht belegt",
    notThere: "steht dort nicht",
  },
  fr: {
    covered: "Couverture : {done} sur {total} terminées",
    outcomes:
      "introuvables | en échec | invalides | bloquées | empêchées par l'infrastructure | arrêtées par le budget | ignorées | refusées | annulées",
    missing: "Ce qui manque :",
    infra: "Les pannes d'infrastructure ne disent rien de la question : ces parties n'ont pas été examinées.",
    more: "et {count} de plus",
    citations: "Citations : {verified} sur {total} vérifiées",
    unsupported: ", {unsupported} sans ce qu'elles doivent étayer",
    artifactCitations: "{name} : {verified} citations sur {total} vérifiées",
    noCitations: "0 citation : rien dans cette réponse n'a été vérifié dans les documents",
    artifacts: "Artefacts, dans le dossier de l'exécution :",
    added:
      "{added} éléments sur {total} manquaient dans la réponse rédigée et suivent, tels que les agents les ont donnés",
    checks: "Contrôles : {held} sur {total} tiennent",
    denied: "{count} questions à une personne ont été refusées, faute de réponse",
    deniedOne: "1 question à une personne a été refusée, faute de réponse",
    unapproved: "Cette réponse n'est pas approuvée : personne n'était là pour répondre",
    notVerified: "non vérifié",
    notThere: "absent du passage cité",
  },
  es: {
    covered: "Cobertura: {done} de {total} hechas",
    outcomes:
      "no encontradas | fallidas | no válidas | estancadas | impedidas por la infraestructura | detenidas por el presupuesto | omitidas | rechazadas | canceladas",
    missing: "Lo que falta:",
    infra: "Los fallos de infraestructura no dicen nada sobre la pregunta: esas partes no se examinaron.",
    more: "y {count} más",
    citations: "Citas: {verified} de {total} verificadas",
    unsupported: ", {unsupported} sin lo que deben respaldar",
    artifactCitations: "{name}: {verified} de {total} citas verificadas",
    noCitations: "0 citas: nada de esta respuesta se contrastó con los documentos",
    artifacts: "Artefactos, en la carpeta de la ejecución:",
    added: "{added} de {total} elementos faltaban en la respuesta escrita y siguen tal como los dieron los agentes",
    checks: "Comprobaciones: {held} de {total} se cumplen",
    denied: "{count} preguntas a una persona fueron denegadas, pues no había nadie para responder",
    deniedOne: "1 pregunta a una persona fue denegada, pues no había nadie para responder",
    unapproved: "Esta respuesta no está aprobada: no había nadie para responder",
    notVerified: "sin verificar",
    notThere: "no está en el lugar citado",
  },
  it: {
    covered: "Copertura: {done} di {total} completate",
    outcomes:
      "non trovate | fallite | non valide | bloccate | impedite dall'infrastruttura | fermate dal budget | saltate | respinte | annullate",
    missing: "Che cosa manca:",
    infra: "I guasti dell'infrastruttura non dicono nulla sulla domanda: quelle parti non sono state esaminate.",
    more: "e altri {count}",
    citations: "Citazioni: {verified} di {total} verificate",
    unsupported: ", {unsupported} senza ciò che devono sostenere",
    artifactCitations: "{name}: {verified} di {total} citazioni verificate",
    noCitations: "0 citazioni: nulla in questa risposta è stato confrontato con i documenti",
    artifacts: "Artefatti, nella cartella dell'esecuzione:",
    added: "{added} elementi su {total} mancavano nella risposta scritta e seguono come gli agenti li hanno dati",
    checks: "Controlli: {held} di {total} rispettati",
    denied: "{count} domande a una persona sono state negate: nessuno poteva rispondere",
    deniedOne: "1 domanda a una persona è stata negata: nessuno poteva rispondere",
    unapproved: "Questa risposta non è approvata: nessuno poteva rispondere",
    notVerified: "non verificato",
    notThere: "non è nel punto citato",
  },
  pt: {
    covered: "Cobertura: {done} de {total} concluídas",
    outcomes:
      "não encontradas | falhadas | inválidas | paradas | impedidas pela infraestrutura | detidas pelo orçamento | omitidas | rejeitadas | canceladas",
    missing: "O que falta:",
    infra: "Falhas de infraestrutura nada dizem sobre a pergunta: essas partes não foram examinadas.",
    more: "e mais {count}",
    citations: "Citações: {verified} de {total} verificadas",
    unsupported: ", {unsupported} sem o que devem sustentar",
    artifactCitations: "{name}: {verified} de {total} citações verificadas",
    noCitations: "0 citações: nada nesta resposta foi confrontado com os documentos",
    artifacts: "Artefatos, na pasta da execução:",
    added: "{added} de {total} itens faltavam na resposta escrita e seguem como os agentes os deram",
    checks: "Verificações: {held} de {total} cumpridas",
    denied: "{count} perguntas a uma pessoa foram negadas, pois ninguém estava lá para responder",
    deniedOne: "1 pergunta a uma pessoa foi negada, pois ninguém estava lá para responder",
    unapproved: "Esta resposta não está aprovada: ninguém estava lá para responder",
    notVerified: "não verificado",
    notThere: "não está no lugar citado",
  },
  nl: {
    covered: "Dekking: {done} van {total} klaar",
    outcomes:
      "niet gevonden | mislukt | ongeldig | vastgelopen | verhinderd door de infrastructuur | gestopt door het budget | overgeslagen | afgewezen | geannuleerd",
    missing: "Wat ontbreekt:",
    infra: "Storingen van de infrastructuur zeggen niets over de vraag: die delen zijn niet onderzocht.",
    more: "en nog {count}",
    citations: "Verwijzingen: {verified} van {total} geverifieerd",
    unsupported: ", {unsupported} zonder wat ze moeten staven",
    artifactCitations: "{name}: {verified} van {total} verwijzingen geverifieerd",
    noCitations: "0 verwijzingen: niets in dit antwoord is met de documenten vergeleken",
    artifacts: "Artefacten, in de map van de run:",
    added: "{added} van {total} onderdelen ontbraken in het geschreven antwoord en volgen zoals de agenten ze gaven",
    checks: "Controles: {held} van {total} houden stand",
    denied: "{count} vragen aan een mens zijn afgewezen, want er was niemand om te antwoorden",
    deniedOne: "1 vraag aan een mens is afgewezen, want er was niemand om te antwoorden",
    unapproved: "Dit antwoord is niet goedgekeurd: er was niemand om te antwoorden",
    notVerified: "niet geverifieerd",
    notThere: "staat daar niet",
  },
  pl: {
    covered: "Zakres: ukończono {done} z {total}",
    outcomes:
      "bez odpowiedzi w materiale | nieudane | niepoprawne | utknęło | nie doszło do skutku przez infrastrukturę | zatrzymał budżet | pominięto | odrzucono | anulowano",
    missing: "Czego brakuje:",
    infra: "Awarie infrastruktury nic nie mówią o pytaniu: tych części nie zbadano.",
    more: "i jeszcze {count}",
    citations: "Przypisy: sprawdzono {verified} z {total}",
    unsupported: ", w {unsupported} nie ma tego, co mają potwierdzać",
    artifactCitations: "{name}: sprawdzono przypisy: {verified} z {total}",
    noCitations: "0 przypisów: niczego w tej odpowiedzi nie porównano z dokumentami",
    artifacts: "Artefakty, w folderze przebiegu:",
    added: "W napisanej odpowiedzi brakowało pozycji: {added} z {total}; następują tak, jak podali je agenci",
    checks: "Kontrole: spełniono {held} z {total}",
    denied: "Pytania do człowieka, na które nie było komu odpowiedzieć i które odrzucono: {count}",
    unapproved: "Ta odpowiedź nie jest zatwierdzona: nie było komu odpowiedzieć",
    notVerified: "niesprawdzone",
    notThere: "nie ma tego we wskazanym miejscu",
  },
  tr: {
    covered: "Kapsam: {total} alt görevden {done} tamamlandı",
    outcomes:
      "bulunamadı | başarısız | geçersiz | takıldı | altyapı nedeniyle yapılamadı | bütçede durdu | atlandı | reddedildi | iptal edildi",
    missing: "Eksik olanlar:",
    infra: "Altyapı arızaları soru hakkında bir şey söylemez: bu kısımlar incelenmedi.",
    more: "ve {count} tane daha",
    citations: "Alıntılar: {total} alıntıdan {verified} doğrulandı",
    unsupported: ", {unsupported} tanesinde iddia edilen yer almıyor",
    artifactCitations: "{name}: {total} alıntıdan {verified} doğrulandı",
    noCitations: "0 alıntı: bu yanıttaki hiçbir şey belgelerle karşılaştırılmadı",
    artifacts: "Ürünler, çalıştırmanın klasöründe:",
    added: "{total} öğeden {added} yazılan yanıtta yoktu; ajanların verdiği biçimiyle aşağıdadır",
    checks: "Denetimler: {total} denetimden {held} sağlandı",
    denied: "İnsana sorulan {count} soru, yanıtlayacak kimse olmadığı için reddedildi",
    unapproved: "Bu yanıt onaylanmadı: yanıtlayacak kimse yoktu",
    notVerified: "doğrulanmadı",
    notThere: "gösterilen yerde yok",
  },
  ru: {
    covered: "Охват: выполнено {done} из {total}",
    outcomes:
      "не найдено | не удалось | недействительно | застряло | не состоялось из-за инфраструктуры | остановлено бюджетом | пропущено | отклонено | отменено",
    missing: "Чего не хватает:",
    infra: "Сбои инфраструктуры ничего не говорят о самом вопросе: эти части не исследованы.",
    more: "и ещё {count}",
    citations: "Ссылки: проверено {verified} из {total}",
    unsupported: ", в {unsupported} нет того, что утверждается",
    artifactCitations: "{name}: проверено ссылок: {verified} из {total}",
    noCitations: "0 ссылок: ничто в этом ответе не сверено с документами",
    artifacts: "Артефакты, в папке запуска:",
    added: "В написанном ответе не хватало пунктов: {added} из {total}; они следуют так, как их дали агенты",
    checks: "Проверки: выполняется {held} из {total}",
    denied: "Вопросов к человеку отклонено, так как ответить было некому: {count}",
    unapproved: "Этот ответ не утверждён: ответить было некому",
    notVerified: "не проверено",
    notThere: "нет в указанном месте",
  },
  ar: {
    covered: "التغطية: أُنجز {done} من {total}",
    outcomes: "لم يُعثر عليه | فشل | غير صالح | توقّف | تعذّر بسبب البنية التحتية | أوقفته الميزانية | تُخُطّي | رُفض | أُلغي",
    missing: "ما ينقص:",
    infra: "أعطال البنية التحتية لا تقول شيئًا عن السؤال: هذه الأجزاء لم تُفحص.",
    more: "و{count} غيرها",
    citations: "الاستشهادات: تم التحقق من {verified} من {total}",
    unsupported: "، و{unsupported} لا يرد فيها ما يُدّعى",
    artifactCitations: "{name}: تم التحقق من {verified} من {total} من الاستشهادات",
    noCitations: "0 استشهادات: لم يُقارن شيء في هذه الإجابة بالوثائق",
    artifacts: "المخرجات، في مجلد التشغيل:",
    added: "لم ترد في الإجابة المكتوبة {added} من {total} من العناصر، وهي تلي كما قدّمها الوكلاء",
    checks: "الفحوص: تحقق {held} من {total}",
    denied: "أسئلة إلى إنسان رُفضت لعدم وجود من يجيب: {count}",
    unapproved: "هذه الإجابة غير معتمدة: لم يكن هناك من يجيب",
    notVerified: "غير متحقق منه",
    notThere: "ليس في الموضع المذكور",
  },
  zh: {
    covered: "覆盖：{total} 项中完成 {done} 项",
    outcomes:
      "项未找到 | 项失败 | 项无效 | 项停滞 | 项因基础设施故障未完成 | 项因预算中止 | 项跳过 | 项被拒绝 | 项被取消",
    missing: "缺少的内容：",
    infra: "基础设施故障不说明问题本身：这些部分未经检查。",
    more: "以及另外 {count} 项",
    citations: "引用：{total} 处中 {verified} 处已核实",
    unsupported: "，{unsupported} 处原文不含所述内容",
    artifactCitations: "{name}：{total} 处引用中 {verified} 处已核实",
    noCitations: "0 处引用：本回答未与文档核对",
    artifacts: "产物（在运行文件夹中）：",
    added: "{total} 项中有 {added} 项不在所写的回答中，现按代理给出的原样附上",
    checks: "检查：{total} 项中 {held} 项成立",
    denied: "{count} 个向人提出的问题被拒绝，因为无人应答",
    unapproved: "此回答未经批准：无人应答",
    notVerified: "未核实",
    notThere: "所引之处没有",
  },
  ja: {
    covered: "達成状況：{total} 件中 {done} 件完了",
    outcomes:
      "件該当なし | 件失敗 | 件無効 | 件停滞 | 件基盤の障害により未実施 | 件予算により中断 | 件省略 | 件却下 | 件取り消し",
    missing: "不足しているもの：",
    infra: "基盤の障害は質問について何も示しません。その部分は調べられていません。",
    more: "ほか {count} 件",
    citations: "引用：{total} 件中 {verified} 件確認済み",
    unsupported: "、{unsupported} 件は引用箇所に主張の内容がありません",
    artifactCitations: "{name}：引用 {total} 件中 {verified} 件確認済み",
    noCitations: "引用 0 件：この回答は文書と照合されていません",
    artifacts: "成果物（実行フォルダー内）：",
    added: "{total} 件中 {added} 件は書かれた回答になく、エージェントが示したまま以下に続きます",
    checks: "検査：{total} 件中 {held} 件成立",
    denied: "人への質問 {count} 件は、答える人がいないため却下されました",
    unapproved: "この回答は承認されていません：答える人がいませんでした",
    notVerified: "未確認",
    notThere: "引用箇所にありません",
  },
  ko: {
    covered: "달성도: {total}건 중 {done}건 완료",
    outcomes:
      "건 찾지 못함 | 건 실패 | 건 무효 | 건 정체 | 건 기반 시설 장애로 미완료 | 건 예산으로 중단 | 건 건너뜀 | 건 거부됨 | 건 취소됨",
    missing: "빠진 내용:",
    infra: "기반 시설 장애는 질문에 대해 아무것도 말해 주지 않습니다. 그 부분은 조사되지 않았습니다.",
    more: "그 밖에 {count}건",
    citations: "인용: {total}건 중 {verified}건 확인됨",
    unsupported: ", {unsupported}건은 인용한 곳에 주장한 내용이 없음",
    artifactCitations: "{name}: 인용 {total}건 중 {verified}건 확인됨",
    noCitations: "인용 0건: 이 답변은 문서와 대조되지 않았습니다",
    artifacts: "산출물(실행 폴더):",
    added: "{total}건 중 {added}건은 작성된 답변에 없어 에이전트가 준 그대로 덧붙입니다",
    checks: "검사: {total}건 중 {held}건 성립",
    denied: "사람에게 한 질문 {count}건은 답할 사람이 없어 거부되었습니다",
    unapproved: "이 답변은 승인되지 않았습니다: 답할 사람이 없었습니다",
    notVerified: "확인되지 않음",
    notThere: "인용한 곳에 없음",
  },
};
