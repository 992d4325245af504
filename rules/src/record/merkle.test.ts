import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactRange, EMPTY_ROOT, hashLeaf, hashNode, splitPoint } from './merkle.ts';

/** The reference tree of Certificate Transparency (transparency-dev/merkle, proof/verify_test.go). */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));

/** Its root after each leaf, from the same place. */
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** MTH as RFC 6962 section 2.1 writes it down, without any cleverness. */
function naiveRoot(leaves: readonly Uint8Array[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return EMPTY_ROOT;
  if (leaves.length === 1) return hashLeaf(first);
  const split = splitPoint(leaves.length);
  return hashNode(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

describe('hashes are those of RFC 6962', () => {
  it.each([
    ['nothing', EMPTY_ROOT, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [
      'an empty leaf',
      hashLeaf(Buffer.alloc(0)),
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    ],
    [
      'a leaf',
      hashLeaf(Buffer.from('L123456')),
      '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
    ],
    [
      'a node',
      hashNode(Buffer.from('N123'), Buffer.from('N456')),
      'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
    ],
  ])('of %s', (_name, hash, expected) => {
    expect(hash.toString('hex')).toBe(expected);
  });

  it('a leaf that spells a node does not hash as one', () => {
    const [left, right] = [hashLeaf(Buffer.from('Hello')), hashLeaf(Buffer.from('World'))];
    expect(hashLeaf(Buffer.concat([left, right])).equals(hashNode(left, right))).toBe(false);
    expect(hashNode(left, right).equals(hashNode(right, left))).toBe(false);
  });
});

describe('the compact range', () => {
  it('has the reference root after each leaf', () => {
    const range = new CompactRange();
    expect(range.root().equals(EMPTY_ROOT)).toBe(true);
    const roots = LEAVES.map((leaf) => {
      range.append(hashLeaf(leaf));
      return range.root().toString('hex');
    });
    expect(roots).toEqual(ROOTS);
  });

  it('has the root of the definition, for any leaves', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 70 }), (leaves) => {
        const range = new CompactRange();
        for (const leaf of leaves) range.append(hashLeaf(leaf));
        expect(range.size).toBe(leaves.length);
        expect(range.root().toString('hex')).toBe(naiveRoot(leaves).toString('hex'));
      }),
    );
  });

  it('tells of every complete subtree exactly once, with its root', () => {
    const leaves = Array.from({ length: 21 }, (_, at) => Buffer.of(at));
    const seen = new Map<string, string>();
    const range = new CompactRange();
    for (const leaf of leaves) {
      range.append(hashLeaf(leaf), (height, position, hash) => {
        expect(seen.has(`${height}/${position}`)).toBe(false);
        seen.set(`${height}/${position}`, hash.toString('hex'));
      });
    }
    const expected = new Map<string, string>();
    for (let height = 0; 2 ** height <= leaves.length; height += 1) {
      for (let at = 0; at + 2 ** height <= leaves.length; at += 2 ** height) {
        const root = naiveRoot(leaves.slice(at, at + 2 ** height)).toString('hex');
        expected.set(`${height}/${at / 2 ** height}`, root);
      }
    }
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected));
  });

  it('a fork grows by itself', () => {
    const range = new CompactRange();
    for (const leaf of LEAVES.slice(0, 5)) range.append(hashLeaf(leaf));
    const fork = range.fork();
    fork.append(hashLeaf(Buffer.from('40414243', 'hex')));
    expect(range.root().toString('hex')).toBe(ROOTS[4]);
    expect(fork.root().toString('hex')).toBe(ROOTS[5]);
  });

  it.each([
    [3, 1],
    [4, 2],
    [-1, 0],
    [2 ** 53, 1],
    [1.5, 1],
  ])('a size of %s with %s roots is refused', (size, count) => {
    const roots = Array.from({ length: count }, () => EMPTY_ROOT);
    expect(() => new CompactRange(size, roots)).toThrow(RangeError);
  });
});
