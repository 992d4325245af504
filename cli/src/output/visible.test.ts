import { describe, expect, test } from 'vitest';
import { describeHidden, makeVisible } from './visible.ts';

describe('ordinary text', () => {
  test.each([
    'SELECT 1',
    'line one\nline two',
    'größe, naïve, 日本語, Привет, Ελληνικά, עברית, emoji 🚗',
    'a_b-c.d "quoted" \'literal\' $1 <NOT A TOKEN>',
  ])('stays as it is: %s', (text) => {
    expect(makeVisible(text)).toEqual({ text, hidden: 0 });
  });

  test('keeps its indentation, with tabs as spaces', () => {
    expect(makeVisible('SELECT\n\t\tid')).toEqual({ text: 'SELECT\n        id', hidden: 0 });
  });

  test('may end its lines as Windows does', () => {
    expect(makeVisible('a\r\nb\r\n')).toEqual({ text: 'a\nb\n', hidden: 0 });
  });
});

describe('what a terminal would hide or obey', () => {
  test.each([
    ['an escape sequence', '\u001b[2J\u001b[31mred', '<ESC>[2J<ESC>[31mred', 2],
    ['a lone carriage return', 'DROP\rSELECT', 'DROP<CR>SELECT', 1],
    ['a backspace', 'DROP\b\b\b\b', 'DROP<BS><BS><BS><BS>', 4],
    ['a C1 control', 'a\u009b31m', 'a<U+009B>31m', 1],
    ['a zero byte', 'a\u0000b', 'a<NUL>b', 1],
    ['a bidi override', 'users \u202e tcelered', 'users <U+202E> tcelered', 1],
    ['a bidi isolate', '\u2066a\u2069', '<U+2066>a<U+2069>', 2],
    ['a zero-width space', 'us\u200bers', 'us<U+200B>ers', 1],
    ['a zero-width joiner', 'a\u200db', 'a<U+200D>b', 1],
    ['a byte order mark', '\ufeffSELECT', '<U+FEFF>SELECT', 1],
    ['a soft hyphen', 'a\u00adb', 'a<U+00AD>b', 1],
    ['a no-break space', 'a\u00a0b', 'a<NBSP>b', 1],
    ['an ideographic space', 'a\u3000b', 'a<U+3000>b', 1],
    ['a line separator', 'a\u2028b', 'a<U+2028>b', 1],
    ['a tag character', 'a\u{e0041}b', 'a<U+E0041>b', 1],
    ['a variation selector', 'a\ufe0fb', 'a<U+FE0F>b', 1],
    ['a Hangul filler', 'a\u3164b', 'a<U+3164>b', 1],
    ['a blank Braille pattern', 'a\u2800b', 'a<U+2800>b', 1],
    ['a character for private use', 'a\ue000b', 'a<U+E000>b', 1],
    ['half of a pair', 'a\ud800b', 'a<U+D800>b', 1],
    ['a Cyrillic letter in a Latin word', 'us\u0435rs', 'us<U+0435>rs', 1],
    ['a Greek letter in a Latin word', 'acc\u03bfunt', 'acc<U+03BF>unt', 1],
    ['a full-width letter in a Latin word', 'user\uff53', 'user<U+FF53>', 1],
  ])('is shown and counted: %s', (_name, text, visible, hidden) => {
    expect(makeVisible(text)).toEqual({ text: visible, hidden });
  });

  test('leaves no character that a terminal would act on', () => {
    const everything = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code));
    const { text } = makeVisible(everything.join('x'));
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  test('a run of tabs that would push the rest out of sight', () => {
    expect(makeVisible(`a${'\t'.repeat(20)}b`).hidden).toBe(20);
  });
});

test('the count reads as people write it', () => {
  expect([0, 1, 7].map(describeHidden)).toEqual([
    null,
    '1 hidden character',
    '7 hidden characters',
  ]);
});
