/**
 * The words that code puts into an answer, in the answer's language. English is what programs and people know them by: it stays as it
 * is. Pure.
 */
import {
  coverageKey,
  coverageSentence,
  OUTCOMES,
  plainWords,
  type Coverage,
  type Outcome,
} from "../../../state/outcome.ts";
import type { Language } from "./language.ts";

export interface AnswerWords {
  /** A sentence. */
  coverage(coverage: Coverage): string;
  /** How one subtask ended, or that it did not run. */
  outcome(name: string): string;
  missing: string;
  /** That infrastructure failures say nothing about the question. */
  infra: string;
  more(count: number): string;
  /** `marked`: those that are broken, and those whose claim does not stand there. */
  citations(counts: { total: number; verified: number; unsupported: number }): string;
  artifactCitations(counts: { name: string; total: number; broken: number; unsupported: number }): string;
  noCitations: string;
  artifacts: string;
  /** Of items that the written answer lacked. */
  added(counts: { added: number; total: number }): string;
  checks(counts: { held: number; total: number }): string;
  denied(count: number): string;
  unapproved: string;
  /** Behind a citation. */
  notVerified: string;
  notThere: string;
}

/** What differs between languages of one build. */
interface Phrases extends Omit<AnswerWords, "coverage" | "outcome"> {
  /** `{done}` and `{total}` are filled in. */
  covered: string;
  outcomes: Readonly<Record<Exclude<Outcome, "done">, string>>;
}

function wordsOf({ covered, outcomes, ...rest }: Phrases): AnswerWords {
  return {
    ...rest,
    // In Chinese a count needs a word that one of them does not.
    outcome: (name) =>
      Object.hasOwn(outcomes, name) ? outcomes[name as keyof typeof outcomes].replace(/^项/, "") : plainWords(name),
    coverage(coverage) {
      const named = OUTCOMES.flatMap((name) => {
        const count = coverage[coverageKey(name)];
        return name === "done" || count === 0 ? [] : [`${count} ${outcomes[name]}`];
      });
      const done = covered.replace("{done}", String(coverage.done)).replace("{total}", String(coverage.total));
      return [done, ...named].join(", ");
    },
  };
}

const ENGLISH: AnswerWords = {
  coverage: (coverage) => `Coverage: ${coverageSentence(coverage)}`,
  outcome: plainWords,
  missing: "What is missing:",
  infra: "Infrastructure failures say nothing about the question: those parts were not examined.",
  more: (count) => `and ${count} more`,
  citations: ({ total, verified, unsupported }) =>
    `Citations: ${verified} of ${total} verified${unsupported === 0 ? "" : `, ${unsupported} without a figure or name that is claimed`}`,
  artifactCitations: ({ name, total, broken, unsupported }) =>
    `${name}: ${total - broken} of ${total} citations verified${unsupported === 0 ? "" : `, ${unsupported} without a figure or name that is claimed`}`,
  noCitations: "0 citations: nothing in this answer was held against the documents",
  artifacts: "Artifacts, in the run's folder:",
  added: ({ added, total }) =>
    `${added} of ${total} items were not in the written answer, and follow as the agents gave them`,
  checks: ({ held, total }) => `Checks: ${held} of ${total} hold`,
  denied: (count) =>
    count === 1
      ? "1 question to a human was denied, since nobody was there to answer"
      : `${count} questions to a human were denied, since nobody was there to answer`,
  unapproved: "This answer is not approved: nobody was there to answer",
  notVerified: "not verified",
  notThere: "not in the cited place",
};

const WORDS: Readonly<Record<Language, AnswerWords>> = {
  en: ENGLISH,
  de: wordsOf({
    covered: "Abdeckung: {done} von {total} erledigt",
    outcomes: {
      ...{ "not-found": "nicht gefunden", failed: "gescheitert", invalid: "ungültig", stalled: "stehen geblieben" },
      ...{ infra: "durch die Infrastruktur verhindert", budget: "am Budget geendet", skipped: "übersprungen" },
      ...{ rejected: "abgelehnt", cancelled: "abgebrochen" },
    },
    missing: "Was fehlt:",
    infra: "Ausfälle der Infrastruktur sagen nichts über die Frage: Diese Teile wurden nicht untersucht.",
    more: (count) => `und ${count} weitere`,
    citations: ({ total, verified, unsupported }) =>
      `Belege: ${verified} von ${total} geprüft${unsupported === 0 ? "" : `, bei ${unsupported} steht das Behauptete nicht dort`}`,
    artifactCitations: ({ name, total, broken, unsupported }) =>
      `${name}: ${total - broken} von ${total} Belegen geprüft${unsupported === 0 ? "" : `, bei ${unsupported} steht das Behauptete nicht dort`}`,
    noCitations: "0 Belege: Nichts in dieser Antwort wurde an den Dokumenten geprüft",
    artifacts: "Artefakte, im Ordner des Laufs:",
    added: ({ added, total }) =>
      `${added} von ${total} Einträgen fehlten in der geschriebenen Antwort und folgen, wie die Agenten sie gaben`,
    checks: ({ held, total }) => `Prüfungen: ${held} von ${total} halten`,
    denied: (count) =>
      `${count} ${count === 1 ? "Frage an einen Menschen wurde" : "Fragen an Menschen wurden"} verneint, da niemand da war`,
    unapproved: "Diese Antwort ist nicht freigegeben: Es war niemand da",
    notVerified: "nicht belegt",
    notThere: "steht dort nicht",
  }),
  fr: wordsOf({
    covered: "Couverture : {done} sur {total} terminées",
    outcomes: {
      ...{ "not-found": "introuvables", failed: "en échec", invalid: "invalides", stalled: "bloquées" },
      ...{ infra: "empêchées par l'infrastructure", budget: "arrêtées par le budget", skipped: "ignorées" },
      ...{ rejected: "refusées", cancelled: "annulées" },
    },
    missing: "Ce qui manque :",
    infra: "Les pannes d'infrastructure ne disent rien de la question : ces parties n'ont pas été examinées.",
    more: (count) => `et ${count} de plus`,
    citations: ({ total, verified, unsupported }) =>
      `Citations : ${verified} sur ${total} vérifiées${unsupported === 0 ? "" : `, ${unsupported} sans ce qu'elles doivent étayer`}`,
    artifactCitations: ({ name, total, broken, unsupported }) =>
      `${name} : ${total - broken} citations sur ${total} vérifiées${unsupported === 0 ? "" : `, ${unsupported} sans ce qu'elles doivent étayer`}`,
    noCitations: "0 citation : rien dans cette réponse n'a été vérifié dans les documents",
    artifacts: "Artefacts, dans le dossier de l'exécution :",
    added: ({ added, total }) =>
      `${added} éléments sur ${total} manquaient dans la réponse rédigée et suivent, tels que les agents les ont donnés`,
    checks: ({ held, total }) => `Contrôles : ${held} sur ${total} tiennent`,
    denied: (count) =>
      `${count} ${count === 1 ? "question à une personne a été refusée" : "questions à une personne ont été refusées"}, faute de réponse`,
    unapproved: "Cette réponse n'est pas approuvée : personne n'était là pour répondre",
    notVerified: "non vérifié",
    notThere: "absent du passage cité",
  }),
  es: wordsOf({
    covered: "Cobertura: {done} de {total} hechas",
    outcomes: {
      ...{ "not-found": "no encontradas", failed: "fallidas", invalid: "no válidas", stalled: "estancadas" },
      ...{ infra: "impedidas por la infraestructura", budget: "detenidas por el presupuesto", skipped: "omitidas" },
      ...{ rejected: "rechazadas", cancelled: "canceladas" },
    },
    missing: "Lo que falta:",
    infra: "Los fallos de infraestructura no dicen nada sobre la pregunta: esas partes no se examinaron.",
    more: (count) => `y ${count} más`,
    citations: ({ total, verified, unsupported }) =>
      `Citas: ${verified} de ${total} verificadas${unsupported === 0 ? "" : `, ${unsupported} sin lo que deben respaldar`}`,
    artifactCitations: ({ name, total, broken, unsupported }) =>
      `${name}: ${total - broken} de ${total} citas verificadas${unsupported === 0 ? "" : `, ${unsupported} sin lo que deben respaldar`}`,
    noCitations: "0 citas: nada de esta respuesta se contrastó con los documentos",
    artifacts: "Artefactos, en la carpeta de la ejecución:",
    added: ({ added, total }) =>
      `${added} de ${total} elementos faltaban en la respuesta escrita y siguen tal como los dieron los agentes`,
    checks: ({ held, total }) => `Comprobaciones: ${held} de ${total} se cumplen`,
    denied: (count) =>
      `${count} ${count === 1 ? "pregunta a una persona fue denegada" : "preguntas a una persona fueron denegadas"}, pues no había nadie para responder`,
    unapproved: "Esta respuesta no está aprobada: no había nadie para responder",
    notVerified: "sin verificar",
    notThere: "no está en el lugar citado",
  }),
  it: wordsOf({
    covered: "Copertura: {done} di {total} completate",
    outcomes: {
      ...{ "not-found": "non trovate", failed: "fallite", invalid: "non valide", stalled: "bloccate" },
      ...{ infra: "impedite dall'infrastruttura", budget: "fermate dal budget", skipped: "saltate" },
      ...{ rejected: "respinte", cancelled: "annullate" },
    },
    missing: "Che cosa manca:",
    infra: "I guasti dell'infrastruttura non dicono nulla sulla domanda: quelle parti non sono state esaminate.",
    more: (count) => `e altri ${count}`,
    citations: ({ total, verified, unsupported }) =>
      `Citazioni: ${verified} di ${total} verificate${unsupported === 0 ? "" : `, ${unsupported} senza ciò che devono sostenere`}`,
    artifactCitations: ({ name, total, broken, unsupported }) =>
      `${name}: ${total - broken} di ${total} citazioni verificate${unsupported === 0 ? "" : `, ${unsupported} senza ciò che devono sostenere`}`,
    noCitations: "0 citazioni: nulla in questa risposta è stato confrontato con i documenti",
    artifacts: "Artefatti, nella cartella dell'esecuzione:",
    added: ({ added, total }) =>
      `${added} elementi su ${total} mancavano nella risposta scritta e seguono come gli agenti li hanno dati`,
    checks: ({ held, total }) => `Controlli: ${held} di ${total} rispettati`,
    denied: (count) =>
      `${count} ${count === 1 ? "domanda a una persona è stata negata" : "domande a una persona sono state negate"}: nessuno poteva rispondere`,
    unapproved: "Questa risposta non è approvata: nessuno poteva rispondere",
    notVerified: "non verificato",
    notThere: "non è nel punto citato",
  }),
  pt: wordsOf({
    covered: "Cobertura: {done} de {total} concluídas",
    outcomes: {
      ...{ "not-found": "não encontradas", failed: "falhadas", invalid: "inválidas", stalled: "paradas" },
      ...{ infra: "impedidas pela infraestrutura", budget: "detidas pelo orçamento", skipped: "omitidas" },
      ...{ rejected: "rejeitadas", cancelled: "canceladas" },
    },
    missing: "O que falta:",
    infra: "Falhas de infraestrutura nada dizem sobre a pergunta: essas partes não foram examinadas.",
    more: (count) => `e mais ${count}`,
    citations: ({ total, verified, unsupported }) =>
      `Citações: ${verified} de ${total} verificadas${unsupported === 0 ? "" : `, ${unsupported} sem o que devem sustentar`}`,
    artifactCitations: ({ name, total, broken, unsupported }) =>
      `${name}: ${total - broken} de ${total} citações verificadas${unsupported === 0 ? "" : `, ${unsupported} sem o que devem sustentar`}`,
    noCitations: "0 citações: nada nesta resposta foi confrontado com os documentos",
    artifacts: "Artefatos, na pasta da execução:",
    added: ({ added, total }) =>
      `${added} de ${total} itens faltavam na resposta escrita e seguem como os agentes os deram`,
    checks: ({ held, total }) => `Verificações: ${held} de ${total} cumpridas`,
    denied: (count) =>
      `${count} ${count === 1 ? "pergunta a uma pessoa foi negada" : "perguntas a uma pessoa foram negadas"}, pois ninguém estava lá para responder`,
    unapproved: "Esta resposta não está aprovada: ninguém estava lá para responder",
    notVerified: "não verificado",
    notThere: "não está no lugar citado",
  }),
  nl: wordsOf({
    covered: "Dekking: {done} van {total} klaar",
    outcomes: {
      ...{ "not-found": "niet gevonden", failed: "mislukt", invalid: "ongeldig", stalled: "vastgelopen" },
      ...{ infra: "verhinderd door de infrastructuur", budget: "gestopt door het budget", skipped: "overgeslagen" },
      ...{ rejected: "afgewezen", cancelled: "geannuleerd" },
    },
    missing: "Wat ontbreekt:",
    infra: "Storingen van de infrastructuur zeggen niets over de vraag: die delen zijn niet onderzocht.",
    more: (count) => `en nog ${count}`,
    citations: ({ total, verified, unsupported }) =>
      `Verwijzingen: ${verified} van ${total} geverifieerd${unsupported === 0 ? "" : `, ${unsupported} zonder wat ze moeten staven`}`,
    artifactCitations: ({ name, total, broken, unsupported }) =>
      `${name}: ${total - broken} van ${total} verwijzingen geverifieerd${unsupported === 0 ? "" : `, ${unsupported} zonder wat ze moeten staven`}`,
    noCitations: "0 verwijzingen: niets in dit antwoord is met de documenten vergeleken",
    artifacts: "Artefacten, in de map van de run:",
    added: ({ added, total }) =>
      `${added} van ${total} onderdelen ontbraken in het geschreven antwoord en volgen zoals de agenten ze gaven`,
    checks: ({ held, total }) => `Controles: ${held} van ${total} houden stand`,
    denied: (count) =>
      `${count} ${count === 1 ? "vraag aan een mens is" : "vragen aan een mens zijn"} afgewezen, want er was niemand om te antwoorden`,
    unapproved: "Dit antwoord is niet goedgekeurd: er was niemand om te antwoorden",
    notVerified: "niet geverifieerd",
    notThere: "staat daar niet",
  }),
  zh: wordsOf({
    covered: "覆盖：{total} 项中完成 {done} 项",
    outcomes: {
      ...{ "not-found": "项未找到", failed: "项失败", invalid: "项无效", stalled: "项停滞" },
      ...{ infra: "项因基础设施故障未完成", budget: "项因预算中止", skipped: "项跳过" },
      ...{ rejected: "项被拒绝", cancelled: "项被取消" },
    },
    missing: "缺少的内容：",
    infra: "基础设施故障不说明问题本身：这些部分未经检查。",
    more: (count) => `以及另外 ${count} 项`,
    citations: ({ total, verified, unsupported }) =>
      `引用：${total} 处中 ${verified} 处已核实${unsupported === 0 ? "" : `，${unsupported} 处原文不含所述内容`}`,
    artifactCitations: ({ name, total, broken, unsupported }) =>
      `${name}：${total} 处引用中 ${total - broken} 处已核实${unsupported === 0 ? "" : `，${unsupported} 处原文不含所述内容`}`,
    noCitations: "0 处引用：本回答未与文档核对",
    artifacts: "产物（在运行文件夹中）：",
    added: ({ added, total }) => `${total} 项中有 ${added} 项不在所写的回答中，现按代理给出的原样附上`,
    checks: ({ held, total }) => `检查：${total} 项中 ${held} 项成立`,
    denied: (count) => `${count} 个向人提出的问题被拒绝，因为无人应答`,
    unapproved: "此回答未经批准：无人应答",
    notVerified: "未核实",
    notThere: "所引之处没有",
  }),
};

export function answerWords(language: Language): AnswerWords {
  return WORDS[language];
}
