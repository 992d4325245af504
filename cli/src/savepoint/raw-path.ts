/**
 * Names of files as the bytes they are. On Unix a name is any bytes but `/` and zero, so text would lose some of them:
 * each character of a raw path stands for one byte.
 */

declare const rawPath: unique symbol;

/** A path below some folder, with `/` between its parts, one character per byte. */
export type RawPath = string & { readonly [rawPath]: true };

/** The path that the bytes spell. */
export function toRawPath(bytes: Uint8Array): RawPath {
  return unsafeRawPath(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'),
  );
}

/** The path of a text, as UTF-8. */
export function textToRawPath(text: string): RawPath {
  return toRawPath(Buffer.from(text, 'utf8'));
}

/** A path whose characters stand for bytes already: parts of raw paths, and what was written from them. */
export function unsafeRawPath(characters: string): RawPath {
  return characters as RawPath;
}

/** The bytes, as the operating system takes them. */
export function toPathBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The path as text. Bytes that are no UTF-8 become `\xNN`, so that two names never look the same. */
export function toPathText(path: RawPath): string {
  const bytes = toPathBytes(path);
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  return path.replace(/[\u0080-\u00ff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
}

/** `a/b/c` below `a/b`; the name alone below nothing. */
export function joinRaw(folder: string, name: string): RawPath {
  return unsafeRawPath(folder === '' ? name : `${folder}/${name}`);
}

/** `a/b` of `a/b/c`; empty at the top. */
export function parentOf(path: string): RawPath {
  const at = path.lastIndexOf('/');
  return unsafeRawPath(at < 0 ? '' : path.slice(0, at));
}

/** Whether the path is the other one or below it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
