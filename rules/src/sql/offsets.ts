/**
 * The grammar counts in UTF-8 bytes, everything else here in UTF-16 units.
 */

/** A function from byte offsets of the text to UTF-16 offsets. Offsets are asked for in any order. */
export function toUtf16Offsets(text: string): (bytes: number) => number {
  if (Buffer.byteLength(text, 'utf8') === text.length) return (bytes) => bytes;
  const units = unitsByByte(text);
  return (bytes) => units[Math.min(bytes, units.length - 1)] ?? text.length;
}

function unitsByByte(text: string): Uint32Array {
  const units = new Uint32Array(Buffer.byteLength(text, 'utf8') + 1);
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    const width = Buffer.byteLength(character, 'utf8');
    units.fill(unit, byte, byte + width);
    byte += width;
    unit += character.length;
  }
  units[byte] = unit;
  return units;
}
