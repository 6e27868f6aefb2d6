/** Replies that are no result yet are told from results that only use such words. */
import { describe, expect, it } from "vitest";
import { unfinishedReply, type ReplyFacts } from "../../../../../engine/policy/reply/unfinished.ts";

const kindOf = (text: string, given: Partial<ReplyFacts> = {}): string | undefined =>
  unfinishedReply(text, { isText: true, hasTools: true, isResearch: false, ...given })?.kind;

describe("an announcement", () => {
  it.each([
    "Let me search the documents for the price.",
    "I'll start by reading carriers/north.md.",
    "Sure. First, I will look for the opening hours:",
    "The task asks for two prices. I need to check both documents first.",
    "Ich werde zuerst die Dokumente durchsuchen.",
    "Zuerst suche ich … Ich werde die Preisliste lesen.",
    "让我先搜索一下文档。",
    "Sure! I will get back to you with the answer shortly.",
    "Je vais vérifier.",
    "Cercherò prima nei documenti.",
    "Vou procurar nos documentos.",
    "Ik ga eerst in de documenten zoeken.",
    "Najpierw przeszukam dokumenty.",
    "Сейчас я поищу в документах.",
    "まず、ドキュメントを検索します。",
    "먼저 문서를 검색하겠습니다.",
  ])("is %j", (text) => {
    expect(kindOf(text)).toBe("announced");
    expect(kindOf(text, { hasTools: false })).toBeUndefined();
  });

  it.each([
    "The bridge was built in 1850.",
    "Let me know whether you need more.",
    "Dear members, next week we will open the new hall. See you there!",
    'The order reads: "I will open the gate" [orders.md:3]',
    `I will check the price.\n\n${"It is 7.20 EUR, and an island adds 3 EUR. ".repeat(12)}`,
  ])("is not %j", (text) => {
    expect(kindOf(text)).toBeUndefined();
  });
});

describe("a refusal", () => {
  it.each([
    "I'm sorry, but I can't help with that.",
    "I am unable to access the documents.",
    "Unfortunately, I don't have access to the internet.",
    "As an AI language model, I do not hold opinions.",
    "Es tut mir leid, dabei kann ich nicht helfen.",
    "抱歉，我无法回答这个问题。",
    "I must respectfully decline.",
    "This request violates our usage policy, so I won't be able to continue.",
    "Je suis désolé, je ne peux pas vous aider avec cette demande.",
    "Lo siento, no puedo ayudar con eso.",
    "Mi dispiace, non posso aiutarti.",
    "Desculpe, mas não posso ajudar com isso.",
    "Het spijt me, daar kan ik niet bij helpen.",
    "Извините, я не могу помочь с этим запросом.",
    "申し訳ありませんが、そのリクエストにはお応えできません。",
    "죄송하지만 도와드릴 수 없습니다.",
  ])("is %j", (text) => {
    expect(kindOf(text, { hasTools: false })).toBe("declined");
  });

  it.each([
    "I'm sorry, I can't come to your party on Friday.",
    "The clerk said: I cannot help you.",
    "Members who cannot attend may vote by post.",
    "Leider ist die Brücke im Winter nicht offen.",
    "Lo siento mucho por tu pérdida.",
    "Je suis désolé de votre perte, et je pense à vous.",
    "对不起，让你久等了。",
    `I cannot determine one winner: ${"both cost the same, and both arrive on the next day. ".repeat(14)}`,
  ])("is not %j", (text) => {
    expect(kindOf(text)).toBeUndefined();
  });

  it("is no matter of text where JSON is asked for", () => {
    expect(kindOf("I'm sorry, but I can't help with that.", { isText: false })).toBeUndefined();
  });
});

describe("research without a citation", () => {
  it("is told from research with one, in whatever brackets", () => {
    const isResearch = true;
    expect(kindOf("It costs 7.20 EUR.", { isResearch })).toBe("uncited");
    expect(kindOf("It costs 7.20 EUR, at 10:30.", { isResearch })).toBe("uncited");
    for (const place of ["[a/b.md:8]", "(a/b.md:8-9)", "[a b.md:8]", "【a/b.md:8】", "[a/b.md:L8-L9]"])
      expect(kindOf(`7.20 EUR ${place}`, { isResearch })).toBeUndefined();
    expect(kindOf("It costs 7.20 EUR.")).toBeUndefined();
  });
});
