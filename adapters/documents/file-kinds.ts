/** What a file is by its name: prose, source, HTML, or nothing that we read. Data and pure functions; contents are judged elsewhere. */

/** `prose` is indexed whole; `source` (code and data) within a budget. */
export type FileKind = "prose" | "source";

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const PROSE = words(
  "md mdx markdown mkd txt text html htm xhtml rst adoc asciidoc org tex pod rdoc textile wiki srt vtt",
);
const HTML = words("html htm xhtml");
/** Configuration that is worth indexing whole while it is small. */
const SETTINGS = words("json json5 jsonc yaml yml toml ini cfg conf properties");
const SETTINGS_BYTES = 16_384;

/** Documents and media that a person may take for readable: said with what to do. */
const MEDIA = words(
  "png jpg jpeg gif webp bmp ico icns tif tiff avif heic psd ai eps mp3 mp4 m4a m4v wav ogg oga ogv flac aac avi mov mkv webm " +
    "zip gz tgz bz2 xz zst 7z rar tar jar war apk dmg iso deb rpm whl egg",
);
const BINARY = words(
  "woff woff2 ttf otf eot exe dll so dylib a o lib obj bin dat node wasm class pyc pyo beam db sqlite sqlite3 mdb parquet arrow " +
    "feather npy npz pkl pt onnx gguf safetensors key p12 pfx der swf lockb br",
);
const OFFICE = words("pdf doc docx ppt pptx xls xlsx odt ods odp rtf epub mobi pages numbers");
const LOCK_FILES = words(
  "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock deno.lock composer.lock Gemfile.lock Cargo.lock " +
    "poetry.lock Pipfile.lock uv.lock pdm.lock go.sum flake.lock packages.lock.json mix.lock pubspec.lock Podfile.lock",
);
const GENERATED = /\.map$|\.min\.(?:js|mjs|cjs|css)$|\.tsbuildinfo$/i;

/** The part behind the last dot, in lower case; empty for `LICENSE` and `.env`. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
}

/** Why a file is left out by its name alone; undefined where it may be a document. Pure. */
export function unwantedByName(name: string): "generated" | "binary" | "format" | undefined {
  if (LOCK_FILES.has(name) || GENERATED.test(name)) return "generated";
  const extension = extensionOf(name);
  if (OFFICE.has(extension) || MEDIA.has(extension)) return "format";
  return BINARY.has(extension) ? "binary" : undefined;
}

/** The same of a file that was itself named: of all but documents in another format the contents decide. Pure. */
export function unwantedRoot(name: string): "format" | undefined {
  return OFFICE.has(extensionOf(name)) ? "format" : undefined;
}

/** How formats begin that are no text, whatever the name says (some hold no NUL for long). */
const BEGINNINGS = [
  "%PDF-",
  "PK\x03\x04",
  "\x89PNG",
  "GIF87a",
  "GIF89a",
  "\xff\xd8\xff",
  "\x1f\x8b",
  "7z\xbc\xaf",
  "Rar!\x1a",
  "\xd0\xcf\x11\xe0",
  "{\\rtf",
];

/** Whether the bytes are of a document or a medium in another format. Pure. */
export function isOtherFormat(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 8)).toString("latin1");
  return BEGINNINGS.some((beginning) => head.startsWith(beginning));
}

/** Names without an extension (LICENSE, README, NOTICE) are prose unless they are a build tool's. Pure. */
export function kindOf(name: string, bytes: number): FileKind {
  const extension = extensionOf(name);
  if (extension === "") return /^[A-Z][A-Z_-]+$/.test(name) ? "prose" : "source";
  if (PROSE.has(extension)) return "prose";
  return SETTINGS.has(extension) && bytes <= SETTINGS_BYTES ? "prose" : "source";
}

export function isHtml(name: string): boolean {
  return HTML.has(extensionOf(name));
}

/** Configuration of any size: JSON, YAML, TOML and the like. */
export function isSettings(name: string): boolean {
  return SETTINGS.has(extensionOf(name));
}
