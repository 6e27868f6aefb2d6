/** Replies as models write them, judged by hand first: what is a result stays one, what is none is told. */
import { AIMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { refusalIn } from "../../../../../engine/policy/prompts/agent-prompt.ts";
import { withoutThoughts } from "../../../../../engine/policy/reply/thoughts.ts";
import { unfinishedReply } from "../../../../../engine/policy/reply/unfinished.ts";
import { hasWrittenCall } from "../../../../../engine/policy/reply/written-calls.ts";
import { understoodCalls } from "../../../../../tools/understand-calls.ts";

const toolNamed = (name: string) =>
  tool(() => "", { name, description: name, schema: z.object({ query: z.string() }) });
const granted = ["search_documents", "read_document", "write_artifact", "search", "summary"].map(toolNamed);

/** As a lane reads a reply without calls of its interface. */
function verdictOn(reply: string, isResearch: boolean): string {
  const message = understoodCalls(new AIMessage(reply), { granted, before: [], isResult: () => false });
  if ((message.tool_calls?.length ?? 0) + (message.invalid_tool_calls?.length ?? 0) > 0) return "call";
  const text = withoutThoughts(message.text).trim();
  if (text === "") return "empty";
  if (hasWrittenCall(text)) return "unreadable";
  const unfinished = () => unfinishedReply(text, { isText: true, hasTools: true, isResearch })?.kind;
  return refusalIn(text)?.kind ?? unfinished() ?? "result";
}

describe("a result", () => {
  it.each([
    // Short, and right.
    "No.",
    "42 ms",
    "否。",
    "Ja, seit 1998.",
    "`--max-steps`",
    // With an opening that a model likes.
    "Sure! Here is the summary:\n\n## Summary\n\n- The bridge opened in 1850.\n- It was rebuilt in 1921.",
    "Let me explain how to check the cache: run `cachectl stat` and look at the second column.",
    "Let's start with the basics. A cache stores what was computed before, so that nobody computes it twice.",
    "Let's see. 17 × 3 = 51.",
    "I'll use the second formula: v = s / t = 12 m/s.",
    "First, I will look at the costs, then at the risks. Costs are 40,000 EUR a year. The risks are two: the dam and the road.",
    "To renew the passport, I need to check three things: the photo, the form and the fee. The photo is 35 × 45 mm, the form is DS-11, and the fee is 130 USD.",
    "The price is 7.20 EUR. If you like, I will check the islands too.",
    // Letters, promises and resolutions are what was asked for.
    "Dear Ms Weber, your parcel is late. I will check with our carrier and write to you by Friday.",
    "Hi Tom, sorry, I couldn't make it yesterday, could we find another date? I will look at my calendar.",
    "1. I will read twelve books.\n2. I will run ten kilometres a week.\n3. I will start to save.",
    "Sehr geehrte Frau Weber, Ihr Paket verspätet sich. Ich werde die Sendung prüfen.",
    // What reads like a refusal and is none.
    "The assistant answered: \"I'm sorry, but I can't help with that.\"",
    "I can't help but admire how small the first engine was.",
    "I can't find a single flaw in this argument.",
    "I cannot determine one winner: both cost the same.",
    "I could not find any evidence of fraud in the accounts given above: income and receipts agree in each month.",
    "I cannot recommend option B: it has no documents on safety.",
    "As an AI company, Moonshot publishes its weights.",
    "As an AI pioneer, she wrote the first program that played checkers.",
    "I must decline your invitation, since I am abroad in May.",
    "Leider kann ich am Freitag nicht zu deiner Feier kommen.",
    "Ich sehe keinen Widerspruch zwischen beiden Klauseln.",
    "Ich schlage vor, die Pumpe zu tauschen.",
    "Helaas kan ik vrijdag niet komen.",
    "Je ne peux pas dire lequel est le meilleur : les deux coûtent le même prix.",
    "没有权限的用户无法访问该页面。",
    "不能提供发票的商家不予报销。",
    "让我印象最深的是附录，读者可以查看。",
    "申し訳ありませんが、金曜日の会議には出席できません。",
    "まず電源を切ります。次に、フィルターの状態を確認します。",
    "죄송하지만 금요일 회의에 참석할 수 없습니다.",
    "Я не могу согласиться с этим выводом: цифры не сходятся.",
    // Markup, code and JSON that is what was asked for.
    "Hermes models emit <tool_call> tags around the JSON of a call, and </tool_call> behind it.",
    "The <tool_call> element wraps one call; [TOOL_CALLS] is Mistral's mark.",
    "| Model | Mark |\n| --- | --- |\n| Hermes | <tool_call> |\n| Mistral | [TOOL_CALLS] |",
    '```xml\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Bern"}}\n</tool_call>\n```',
    'The request looks like this:\n\n```json\n{"name": "search", "arguments": {"query": "pump"}}\n```\n\n`arguments` holds what the tool is given.',
    'These are the tools:\n\n```json\n[{"name": "search", "description": "finds passages"}, {"name": "summary", "description": "shortens"}]\n```',
    '[{"tool": "search", "purpose": "finds passages"}]',
    "<details>\n<summary>Costs</summary>\n\nThey are 40 EUR.\n\n</details>",
    "<html><body><search><input name=q></search></body></html>",
    "```python\ndef search(query):\n    return index.find(query)\n```",
    'Call `search(query="pump")` to find it.',
    '{"action": "restart", "service": "mail"}',
    "## Findings\n\n1. The lease ends in 2031.\n2. It can be renewed once.\n\n## Open\n\nNobody has signed page 4.",
    "The tag <think> opens a thought.",
    "NOT FOUND is the text of status 404, FORBIDDEN that of 403.",
    "CANNOT_OPEN: the errors of this kind are named in capital letters.",
    // Of further languages, and beside what is told as none.
    "The function returns `undefined` if I can't find the key. In that case, use the default.",
    "I will always remember the day that we opened the mill.",
    "We need to check three contracts: North, South and Coast. All three end in 2031.",
    "Next steps: check the pump, read the manual, and order a filter.",
    "1. Search the archive for the lease.\n2. Read clause 4.\n3. Compare both dates.",
    "Steps:\n1. Open the valve.\n2. Check the gauge.\n3. Close the valve.",
    "My recommendation:\n- Check the pump first.\n- Read the manual.",
    "To install it:\n\n1. Open a terminal.\n2. Run `npm install`.\n3. Check the version with `npm -v`.",
    "Q: What will you do first? A: Check the gauge.",
    "Let me know if anything is missing.",
    "Yes. The clerk will check it, and I will be informed.",
    '"Let me look at that," said the miller.',
    "Der Prüfer schreibt: „Ich werde die Anlage prüfen.“",
    "Zuerst suche man den Fehler, dann lese man das Handbuch.",
    "Ich habe keinen Fehler gefunden; beide Klauseln gelten.",
    "Ich kann das Angebot nicht empfehlen: Es ist zu teuer.",
    "Je vais bien, merci.",
    "No puedo decir cuál es mejor: ambos cuestan lo mismo.",
    "No. Puede ayudar el servicio técnico.",
    "Voy a la playa el viernes.",
    "Non posso scegliere: i due prezzi sono uguali.",
    "Não posso dizer qual é melhor.",
    "Ik kan geen verschil zien.",
    "Я проверил оба документа: даты совпадают.",
    "我没有发现矛盾。",
    "首先打开设置，然后查看版本号。",
    "まず設定を開き、次にバージョンを確認します。",
    "먼저 설정을 열고 버전을 확인합니다.",
    "Status codes:\n- 404: not found\n- 403: forbidden",
    '```json\n{"a": 1}\n```',
    "<ul><li>Search</li><li>Read</li></ul>",
    "Name | Tool\n--- | ---\nsearch_documents | finds\nread_document | reads",
    "The tools are search_documents(query) and read_document(path).",
    "I need to be at home by six.",
    "As an AI assistant, Siri does not store your voice.",
    "Could you please send me the invoice by Friday?",
    "Please share the document with the board by Friday.",
    "Sorry! The shop is closed today.",
    "Unfortunately, the documents contradict each other: 40 l in one, 42 l in the other.",
    "I could not find a seat, so I stood.",
    "I do not have a car.",
    "I cannot agree more: the dam must be rebuilt.",
    "It depends. If the valve is open, check the gauge; otherwise, read on.",
    "Danke! Ich freue mich auf Freitag.",
    "Not found in lease.md, but the mail says 2031.",
    "Price: 7 EUR\nNOT FOUND: the warranty",
  ])("is %j", (reply) => {
    expect(verdictOn(reply, false)).toBe("result");
  });

  it.each([
    '"The lease ends in 2031" [lease.md:12], so no.',
    'The clerk writes: "I cannot help with that." [mail/7.md:3]',
    "No (lease.md:12).",
    "不，租约到2031年 【lease.md:12】。",
    "The lease ends in 2031, as `lease.md:12` says.",
  ])("of research is %j", (reply) => {
    expect(verdictOn(reply, true)).toBe("result");
  });
});

describe("what is no result", () => {
  it.each([
    ["announced", "I will look through the archive. Then I'll compile the final answer."],
    ["announced", "Let me search for that. One moment, please."],
    ["announced", "Searching the documents for the warranty…"],
    ["announced", "I am now reading the lease to find the date."],
    ["announced", "I'll now write the report to the artifact."],
    [
      "announced",
      "To answer this, I'll do the following:\n1. Search for the lease.\n2. Read the clause.\n3. Compare the dates.",
    ],
    ["announced", "My plan:\n\n- **Search** the archive\n- Read the minutes\n- Summarise what they say"],
    ["announced", "The price is in two documents, so let me check both."],
    ["announced", "Ich durchsuche jetzt die Dokumente."],
    ["announced", "Klar, ich werde die Unterlagen prüfen. Danach fasse ich sie zusammen."],
    ["announced", "D'accord, je vais d'abord consulter les documents."],
    ["announced", "Claro, voy a buscar en los documentos."],
    ["announced", "好的，我先查一下文档。"],
    ["announced", "承知しました。まず、ドキュメントを確認します。"],
    ["announced", "Önce belgeleri inceleyeceğim."],
    ["announced", "سأبحث في المستندات أولاً."],
    ["declined", "I'm sorry, but I can't assist with that request."],
    ["declined", "As an AI language model, I cannot browse the internet."],
    ["declined", "I don't have any information about this company."],
    ["declined", "Could you please provide the text you would like me to summarize?"],
    ["declined", "Please share the document so I can help you."],
    ["declined", "Ich kann diese Frage leider nicht beantworten."],
    ["declined", "Als KI-Sprachmodell habe ich keinen Zugriff auf Dateien."],
    ["declined", "En tant qu'IA, je n'ai pas accès à internet."],
    ["declined", "Como modelo de lenguaje, no tengo acceso a los archivos."],
    ["declined", "Przepraszam, ale nie mogę w tym pomóc."],
    ["declined", "Üzgünüm, bu konuda yardımcı olamam."],
    ["declined", "عذرًا، لا أستطيع مساعدتك في ذلك."],
    ["declined", "作为一个人工智能语言模型，我无法访问互联网。"],
    ["declined", "すみません、その質問にはお答えできません。"],
    ["not-found", "NOT FOUND: the warranty, in lease.md and mail/"],
    ["not-found", "**NOT FOUND** — looked for the warranty."],
    ["not-found", "NOT FOUND"],
    ["not-found", "I have searched all documents.\n\nNOT FOUND: a warranty."],
    ["agent-failed", "CANNOT: the file is empty"],
    ["call", '<tool_call>\n{"name": "search", "arguments": {"query": "pump"}}\n</tool_call>'],
    ["call", 'I will look.<tool_call>{"name": "search", "arguments": {"query": "pump"}}</tool_call>'],
    ["call", '```json\n{"name": "search", "arguments": {"query": "pump"}}\n```'],
    ["call", '```xml\n<tool_call>\n{"name": "search", "arguments": {"query": "pump"}}\n</tool_call>\n```'],
    ["call", "Action: search\nAction Input: pump"],
    ["call", "<function=search_documents>\n<parameter=query>pump</parameter>\n</function>"],
    ["call", '{"thought": "I need the lease", "action": "search", "action_input": {"query": "lease"}}'],
    ["call", "<search><query>pump</query></search>"],
    ["call", '<invoke name="search"><parameter name="query">pump</parameter></invoke>'],
    ["unreadable", "<tool_call>look for pumps</tool_call>"],
    ["unreadable", 'I will look.\n<tool_call>{"name": "sea'],
    ["empty", "<think>The lease, hm.</think>"],
    ["announced", "Hello! Let me check the documents."],
    ["announced", "His plan is in the appendix. Let me check the appendix."],
    ["announced", "I'll help you with that! Let me start by searching for the relevant documents."],
    ["announced", "I need to find the pump's capacity first. Let me use the search_documents tool."],
    ["announced", "Okay, the user wants the capacity. I should search the documents for 'pump capacity'."],
    ["announced", "Now I have the first price. Next, I'll look up the second one:"],
    ["announced", "The search didn't return what I need. Let me try a different query."],
    ["announced", "Let me try another search with different terms."],
    ["announced", "I will now proceed to read the file `lease.md`."],
    ["announced", "Great, I found the list. Now let me get the details of each."],
    ["announced", "I'll analyze these results and provide a comprehensive answer."],
    ["announced", "Let me verify this by checking the original document."],
    ["announced", "Based on the search results, I need more details. Let me read the full document."],
    ["announced", "**Step 1:** Let me search for the lease."],
    ["announced", "### Plan\n\nI will search the documents for the lease and then read it."],
    ["announced", "Verstanden. Ich suche zuerst nach dem Vertrag."],
    ["announced", "Lass mich die Dokumente durchsuchen."],
    ["announced", "Je vais commencer par lire le fichier."],
    ["announced", "Laissez-moi vérifier cela dans les documents."],
    ["announced", "Déjame revisar los documentos."],
    ["announced", "Entendido. Primero buscaré el contrato."],
    ["announced", "Deixe-me verificar isso nos documentos."],
    ["announced", "Lasciami controllare il documento."],
    ["announced", "Laat me dat even opzoeken."],
    ["announced", "Хорошо, я поищу это в документах."],
    ["announced", "Давайте проверим документы."],
    ["announced", "我来查看一下相关文件。"],
    ["announced", "我将首先搜索文档以找到相关信息。"],
    ["announced", "それでは、資料を読みます。"],
    ["announced", "문서를 먼저 확인하겠습니다."],
    ["announced", "Belgelere bakacağım."],
    ["declined", "I apologize, but I am unable to assist with this request."],
    ["declined", "I'm unable to fulfill this request."],
    ["declined", "I cannot access external documents or files."],
    ["declined", "Sorry, I don't have access to the file."],
    ["declined", "I am sorry, but as an AI assistant I cannot open attachments."],
    ["declined", "Unfortunately, I cannot determine the answer from the information."],
    ["declined", "I can't do that."],
    ["declined", "I apologize, but I cannot verify the content of external files."],
    ["declined", "I won't be able to help with this."],
    ["declined", "Leider habe ich keinen Zugriff auf diese Datei."],
    ["declined", "Es tut mir leid, aber ich kann diese Anfrage nicht bearbeiten."],
    ["declined", "Désolé, je ne peux pas répondre à cette question."],
    ["declined", "Je n'ai pas accès aux documents."],
    ["declined", "No tengo acceso a los documentos."],
    ["declined", "Lo siento, pero no puedo cumplir con esa solicitud."],
    ["declined", "Non ho accesso ai documenti."],
    ["declined", "Não consigo acessar os arquivos."],
    ["declined", "К сожалению, у меня нет доступа к файлам."],
    ["declined", "很抱歉，我不能协助完成这个请求。"],
    ["declined", "申し訳ございませんが、その情報にはアクセスできません。"],
    ["declined", "죄송합니다. 그 요청은 수행할 수 없습니다."],
    ["not-found", "NOT FOUND. I looked for the warranty in all files."],
    ["not-found", "### NOT FOUND: the warranty"],
  ])("%s is %j", (verdict, reply) => {
    expect(verdictOn(reply, false)).toBe(verdict);
  });

  it.each(["No.", "The lease ends in 2031.", "The lease ends at 10:30 on the 4th."])(
    "uncited is %j, of research",
    (reply) => {
      expect(verdictOn(reply, true)).toBe("uncited");
    },
  );
});
