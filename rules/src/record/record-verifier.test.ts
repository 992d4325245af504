import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signCheckpoint } from './checkpoint.ts';
import { parseEntryBody, prepareEntry, toEntryBody, toEntryColumns } from './entry-leaf.ts';
import { CompactRange, hashLeaf } from './merkle.ts';
import { parseVerifierKey } from './note-key.ts';
import type { RecordReport } from './record-report.ts';
import { RecordVerifier } from './record-verifier.ts';
import type { RecordRow } from './record-verifier.ts';
import { SAMPLE_SIGNER, SAMPLE_VKEY, makeSampleEntry, makeSampleRecord } from './sample-record.ts';
import { verifyRecord } from './verify-record.ts';

const BATCHES = [1, 1, 3, 1, 2, 8, 1, 1, 1, 4];
const RECORD = makeSampleRecord(BATCHES, [0, 7, 16, 23]);
const SIZE = RECORD.bodies.length;

async function verify(
  lines: readonly string[],
  checkpoints: readonly string[] = RECORD.checkpoints,
): Promise<RecordReport> {
  const result = await verifyRecord(lines, checkpoints, SAMPLE_VKEY);
  if (!result.ok) throw new Error(result.problem);
  return result.report;
}

function verifyRows(rows: readonly RecordRow[]): RecordReport {
  const key = parseVerifierKey(SAMPLE_VKEY);
  if (!key.ok) throw new Error(key.problem);
  const record = new RecordVerifier({ verifier: key.verifier, checkpoints: RECORD.checkpoints });
  for (const row of rows) record.push(row);
  return record.finish();
}

/** The rows as a database holds them. */
function storedRows(): readonly Required<RecordRow>[] {
  return RECORD.bodies.map((text, index) => {
    const body = Buffer.from(text, 'utf8');
    const parsed = parseEntryBody(body);
    if (!parsed.ok) throw new Error(parsed.problem);
    return { index, body, leaf: hashLeaf(body), columns: toEntryColumns(parsed.body.entry) };
  });
}

/** The first size above `index` at which a root is on the record: a batch begins, or a checkpoint is signed. */
function nextRootAfter(index: number): number {
  const starts = BATCHES.map((_, at) => BATCHES.slice(0, at).reduce((sum, one) => sum + one, 0));
  return Math.min(...[...starts, 7, 16, 23].filter((size) => size > index));
}

describe('an untouched record', () => {
  it('verifies, with what is signed and what is not', async () => {
    expect(SIZE).toBe(23);
    expect(await verify(RECORD.bodies)).toEqual({
      ok: true,
      entries: 23,
      root: RECORD.tree.root().toString('base64'),
      checkpoints: 4,
      signed: 23,
      unsigned: 0,
      unfinished: 1,
      firstBroken: null,
      problems: [],
      problemCount: 0,
    });
  });

  it('verifies with its stored hashes and columns', () => {
    expect(verifyRows(storedRows())).toMatchObject({ ok: true, entries: 23 });
  });

  it('a tail behind the last checkpoint is unsigned, not broken', async () => {
    const report = await verify(RECORD.bodies, RECORD.checkpoints.slice(0, 3));
    expect(report).toMatchObject({ ok: true, signed: 16, unsigned: 7 });
  });

  it('of no entries verifies under a checkpoint of nothing', async () => {
    expect(await verify([], RECORD.checkpoints.slice(0, 1))).toMatchObject({ ok: true, signed: 0 });
  });

  it('any division into batches verifies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(60)),
        async (batches, signedAt) => {
          const record = makeSampleRecord(batches, [0, ...signedAt]);
          expect((await verify(record.bodies, record.checkpoints)).ok).toBe(true);
        },
      ),
    );
  });
});

describe('P-11: every tampering is found, and the first broken entry is named', () => {
  it('a change of any bit of any entry', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(SIZE - 1), fc.nat(), async (index, where) => {
        const bytes = Buffer.from(RECORD.bodies[index]!, 'utf8');
        const bit = where % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const report = await verify(RECORD.bodies.with(index, bytes.toString('utf8')));
        expect(report.ok).toBe(false);
        // Unless the entry itself no longer reads well, the next root shows which entries it may be.
        const [problem] = report.problems;
        expect(problem?.index).toBeLessThanOrEqual(index);
        expect(problem?.through).toBeGreaterThanOrEqual(index);
        expect(problem?.through).toBeLessThanOrEqual(nextRootAfter(index));
      }),
      { numRuns: 300 },
    );
  });

  it('a change of any bit of stored bytes or stored hash, at exactly its entry', () => {
    fc.assert(
      fc.property(fc.nat(SIZE - 1), fc.nat(), fc.boolean(), (index, where, ofLeaf) => {
        const rows = storedRows();
        const row = rows[index]!;
        const bytes = Buffer.from(ofLeaf ? row.leaf : row.body);
        const bit = where % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const changed = { ...row, ...(ofLeaf ? { leaf: bytes } : { body: bytes }) };
        const report = verifyRows(rows.with(index, changed));
        expect(report).toMatchObject({ ok: false, firstBroken: index });
      }),
    );
  });

  it('a removed entry', async () => {
    for (let index = 0; index < SIZE; index += 1) {
      const report = await verify(RECORD.bodies.toSpliced(index, 1));
      expect(report, `entry ${index}`).toMatchObject({ ok: false, firstBroken: index });
    }
  });

  it('a removed row leaves a gap that is named as missing', () => {
    const [problem] = verifyRows(storedRows().toSpliced(9, 2)).problems;
    expect(problem).toMatchObject({ kind: 'missing', index: 9, through: 10 });
  });

  it('an inserted entry', async () => {
    for (let index = 0; index < SIZE; index += 1) {
      const copy = RECORD.bodies[(index * 7) % SIZE]!;
      if (copy === RECORD.bodies[index]) continue;
      const report = await verify(RECORD.bodies.toSpliced(index, 0, copy));
      expect(report, `entry ${index}`).toMatchObject({ ok: false, firstBroken: index });
    }
  });

  it('two entries in the other order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(SIZE - 1), fc.nat(SIZE - 1), async (one, two) => {
        if (one === two) return;
        const swapped = RECORD.bodies.with(one, RECORD.bodies[two]!).with(two, RECORD.bodies[one]!);
        const report = await verify(swapped);
        expect(report).toMatchObject({ ok: false, firstBroken: Math.min(one, two) });
      }),
    );
  });

  it('a cut at the end', async () => {
    for (let size = 0; size < SIZE; size += 1) {
      const report = await verify(RECORD.bodies.slice(0, size));
      expect(report.ok).toBe(false);
      expect(report.problems.at(-1)).toMatchObject({ kind: 'missing', index: size, through: 22 });
    }
  });

  it('a whole rewritten past that keeps every inner root right, by the signed checkpoint', async () => {
    // Whoever has no key can only make a record that is right in itself.
    const forged = makeForged(5);
    const report = await verify(forged);
    expect(report).toMatchObject({ ok: false });
    expect(report.problems[0]).toMatchObject({ kind: 'changed', index: 0, through: 6 });
    expect(report.problems[0]?.what).toContain('signed checkpoint over 7 entries');
  });

  it('a wrong column, by its name', () => {
    const row = storedRows()[4]!;
    const wrong = { ...row, columns: { ...row.columns, session: 'ses-2' } };
    const report = verifyRows(storedRows().with(4, wrong));
    expect(report.problems).toMatchObject([{ kind: 'column', index: 4 }]);
    expect(report.problems[0]?.what).toContain('`session`');
  });

  it('an outcome without an intent, and a second outcome', async () => {
    const orphan = makeRecordOf([makeSampleEntry(0), makeSampleEntry(3)]);
    expect((await verify(orphan.bodies, orphan.checkpoints)).problems).toMatchObject([
      { kind: 'order', index: 1, what: 'entry 1 is an outcome without an intent' },
    ]);
    const twice = makeRecordOf([0, 1, 1].map(makeSampleEntry));
    expect((await verify(twice.bodies, twice.checkpoints)).problems).toMatchObject([
      { kind: 'order', index: 2, what: 'entry 2 is a second outcome' },
    ]);
  });

  it('an empty line', async () => {
    const report = await verify([...RECORD.bodies.slice(0, 3), '', ...RECORD.bodies.slice(3)]);
    expect(report).toMatchObject({ ok: false, firstBroken: 3 });
  });
});

describe('checkpoints', () => {
  it('without any, nothing is verified', async () => {
    expect(await verify(RECORD.bodies, [])).toMatchObject({ ok: false, firstBroken: null });
  });

  it('a change of any bit of a checkpoint is found', async () => {
    const note = Buffer.from(RECORD.checkpoints[1]!, 'utf8');
    await fc.assert(
      fc.asyncProperty(fc.nat(note.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(note);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const notes = RECORD.checkpoints.with(1, changed.toString('utf8'));
        const report = await verify(RECORD.bodies, notes);
        expect(report.ok).toBe(false);
        expect(report.problems[0]).toMatchObject({ kind: 'checkpoint', index: null });
      }),
    );
  });

  it('a checkpoint that was kept elsewhere shows a record that was signed again', async () => {
    const forged = makeForged(5);
    const tree = new CompactRange();
    for (const body of forged) tree.append(hashLeaf(Buffer.from(body, 'utf8')));
    const signedAgain = [signCheckpoint({ size: SIZE, root: tree.root() }, SAMPLE_SIGNER)];
    expect((await verify(forged, signedAgain)).ok).toBe(true);
    const kept = [...signedAgain, RECORD.checkpoints[1]!];
    expect(await verify(forged, kept)).toMatchObject({ ok: false, signed: 0, firstBroken: 0 });
  });

  it('a key that cannot be read verifies nothing', async () => {
    expect(await verifyRecord(RECORD.bodies, RECORD.checkpoints, 'nonsense')).toMatchObject({
      ok: false,
    });
  });
});

describe('the report stays small', () => {
  it('however much is broken', async () => {
    const report = await verify(RECORD.bodies.map((body) => `${body} `));
    expect(report.problems).toHaveLength(20);
    expect(report.problemCount).toBeGreaterThan(20);
  });

  it('and quotes nothing of an entry', async () => {
    const spoiled = RECORD.bodies.map((body) => body.replace('SELECT', 'canary-71'));
    const report = await verify(spoiled);
    expect(report.ok).toBe(false);
    expect(JSON.stringify(report)).not.toContain('canary');
  });
});

/** A record of these entries, each in a batch of its own, signed at its end. */
function makeRecordOf(entries: readonly unknown[]) {
  const tree = new CompactRange();
  const bodies = entries.map((entry) => {
    const prepared = prepareEntry(entry);
    if (!prepared.ok) throw new Error(prepared.problem);
    const body = toEntryBody(prepared.text, tree.size, { size: tree.size, root: tree.root() });
    tree.append(hashLeaf(Buffer.from(body, 'utf8')));
    return body;
  });
  const note = signCheckpoint({ size: tree.size, root: tree.root() }, SAMPLE_SIGNER);
  return { bodies, checkpoints: [note] };
}

/** The sample with one statement changed and every root behind it computed again. */
function makeForged(index: number): readonly string[] {
  const entries = RECORD.bodies.map((_, at) => makeSampleEntry(at));
  const changed = { ...makeSampleEntry(index), forged: true };
  const tree = new CompactRange();
  const bodies: string[] = [];
  for (const batch of BATCHES) {
    const head = { size: tree.size, root: tree.root() };
    for (let at = 0; at < batch; at += 1) {
      const prepared = prepareEntry(tree.size === index ? changed : entries[tree.size]);
      if (!prepared.ok) throw new Error(prepared.problem);
      const body = toEntryBody(prepared.text, tree.size, head);
      bodies.push(body);
      tree.append(hashLeaf(Buffer.from(body, 'utf8')));
    }
  }
  return bodies;
}
