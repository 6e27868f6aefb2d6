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

const BINARY = words(
  "png jpg jpeg gif webp bmp ico icns tif tiff avif heic psd ai eps mp3 mp4 m4a m4v wav ogg oga ogv flac aac avi mov mkv webm " +
    "woff woff2 ttf otf eot zip gz tgz bz2 xz zst 7z rar tar jar war apk dmg iso deb rpm whl egg exe dll so dylib a o lib obj " +
    "bin dat node wasm class pyc pyo beam db sqlite sqlite3 mdb parquet arrow feather npy npz pkl pt onnx gguf safetensors " +
    "key p12 pfx der swf lockb br",
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
export function unwantedByName(
  name: string,
): "lock files" | "generated" | "binary" | "PDF and office files" | undefined {
  if (LOCK_FILES.has(name)) return "lock files";
  if (GENERATED.test(name)) return "generated";
  const extension = extensionOf(name);
  if (OFFICE.has(extension)) return "PDF and office files";
  return BINARY.has(extension) ? "binary" : undefined;
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
