import { describe, expect, it } from "vitest";
import { decode, encodingOf, textOf } from "../../../../adapters/text/read-text.ts";

/** Bytes of a text in an encoding that the platform decodes and does not encode: by asking for each one or two bytes. */
function encode(text: string, label: string): Uint8Array {
  const codes = new Map<string, number[]>();
  const decoder = new TextDecoder(label, { fatal: true });
  const learn = (...bytes: number[]): void => {
    try {
      const character = decoder.decode(Uint8Array.from(bytes));
      if ([...character].length === 1 && !codes.has(character)) codes.set(character, bytes);
    } catch {
      return;
    }
  };
  for (let first = 0; first < 256; first += 1) learn(first);
  if (!/windows|koi8|iso/.test(label))
    for (let first = 0x81; first < 0xff; first += 1)
      for (let second = 0x40; second < 0xff; second += 1) learn(first, second);
  return Uint8Array.from([...text].flatMap((character) => codes.get(character) ?? [0x3f]));
}

const utf16 = (text: string, isBig: boolean): Uint8Array => {
  const bytes = Buffer.from(text, "utf16le");
  return isBig ? bytes.swap16() : bytes;
};

const GERMAN = "Die Größe der Pumpe ist 42.\n";
const RUSSIAN = "Насос подаёт 40 литров в минуту. Он был проверен в марте.\n";
const CHINESE = "水泵每分钟输送40升水。它在三月进行了检修，下一次检查在十月。\n";
const JAPANESE = "ポンプは毎分40リットルを送ります。三月に点検されました。\n";

describe("the encoding of bytes", () => {
  it.each([GERMAN, RUSSIAN, CHINESE, "plan: x\n"])("is told in Unicode, with a mark and without: %j", (text) => {
    expect(textOf(Buffer.from(text))).toBe(text);
    expect(textOf(Buffer.from(`\uFEFF${text}`))).toBe(text);
    for (const isBig of [false, true]) {
      expect(textOf(utf16(text, isBig))).toBe(text);
      expect(textOf(utf16(`\uFEFF${text}`, isBig))).toBe(text);
    }
  });

  it.each([
    ["windows-1252", GERMAN],
    ["windows-1252", "The “pump” doesn’t deliver 40 litres – it’s €42.\n"],
    ["windows-1252", "Größe: 43 Überdruck\n"],
    ["windows-1252", "Le débit a été vérifié en février, à Besançon.\n"],
    ["windows-1250", "Pompa dostarcza 40 litrów na minutę. Źródło: dział łożysk, październik.\n"],
    ["windows-1251", RUSSIAN],
    ["koi8-r", RUSSIAN],
    ["shift_jis", JAPANESE],
    ["euc-jp", JAPANESE],
    ["gb18030", CHINESE],
    ["big5", "水泵每分鐘輸送40升水。它在三月進行了檢修，下一次檢查在十月。\n"],
    ["euc-kr", "펌프는 분당 40리터를 공급합니다. 3월에 점검되었습니다.\n"],
  ])("is told for %s: %j", (label, text) => {
    expect(textOf(encode(text, label))).toBe(text);
  });

  it.each([
    ["a code page that is not known here", Uint8Array.of(0x47, 0x72, 0x94, 0xe1, 0x65, 0x3a, 0x20, 0x34, 0x32)],
    ["too little to tell", encode("流量40", "gb18030")],
    ["UTF-32", Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0)],
  ])("is not guessed from %s", (_, bytes) => {
    expect(encodingOf(bytes)).toEqual({ problem: "encoding" });
    expect(() => textOf(bytes)).toThrow("its encoding cannot be told; save it as UTF-8");
  });

  it("of what is no text is none", () => {
    expect(encodingOf(Buffer.from("ab\0c"))).toEqual({ problem: "binary" });
    const noise = Uint8Array.from({ length: 5_000 }, (_, place) => 1 + ((place * 7919 + (place >> 3) * 31) % 255));
    expect(encodingOf(noise)).toEqual({ problem: "binary" });
    expect(() => textOf(noise)).toThrow("it is not text");
  });

  it("is UTF-8 with a broken byte in it, and UTF-8 that is cut", () => {
    const bytes = Buffer.concat([Buffer.from("für “alle” größer\n"), Buffer.of(0xff), Buffer.from("Größe")]);
    expect(decode(bytes, "utf-8")).toContain("\uFFFD");
    expect(encodingOf(bytes)).toEqual({ label: "utf-8" });
    expect(encodingOf(Buffer.from("Größe, größer").subarray(0, -5))).toEqual({ label: "utf-8" });
  });
});
