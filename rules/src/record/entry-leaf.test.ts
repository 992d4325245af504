import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEntryBody, prepareEntry, toEntryBody, toEntryColumns } from './entry-leaf.ts';
import { EMPTY_ROOT } from './merkle.ts';
import { makeSampleEntry } from './sample-record.ts';

const HEAD = { size: 7, root: EMPTY_ROOT };

function bodyOf(entry: unknown, index = 7): string {
  const prepared = prepareEntry(entry);
  if (!prepared.ok) throw new Error(prepared.problem);
  return toEntryBody(prepared.text, index, HEAD);
}

function parse(text: string) {
  return parseEntryBody(Buffer.from(text, 'utf8'));
}

const EVENT = {
  type: 'event',
  time: '2026-01-02T03:04:05.006Z',
  name: 'refused',
  session: 'ses-1',
  details: { decision: 'dec-9', resource: 'cars', what: 'replication', count: 2 },
};

describe('the bytes of an entry', () => {
  it('are pinned', () => {
    expect(bodyOf(EVENT)).toBe(
      '{"entry":{"details":{"count":2,"decision":"dec-9","resource":"cars","what":"replication"},' +
        '"name":"refused","session":"ses-1","time":"2026-01-02T03:04:05.006Z","type":"event"},' +
        '"index":7,"previous":{"root":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","size":7}}',
    );
  });

  it('say what was put into them', () => {
    const parsed = parse(bodyOf(makeSampleEntry(0)));
    expect(parsed).toMatchObject({
      ok: true,
      body: { entry: makeSampleEntry(0), index: 7, previous: { size: 7, root: EMPTY_ROOT } },
    });
  });

  it.each([
    ['not JSON', '{'],
    ['nothing', ''],
    ['another form', '{"entry":{},"index":1,"previous":{"root":"","size":0}}'],
    ['a space', bodyOf(EVENT).replace(':', ': ')],
    ['a repeated key', bodyOf(EVENT).replace('"index":7', '"index":7,"index":7')],
    [
      'another order of keys',
      bodyOf(EVENT).replace('{"entry"', '{"index":7,"entry"').replace('},"index":7', '}'),
    ],
    ['an escaped letter', bodyOf(EVENT).replace('refused', '\\u0072efused')],
    ['a number in another spelling', bodyOf(EVENT).replace('"count":2', '"count":2.0')],
    ['an unknown field', bodyOf(EVENT).replace('"index":7', '"extra":1,"index":7')],
    ['a root that is no hash', bodyOf(EVENT).replace('47DEQpj8', '')],
    ['a negative index', bodyOf(EVENT).replace('"index":7', '"index":-7')],
    ['a time without milliseconds', bodyOf(EVENT).replace('.006Z', 'Z')],
    ['a time in another zone', bodyOf(EVENT).replace('.006Z', '.006+01:00')],
    ['a byte order mark', `\ufeff${bodyOf(EVENT)}`],
  ])('with %s are no entry', (_name, text) => {
    expect(parse(text).ok).toBe(false);
  });

  it('that are not UTF-8 are no entry', () => {
    const bytes = Buffer.from(bodyOf(EVENT), 'utf8');
    bytes[40] = 0xff;
    expect(parseEntryBody(bytes).ok).toBe(false);
  });

  it('of any text survive the way there and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (statement) => {
        const entry = { ...EVENT, details: { statement } };
        const parsed = parse(bodyOf(entry));
        expect(parsed.ok && parsed.body.entry).toEqual(entry);
      }),
    );
  });
});

describe('an entry is refused before it is written when it could not be read back', () => {
  it.each([
    ['an unknown type', { ...EVENT, type: 'note' }],
    ['no time', { ...EVENT, time: undefined }],
    ['an empty decision', { type: 'outcome', time: EVENT.time, decision: '', result: 'done' }],
    ['an unknown verdict', { ...makeSampleEntry(0), verdict: 'maybe' }],
    ['a value that is no data', { ...EVENT, details: { at: new Date(0) } }],
    ['not an object', 'entry'],
  ])('%s', (_name, entry) => {
    expect(prepareEntry(entry).ok).toBe(false);
  });
});

describe('columns', () => {
  it.each([
    [
      makeSampleEntry(0),
      { type: 'intent', decision: 'dec-0', session: 'ses-1', verdict: 'allow', resource: 'cars' },
    ],
    [
      makeSampleEntry(1),
      { type: 'outcome', decision: 'dec-0', session: null, verdict: null, resource: null },
    ],
    [
      { type: 'approval', decision: 'dec-1', time: EVENT.time, answer: 'denied' },
      { type: 'approval', decision: 'dec-1', session: null, verdict: null, resource: null },
    ],
    [
      EVENT,
      { type: 'event', decision: 'dec-9', session: 'ses-1', verdict: null, resource: 'cars' },
    ],
    [
      { ...EVENT, session: null, details: { decision: 5 } },
      { type: 'event', decision: null, session: null, verdict: null, resource: null },
    ],
  ])('follow from the entry: %#', (entry, columns) => {
    const prepared = prepareEntry(entry);
    expect(prepared.ok && toEntryColumns(prepared.entry)).toMatchObject(columns);
  });
});
