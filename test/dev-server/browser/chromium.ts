/** Headless Chromium, driven by playwright-core, and the page of `chat.jsx` on a loopback address whose scripts the dev server answers. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { rolldown } from "rolldown";

const PROGRAMS = [
  process.env["CHROMIUM"] ?? "",
  ...["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const PAGE = join(import.meta.dirname, "chat.jsx");
/** Its packages are not the root's, whose compiler has no types of them. */
const DRIVER: string = "playwright-core";

/** As much of playwright's page as is used. */
export interface Page {
  goto(url: string): Promise<unknown>;
  locator(selector: string, having?: { hasText: string | RegExp }): Locator;
  evaluate<Value>(script: string): Promise<Value>;
  on(event: "pageerror", told: (error: Error) => void): unknown;
  screenshot(options: { path: string }): Promise<unknown>;
}

export interface Locator {
  locator(selector: string, having?: { hasText: string | RegExp }): Locator;
  first(): Locator;
  last(): Locator;
  nth(index: number): Locator;
  waitFor(): Promise<void>;
  click(): Promise<void>;
  fill(text: string): Promise<void>;
  count(): Promise<number>;
  allInnerTexts(): Promise<string[]>;
}

interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

/** Undefined: there is none on this machine. */
export function findChromium(): string | undefined {
  return PROGRAMS.find((program) => program !== "" && existsSync(program));
}

export class Chromium {
  readonly #browser: Browser;
  readonly #site: Server;

  private constructor(browser: Browser, site: Server) {
    this.#browser = browser;
    this.#site = site;
  }

  static async start(program: string): Promise<Chromium> {
    const { chromium } = (await import(DRIVER)) as { chromium: { launch(options: object): Promise<Browser> } };
    const site = await serve(await bundledPage());
    // Nothing but this machine is asked for anything.
    const args = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
    return new Chromium(await chromium.launch({ executablePath: program, args }), site);
  }

  async open(asked: Record<string, string>): Promise<Page> {
    const page = await this.#browser.newPage();
    const { port } = this.#site.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/?${new URLSearchParams(asked).toString()}`);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#site.close();
    this.#site.closeAllConnections();
  }
}

async function bundledPage(): Promise<string> {
  const define = { "process.env.NODE_ENV": JSON.stringify("production") };
  const build = await rolldown({ input: PAGE, platform: "browser", transform: { define }, logLevel: "silent" });
  try {
    const { output } = await build.generate({ format: "iife" });
    return output[0].code;
  } finally {
    await build.close();
  }
}

async function serve(script: string): Promise<Server> {
  const site = createServer(({ url }, response) => {
    const isScript = url === "/chat.js";
    response.setHeader("content-type", `${isScript ? "text/javascript" : "text/html"}; charset=utf-8`);
    response.end(isScript ? script : '<!doctype html><body><script src="/chat.js"></script>');
  });
  await once(site.listen(0, "127.0.0.1"), "listening");
  return site;
}
