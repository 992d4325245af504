import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  makeConsistencyProof,
  makeInclusionProof,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle-proofs.ts';
import type { NodeSource } from './merkle-proofs.ts';
import { EMPTY_ROOT, foldRoots, hashLeaf, hashNode, splitPoint } from './merkle.ts';

/** The reference tree and proofs of Certificate Transparency (transparency-dev/merkle, proof/verify_test.go). */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => hashLeaf(Buffer.from(hex, 'hex')));

const [A, B, C, D, E, F, G, H, I, J] = [
  '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
  'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f',
] as const;

const INCLUSION = [
  { index: 0, size: 1, proof: [] },
  { index: 0, size: 8, proof: [A, B, C] },
  { index: 5, size: 8, proof: [D, E, F] },
  { index: 2, size: 3, proof: [G] },
  { index: 1, size: 5, proof: [H, B, D] },
];

const CONSISTENCY = [
  { first: 1, second: 1, proof: [] },
  { first: 1, second: 8, proof: [A, B, C] },
  { first: 6, second: 8, proof: [I, E, F] },
  { first: 2, second: 5, proof: [B, D] },
  { first: 6, second: 7, proof: [I, J, F] },
];

const SOME_HASH = Buffer.from(
  'abacaba000000000000000000000000000000000000000000060061e00123456',
  'hex',
);

function sourceOf(leaves: readonly Buffer[]): NodeSource {
  return (height, position) => {
    const from = position * 2 ** height;
    return rootOf(leaves.slice(from, from + 2 ** height));
  };
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return foldRoots(leaves);
  const split = splitPoint(leaves.length);
  return hashNode(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

function headOf(size: number, leaves: readonly Buffer[] = LEAVES) {
  return { size, root: rootOf(leaves.slice(0, size)) };
}

const toHex = (hashes: readonly Uint8Array[]) =>
  hashes.map((hash) => Buffer.from(hash).toString('hex'));
const fromHex = (hashes: readonly string[]) => hashes.map((hex) => Buffer.from(hex, 'hex'));
const flip = (hash: Buffer) => {
  const copy = Buffer.from(hash);
  copy.writeUInt8(copy.readUInt8(0) ^ 8, 0);
  return copy;
};

describe('inclusion proofs', () => {
  it.each(INCLUSION)('the reference proof of leaf $index of $size is made and holds', (vector) => {
    const { index, size, proof } = vector;
    const made = makeInclusionProof(index, size, sourceOf(LEAVES));
    expect(toHex(made)).toEqual(proof);
    expect(verifyInclusion({ index, hash: LEAVES[index]! }, headOf(size), made)).toBe(true);
  });

  it.each(INCLUSION.slice(1))('leaf $index of $size: no corrupted proof holds', (vector) => {
    const { index, size } = vector;
    const proof = fromHex(vector.proof);
    const hash = LEAVES[index]!;
    const head = headOf(size);
    const { root } = head;
    const wrong: Record<string, boolean> = {
      'index - 1': verifyInclusion({ index: index - 1, hash }, head, proof),
      'index + 1': verifyInclusion({ index: index + 1, hash }, head, proof),
      'index ^ 2': verifyInclusion({ index: index ^ 2, hash }, head, proof),
      'size * 2': verifyInclusion({ index, hash }, { size: size * 2, root }, proof),
      'size / 2': verifyInclusion({ index, hash }, { size: size >> 1, root }, proof),
      'other leaf': verifyInclusion({ index, hash: SOME_HASH }, head, proof),
      'short leaf': verifyInclusion({ index, hash: hash.subarray(1) }, head, proof),
      'empty root': verifyInclusion({ index, hash }, { size, root: EMPTY_ROOT }, proof),
      'other root': verifyInclusion({ index, hash }, { size, root: SOME_HASH }, proof),
      'trailing nothing': verifyInclusion({ index, hash }, head, [...proof, Buffer.alloc(0)]),
      'trailing root': verifyInclusion({ index, hash }, head, [...proof, root]),
      'leading nothing': verifyInclusion({ index, hash }, head, [Buffer.alloc(0), ...proof]),
      'leading root': verifyInclusion({ index, hash }, head, [root, ...proof]),
      cut: verifyInclusion({ index, hash }, head, proof.slice(0, -1)),
    };
    proof.forEach((_, at) => {
      const flipped = proof.map((one, place) => (place === at ? flip(one) : one));
      wrong[`bit of hash ${at}`] = verifyInclusion({ index, hash }, head, flipped);
    });
    expect(Object.entries(wrong).filter(([, held]) => held)).toEqual([]);
  });

  it.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [-1, 1],
    [0.5, 2],
  ])('there is no proof of leaf %s of %s', (index, size) => {
    expect(() => makeInclusionProof(index, size, sourceOf(LEAVES))).toThrow(RangeError);
    expect(verifyInclusion({ index, hash: SOME_HASH }, { size, root: SOME_HASH }, [])).toBe(false);
  });

  it('every leaf of every tree is proved, and only at its own place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.nat(), fc.nat(), (size, one, two) => {
        const leaves = Array.from({ length: size }, (_, at) => hashLeaf(Buffer.from(`leaf ${at}`)));
        const index = one % size;
        const other = two % size;
        const proof = makeInclusionProof(index, size, sourceOf(leaves));
        const hash = leaves[index]!;
        expect(verifyInclusion({ index, hash }, headOf(size, leaves), proof)).toBe(true);
        const held = verifyInclusion({ index: other, hash }, headOf(size, leaves), proof);
        expect(held).toBe(other === index);
      }),
    );
  });
});

describe('consistency proofs', () => {
  it.each(CONSISTENCY)('the reference proof from $first to $second is made and holds', (vector) => {
    const { first, second, proof } = vector;
    const made = makeConsistencyProof(first, second, sourceOf(LEAVES));
    expect(toHex(made)).toEqual(proof);
    expect(verifyConsistency(headOf(first), headOf(second), made)).toBe(true);
  });

  it.each(CONSISTENCY.slice(1))('$first to $second: no corrupted proof holds', (vector) => {
    const proof = fromHex(vector.proof);
    const [one, two] = [headOf(vector.first), headOf(vector.second)];
    const wrong: Record<string, boolean> = {
      'first - 1': verifyConsistency({ ...one, size: one.size - 1 }, two, proof),
      'first + 1': verifyConsistency({ ...one, size: one.size + 1 }, two, proof),
      'first ^ 2': verifyConsistency({ ...one, size: one.size ^ 2 }, two, proof),
      'second * 2': verifyConsistency(one, { ...two, size: two.size * 2 }, proof),
      'second / 2': verifyConsistency(one, { ...two, size: two.size >> 1 }, proof),
      'other first root': verifyConsistency({ ...one, root: SOME_HASH }, two, proof),
      'other second root': verifyConsistency(one, { ...two, root: SOME_HASH }, proof),
      'swapped roots': verifyConsistency(
        { ...one, root: two.root },
        { ...two, root: one.root },
        proof,
      ),
      'no proof': verifyConsistency(one, two, []),
      'trailing root': verifyConsistency(one, two, [...proof, one.root]),
      'trailing nothing': verifyConsistency(one, two, [...proof, Buffer.alloc(0)]),
      'leading root': verifyConsistency(one, two, [two.root, ...proof]),
      'leading first hash': verifyConsistency(one, two, [proof[0]!, ...proof]),
      cut: verifyConsistency(one, two, proof.slice(0, -1)),
    };
    proof.forEach((_, at) => {
      const flipped = proof.map((hash, place) => (place === at ? flip(hash) : hash));
      wrong[`bit of hash ${at}`] = verifyConsistency(one, two, flipped);
    });
    expect(Object.entries(wrong).filter(([, held]) => held)).toEqual([]);
  });

  it.each([
    ['equal trees need no proof', headOf(3), headOf(3), [], true],
    ['equal sizes with other roots', headOf(3), { size: 3, root: SOME_HASH }, [], false],
    ['the empty tree begins every tree', { size: 0, root: EMPTY_ROOT }, headOf(3), [], true],
    ['the empty tree has one root', { size: 0, root: SOME_HASH }, headOf(3), [], false],
    ['the past does not follow', headOf(3), headOf(2), [], false],
    ['an equal tree with a needless proof', headOf(3), headOf(3), [SOME_HASH], false],
  ])('%s', (_name, first, second, proof, holds) => {
    expect(verifyConsistency(first, second, proof)).toBe(holds);
  });

  it('every two sizes of a tree are consistent, and a tree with another past is not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.nat(), fc.nat(), (second, one, two) => {
        const leaves = Array.from({ length: second }, (_, at) => hashLeaf(Buffer.of(at)));
        const first = (one % second) + 1;
        const proof = makeConsistencyProof(first, second, sourceOf(leaves));
        expect(verifyConsistency(headOf(first, leaves), headOf(second, leaves), proof)).toBe(true);
        const changed = leaves.with(two % first, SOME_HASH);
        const lied = makeConsistencyProof(first, second, sourceOf(changed));
        const held = verifyConsistency(headOf(first, leaves), headOf(second, changed), lied);
        expect(held).toBe(false);
      }),
    );
  });
});

describe('subtrees of a range', () => {
  it('cover it without gap or overlap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (size) => {
        let at = 0;
        for (const { height, position } of subtreesOf(0, size)) {
          expect(position * 2 ** height).toBe(at);
          at += 2 ** height;
        }
        expect(at).toBe(size);
      }),
    );
  });
});
