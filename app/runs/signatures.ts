/** Ed25519 signatures: of the heads of runs, and of what is exported about one. Keys are PEM files, the private one the user's alone. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
  hash,
} from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "../../adapters/storage/private-files.ts";
import { readText } from "../../adapters/text/read-text.ts";
import { describeError, reasonOf, SwarmError } from "../../state/errors.ts";
import { canonicalText } from "../../engine/journal/chain.ts";

/** In a home, the public one beside it with `.pub`. */
export const KEY_FILE = "audit-key.pem";

export interface SigningKey {
  /** Private. */
  key: KeyObject;
  fingerprint: string;
}

/** SHA-256 (hex) of the public key in DER (SubjectPublicKeyInfo). */
export function fingerprintOf(key: KeyObject): string {
  const isPublic = key.type === "public";
  const der = (isPublic ? key : createPublicKey(key)).export({ type: "spki", format: "der" });
  return hash("sha256", der);
}

/** Writes a new pair. Throws SwarmError USAGE where there is one already. */
export function makeKeyPair(file: string): { fingerprint: string; publicFile: string } {
  const publicFile = `${file}.pub`;
  const there = [file, publicFile].find((one) => existsSync(one));
  if (there !== undefined)
    throw new SwarmError("USAGE", `${there} is there already`, {
      next: "what it has signed needs it; name another place with --out",
    });
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  try {
    mkdirSync(dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
    writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: PRIVATE_FILE, flag: "wx" });
    writeFileSync(publicFile, publicKey.export({ type: "spki", format: "pem" }), { flag: "wx" });
  } catch (error) {
    throw new SwarmError("HOME_UNUSABLE", `the key ${file} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
  return { fingerprint: fingerprintOf(publicKey), publicFile };
}

/** Throws SwarmError CONFIG_INVALID. */
export function readSigningKey(file: string): SigningKey {
  const key = readKey(file, createPrivateKey, "make one: glasshive audit key");
  return { key, fingerprint: fingerprintOf(key) };
}

/** Throws SwarmError CONFIG_INVALID. */
export function readPublicKey(file: string): KeyObject {
  return readKey(file, createPublicKey, "name the .pub file of a key that `glasshive audit key` has made");
}

function readKey(file: string, parse: (pem: string) => KeyObject, next: string): KeyObject {
  let key: KeyObject;
  try {
    key = parse(readText(file));
  } catch (error) {
    const why = error instanceof Error && "syscall" in error ? reasonOf(error) : describeError(error);
    throw new SwarmError("CONFIG_INVALID", `the key ${file} cannot be read: ${why}`, { cause: error, next });
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new SwarmError("CONFIG_INVALID", `the key ${file} is not an Ed25519 key`, { next });
}

/** Of the RFC 8785 form of the facts. */
export function signatureOf(facts: object, { key, fingerprint }: SigningKey): { key: string; signature: string } {
  return { key: fingerprint, signature: signed(Buffer.from(canonicalText(facts)), key) };
}

export function isSignedBy(facts: object, signature: string | undefined, key: KeyObject): boolean {
  return signature !== undefined && isSigned(Buffer.from(canonicalText(facts)), signature, key);
}

const PAYLOAD_TYPE = "application/vnd.in-toto+json";

export interface Envelope {
  payloadType: string;
  /** Base64. */
  payload: string;
  signatures: { keyid: string; sig: string }[];
}

export function envelopeOf(statement: object, { key, fingerprint }: SigningKey): Envelope {
  const body = Buffer.from(JSON.stringify(statement));
  const sig = signed(preAuthentication(PAYLOAD_TYPE, body), key);
  return { payloadType: PAYLOAD_TYPE, payload: body.toString("base64"), signatures: [{ keyid: fingerprint, sig }] };
}

/** What the envelope says; undefined: nothing that this key has signed. */
export function statementIn({ payloadType, payload, signatures }: Envelope, key: KeyObject): unknown {
  const body = Buffer.from(payload, "base64");
  const isOurs = signatures.some(({ sig }) => isSigned(preAuthentication(payloadType, body), sig, key));
  return isOurs && payloadType === PAYLOAD_TYPE ? JSON.parse(body.toString("utf8")) : undefined;
}

function preAuthentication(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body]);
}

function signed(bytes: Buffer, key: KeyObject): string {
  return sign(null, bytes, key).toString("base64");
}

function isSigned(bytes: Buffer, signature: string, key: KeyObject): boolean {
  return verify(null, bytes, key, Buffer.from(signature, "base64"));
}
