/**
 * Inclusion and consistency proofs of RFC 6962 section 2.1, made from stored subtrees and verified as
 * RFC 9162 sections 2.1.3.2 and 2.1.4.2 say. A proof that does not fit in every detail is refused.
 */

import { EMPTY_ROOT, HASH_BYTES, foldRoots, hashNode, splitPoint } from './merkle.ts';
import type { TreeHead } from './merkle.ts';

/** Root of the complete subtree over the leaves `[position * 2^height, (position + 1) * 2^height)`. */
export type NodeSource = (height: number, position: number) => Uint8Array;

/** A complete subtree by its place. */
export interface Subtree {
  readonly height: number;
  readonly position: number;
}

/** The complete subtrees that cover the leaves `[from, to)`, left to right; `from` starts a subtree of the tree. */
export function subtreesOf(from: number, to: number): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  let at = from;
  while (at < to) {
    let height = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= to) {
      width *= 2;
      height += 1;
    }
    subtrees.push({ height, position: at / width });
    at += width;
  }
  return subtrees;
}

/** Root over the leaves `[from, to)` of a tree; `from` starts a subtree of it. */
export function rootOfRange(from: number, to: number, source: NodeSource): Buffer {
  return foldRoots(subtreesOf(from, to).map(({ height, position }) => source(height, position)));
}

/**
 * PATH(index, D[size]): the siblings of a leaf, lowest first.
 * @throws RangeError when the tree of that size has no such leaf
 */
export function makeInclusionProof(index: number, size: number, source: NodeSource): Buffer[] {
  if (!isCount(index) || !isCount(size) || index >= size) throw new RangeError('no such leaf');
  const siblings: Buffer[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      siblings.push(rootOfRange(middle, to, source));
      to = middle;
    } else {
      siblings.push(rootOfRange(from, middle, source));
      from = middle;
    }
  }
  return siblings.reverse();
}

/**
 * PROOF(first, D[second]): shows that the tree of `second` leaves begins with the tree of `first`.
 * @throws RangeError when `first` is larger than `second`
 */
export function makeConsistencyProof(first: number, second: number, source: NodeSource): Buffer[] {
  if (!isCount(first) || !isCount(second) || first > second) throw new RangeError('no such trees');
  if (first === 0 || first === second) return [];
  const proof: Buffer[] = [];
  let from = 0;
  let to = second;
  // True while the old tree is a subtree that the verifier already knows by its root.
  let known = true;
  while (first !== to) {
    const middle = from + splitPoint(to - from);
    if (first <= middle) {
      proof.push(rootOfRange(middle, to, source));
      to = middle;
    } else {
      proof.push(rootOfRange(from, middle, source));
      from = middle;
      known = false;
    }
  }
  if (!known) proof.push(rootOfRange(from, to, source));
  return proof.reverse();
}

/** Whether `leaf` (its hash) is the leaf at `index` of the tree with this head (RFC 9162 section 2.1.3.2). */
export function verifyInclusion(
  leaf: { readonly index: number; readonly hash: Uint8Array },
  head: TreeHead,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(leaf.index) || !isCount(head.size) || leaf.index >= head.size) return false;
  if (![leaf.hash, head.root, ...proof].every(isHash)) return false;
  let path = leaf.index;
  let last = head.size - 1;
  let root = leaf.hash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (path % 2 === 1 || path === last) {
      root = hashNode(sibling, root);
      [path, last] = climb(path, last);
    } else {
      root = hashNode(root, sibling);
    }
    path = half(path);
    last = half(last);
  }
  return last === 0 && same(root, head.root);
}

/** Whether the tree of `second` begins with the tree of `first` (RFC 9162 section 2.1.4.2). */
export function verifyConsistency(
  first: TreeHead,
  second: TreeHead,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(first.size) || !isCount(second.size) || first.size > second.size) return false;
  if (![first.root, second.root, ...proof].every(isHash)) return false;
  if (first.size === second.size) return proof.length === 0 && same(first.root, second.root);
  if (first.size === 0) return proof.length === 0 && same(first.root, EMPTY_ROOT);
  let path = first.size - 1;
  let last = second.size - 1;
  while (path % 2 === 1) {
    path = half(path);
    last = half(last);
  }
  // A first tree that is one complete subtree is its own start, and the proof leaves it out.
  const [start, ...rest] = path === 0 ? [first.root, ...proof] : proof;
  if (start === undefined) return false;
  let firstRoot = start;
  let secondRoot = start;
  for (const node of rest) {
    if (last === 0) return false;
    if (path % 2 === 1 || path === last) {
      firstRoot = hashNode(node, firstRoot);
      secondRoot = hashNode(node, secondRoot);
      [path, last] = climb(path, last);
    } else {
      secondRoot = hashNode(secondRoot, node);
    }
    path = half(path);
    last = half(last);
  }
  return last === 0 && same(firstRoot, first.root) && same(secondRoot, second.root);
}

/** Goes up while the path is a left child without a right sibling, which has no node of its own. */
function climb(path: number, last: number): readonly [number, number] {
  let up = path;
  let top = last;
  while (up % 2 === 0 && up !== 0) {
    up = half(up);
    top = half(top);
  }
  return [up, top];
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
