/**
 * Finds secrets in bytes that come in pieces. One pass looks for literals; each that is found calls a finder, which looks
 * at a bounded neighbourhood.
 * INVARIANT: where the bytes are cut into pieces changes nothing. A finder that comes to the end of what is there says
 * so and is asked again, and every other decision depends on positions alone.
 */

import { BASE64 } from './byte-set.ts';
import { findAssignment, nameAround } from './find-assignment.ts';
import { RUN_STRIDE, findEncodedRun, findPercentEncoded, mayBeEncoded } from './find-encoded.ts';
import type { NestedScan } from './find-encoded.ts';
import { findBasic, findBearer, findCommandPassword } from './find-header.ts';
import { findPrivateKey, findPuttyKey } from './find-private-key.ts';
import { findJwk, findJwt } from './find-signed-token.ts';
import { findToken, mayBeToken } from './find-token.ts';
import { findUrlPassword } from './find-url.ts';
import { START_STATE } from './keyword-automaton.ts';
import { MAX_LOOK_BACK } from './match.ts';
import type { Found, Match, TextSource } from './match.ts';
import type { ByteView } from './match-shape.ts';
import { detectMachine } from './detect-machine.ts';
import type { DetectMachine, Role } from './detect-machine.ts';

/** A find, with positions in the whole and with its bytes. */
export interface Sighting {
  readonly match: Match;
  /** From the first byte of all pieces. */
  readonly start: number;
  readonly end: number;
  /** Lines and columns from 1, as an editor shows them; columns count bytes. */
  readonly line: number;
  readonly column: number;
  /** The secret itself. SECURITY(P-03): for marking and masking, never for printing. */
  readonly value: Uint8Array;
}

/** What is asked for. */
export interface ScannerOptions {
  readonly source: TextSource;
  readonly onSighting: (sighting: Sighting) => void;
  /** How often something encoded was taken apart to come here. */
  readonly depth?: number;
}

/** Any match begins at most this far before the end of the literal that called it. */
export const REACH_BACK = MAX_LOOK_BACK + 64;

/** Encodings in encodings: more than two are no accident of a program. */
const MAX_DEPTH = 2;

/** Names inside of the value of another name: enough for connection strings, too few to be a burden. */
const MAX_NESTED_NAMES = 4;

interface Hit {
  /** Where the literal ends, or where a run was sampled: the order in which hits are looked at. */
  readonly key: number;
  readonly start: number;
  readonly role: Role;
}

/** One text, from its first piece to its end. */
export class SecretScanner {
  readonly #machine: DetectMachine;
  readonly #source: TextSource;
  readonly #onSighting: (sighting: Sighting) => void;
  readonly #depth: number;
  #data: Uint8Array = new Uint8Array(0);
  /** Where the first byte at hand stands in the whole. */
  #base = 0;
  #state = START_STATE;
  #scanned = 0;
  #hits: Hit[] = [];
  #open: Match[] = [];
  #final = false;
  #askAgain = 0;
  #names = { end: 0, valueEnd: 0, nested: 0 };
  #line = 1;
  #lineStart = 0;
  #counted = 0;

  constructor({ source, onSighting, depth = 0 }: ScannerOptions) {
    this.#machine = detectMachine();
    this.#source = source;
    this.#onSighting = onSighting;
    this.#depth = depth;
  }

  /** Takes a piece. It is not kept beyond what may still matter. */
  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#data = this.#data.length === 0 ? piece : Buffer.concat([this.#data, piece]);
    this.#advance();
    this.#trim();
  }

  /** Says that nothing follows. */
  end(): void {
    this.#final = true;
    this.#advance();
    this.#flush(Number.POSITIVE_INFINITY);
  }

  /** Bytes before this position are settled: every find that begins there has been given. */
  get settled(): number {
    if (this.#final) return this.#base + this.#data.length;
    const next = this.#hits[0]?.key ?? this.#scanned;
    const begun = this.#open[0]?.start ?? Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(next - REACH_BACK, begun));
  }

  #advance(): void {
    this.#collectHits();
    this.#resolveHits();
    if (!this.#final) this.#flush((this.#hits[0]?.key ?? this.#scanned) - REACH_BACK);
  }

  /** The one pass over every byte. */
  #collectHits(): void {
    const { next, classOf, width, ends } = this.#machine.automaton;
    const data = this.#data;
    const from = this.#scanned - this.#base;
    let state = this.#state;
    for (let at = from; at < data.length; at += 1) {
      state = next[state + (classOf[data[at] ?? 0] ?? 0)] ?? 0;
      if (state !== 0 && ends[state / width] === 1) this.#addHits(state / width, at + 1);
    }
    this.#state = state;
    this.#scanned = this.#base + data.length;
    if (this.#depth < MAX_DEPTH) this.#collectRuns(from);
  }

  #addHits(state: number, end: number): void {
    const { automaton, roles } = this.#machine;
    for (const literal of automaton.ending[state] ?? []) {
      const role = roles[literal];
      if (role === undefined || (this.#source.binary && role.kind !== 'token')) continue;
      const start = end - (automaton.lengths[literal] ?? 0);
      if (role.kind === 'token' && !mayBeToken(role.finder, this.#data, start)) continue;
      this.#hits.push({ key: this.#base + end, start: this.#base + start, role });
    }
  }

  /** Runs of base64 are long enough that one of every few bytes tells of them. */
  #collectRuns(from: number): void {
    if (this.#source.binary) return;
    const data = this.#data;
    const first = Math.ceil((this.#base + from) / RUN_STRIDE) * RUN_STRIDE - this.#base;
    let added = false;
    for (let at = first; at < data.length; at += RUN_STRIDE) {
      if (BASE64[data[at] ?? 0] !== 1) continue;
      const start = startOfRun(data, at);
      if (start === null || !mayBeEncoded(data, start)) continue;
      const role = { kind: 'run' } as const;
      this.#hits.push({ key: this.#base + at + 1, start: this.#base + start, role });
      added = true;
    }
    if (added) this.#hits.sort((one, other) => one.key - other.key);
  }

  /** Asks in order, up to the first that needs more bytes. */
  #resolveHits(): void {
    if (this.#scanned < this.#askAgain && !this.#final) return;
    const view: ByteView = {
      bytes: this.#data,
      start: 0,
      end: this.#data.length,
      final: this.#final,
      runs: new Map(),
    };
    let at = 0;
    for (; at < this.#hits.length; at += 1) {
      const hit = this.#hits[at];
      if (hit === undefined) break;
      const found = this.#ask(hit, view);
      if (found === 'more') {
        this.#waitFor(hit);
        break;
      }
      if (found !== null) this.#add(found);
      if (this.#open.length > 0) this.#flush(hit.key - REACH_BACK);
    }
    this.#hits = this.#hits.slice(at);
  }

  /** Asking again at every byte would make long secrets in short pieces slow: what was looked at has to double first. */
  #waitFor({ start }: Hit): void {
    this.#askAgain = this.#scanned + Math.max(MIN_WAIT, this.#scanned - start);
  }

  #ask(hit: Hit, view: ByteView): Found {
    const start = hit.start - this.#base;
    const end = hit.key - this.#base;
    const source = this.#source;
    switch (hit.role.kind) {
      case 'token':
        return findToken(hit.role.finder, view, start);
      case 'url':
        return findUrlPassword(view, start, source);
      case 'name':
        return this.#askName(view, start, end);
      case 'private-key':
        return findPrivateKey(view, start, source);
      case 'putty-key':
        return findPuttyKey(view, start, source);
      case 'jwt':
        return findJwt(view, start, source);
      case 'jwk':
        return findJwk(view, start, source);
      case 'bearer':
        return findBearer(view, end, source);
      case 'basic':
        return findBasic(view, end, source);
      case 'command':
        return findCommandPassword(view, end, source);
      case 'percent':
        return findPercentEncoded(view, start, this.#nested());
      case 'run':
        return findEncodedRun(view, start, this.#nested());
    }
  }

  #askName(view: ByteView, start: number, end: number): Found {
    const names = this.#names;
    const at = start + this.#base;
    if (at < names.end) return null;
    const inside = at < names.valueEnd;
    if (inside && names.nested >= MAX_NESTED_NAMES) return null;
    const span = nameAround(view, start, end);
    if (span === 'more') return 'more';
    const assigned = findAssignment(view, span, this.#source);
    if (assigned === 'more') return 'more';
    names.end = span.end + this.#base;
    names.nested = inside ? names.nested + 1 : 0;
    if (!inside) names.valueEnd = assigned.end + this.#base;
    return assigned.found;
  }

  #nested(): NestedScan {
    return (bytes) => {
      const found: Match[] = [];
      const scanner = new SecretScanner({
        source: this.#source,
        onSighting: ({ match }) => found.push(match),
        depth: this.#depth + 1,
      });
      scanner.push(bytes);
      scanner.end();
      return found;
    };
  }

  /** Keeps the better one of two that overlap. */
  #add(found: Match): void {
    const match = { ...found, start: found.start + this.#base, end: found.end + this.#base };
    const at = this.#open.findIndex((one) => one.start < match.end && match.start < one.end);
    const other = this.#open[at];
    if (other === undefined) {
      this.#open.push(match);
      this.#open.sort((one, two) => one.start - two.start);
      return;
    }
    this.#open[at] = merge(other, match);
  }

  #flush(before: number): void {
    while (this.#open[0] !== undefined && this.#open[0].end <= before) {
      const match = this.#open.shift();
      if (match !== undefined) this.#give(match);
    }
  }

  #give(match: Match): void {
    this.#countLines(match.start);
    const { start, end } = match;
    const value = this.#data.slice(start - this.#base, end - this.#base);
    const column = start - this.#lineStart + 1;
    this.#onSighting({ match, start, end, line: this.#line, column, value });
  }

  /** Counts the ends of lines before a position: LF, CR LF, and CR alone. */
  #countLines(to: number): void {
    const data = this.#data;
    for (let at = this.#counted; at < to; at += 1) {
      const byte = data[at - this.#base];
      if (byte !== 0x0a && byte !== 0x0d) continue;
      if (byte === 0x0d && data[at - this.#base + 1] === 0x0a) continue;
      this.#line += 1;
      this.#lineStart = at + 1;
    }
    if (to > this.#counted) this.#counted = to;
  }

  /** Lets go of what no finder looks at again. */
  #trim(): void {
    const next = this.#hits[0]?.key ?? this.#scanned;
    const begun = this.#open[0]?.start ?? Number.POSITIVE_INFINITY;
    const keep = Math.min(next - REACH_BACK - MAX_LOOK_BACK, begun);
    if (keep <= this.#base) return;
    this.#countLines(keep);
    this.#data = this.#data.slice(keep - this.#base);
    this.#base = keep;
  }
}

/** Pieces of a flow are seldom shorter. */
const MIN_WAIT = 64;

/** Where a run begins, when it begins within one stride before; null when an earlier sample has seen it. */
function startOfRun(data: Uint8Array, at: number): number | null {
  let start = at;
  while (start > 0 && at - start < RUN_STRIDE && BASE64[data[start - 1] ?? 0] === 1) start -= 1;
  return at - start < RUN_STRIDE ? start : null;
}

function merge(one: Match, other: Match): Match {
  const better = other.weight > one.weight ? other : one;
  const lesser = better === one ? other : one;
  if (better.tier !== 'block' || lesser.tier !== 'block') return better;
  return {
    ...better,
    start: Math.min(one.start, other.start),
    end: Math.max(one.end, other.end),
  };
}
