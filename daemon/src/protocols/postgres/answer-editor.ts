/**
 * Stands between the scanner of the server's messages and the tracker, for connections of a role: puts masks on rows, and takes
 * out of errors what tells of rows and columns out of reach. A connection without a role passes it untouched.
 * SECURITY(P-76): a row of which the columns are not known is not passed on while the role has masks.
 */

import type { MaskKind } from '@agentguard/rules';
import type { AnswerRules } from './answer-rules.ts';
import type { BackendObserver, Disposition, Sink } from './backend-scanner.ts';
import { editNotice } from './edited-error.ts';
import { encodeMessage } from './encode.ts';
import { maskRow, masksOf, readRowDescription } from './masked-rows.ts';
import type { ResultColumn } from './masked-rows.ts';
import type { Portal } from './prepared.ts';
import type { ReplyTracker } from './reply-tracker.ts';

const ROW = 0x44; // D
const DESCRIPTION = 0x54; // T
const NO_DATA = 0x6e; // n
const ERROR = 0x45; // E
const NOTICE = 0x4e; // N

/** Columns of one result, and which of them are masked. */
interface Shape {
  readonly columns: readonly ResultColumn[];
  readonly masks: readonly (MaskKind | null)[] | null;
}

const NO_SHAPE: Shape = { columns: [], masks: null };

/** Edits answers. */
export class AnswerEditor implements BackendObserver {
  readonly #tracker: ReplyTracker;
  readonly #rules: () => AnswerRules | null;
  readonly #portals = new WeakMap<Portal, Shape>();
  /** Of the statement of a Query whose rows come now. */
  #query: Shape | null = null;

  constructor(tracker: ReplyTracker, rules: () => AnswerRules | null) {
    this.#tracker = tracker;
    this.#rules = rules;
  }

  get sink(): Sink {
    return this.#tracker.sink;
  }

  get rowsFit(): boolean {
    return this.#tracker.rowsFit;
  }

  /** The server reads COPY data. */
  get copyIn(): boolean {
    return this.#tracker.copyIn;
  }

  get copyDataFits(): boolean {
    return this.#tracker.copyDataFits;
  }

  wantsWhole(type: number): boolean {
    if (this.#tracker.answering?.kind === 'own') return false;
    switch (type) {
      case ERROR:
      case NOTICE:
        return this.#rules() !== null;
      case DESCRIPTION:
        return this.#masked;
      case ROW:
        return this.#masked && this.#shape()?.masks !== null;
      default:
        return false;
    }
  }

  seen(type: number, body: Buffer): Disposition {
    if (this.#tracker.answering?.kind === 'own') return this.#tracker.seen(type, body);
    switch (type) {
      case DESCRIPTION:
      case NO_DATA:
        return this.#described(type, body);
      case ROW:
        return this.#row(body);
      case ERROR:
      case NOTICE:
        return this.#told(type, body);
      default:
        return this.#tracker.seen(type, body);
    }
  }

  get #masked(): boolean {
    return (this.#rules()?.masks.size ?? 0) > 0;
  }

  #shape(): Shape | null {
    const answering = this.#tracker.answering;
    if (answering?.kind === 'query') return this.#query;
    return answering?.kind === 'execute' ? (this.#portals.get(answering.portal) ?? null) : null;
  }

  #described(type: number, body: Buffer): Disposition {
    const answering = this.#tracker.answering;
    const disposition = this.#tracker.seen(type, body);
    if (disposition !== 'forward' || !this.#masked) return disposition;
    const shape = type === NO_DATA ? NO_SHAPE : this.#toShape(body);
    if (shape === null) return 'stop';
    if (answering?.kind === 'query') this.#query = shape;
    if (answering?.kind !== 'describe portal' || answering.portal === undefined) return disposition;
    this.#portals.set(answering.portal, shape);
    return answering.ours === true ? 'swallow' : disposition;
  }

  #toShape(body: Buffer): Shape | null {
    const columns = readRowDescription(body);
    const rules = this.#rules();
    return columns === null || rules === null
      ? null
      : { columns, masks: masksOf(columns, rules.masks) };
  }

  #row(body: Buffer): Disposition {
    const shape = this.#shape();
    const rules = this.#rules();
    if (!this.#tracker.rowsFit || shape?.masks == null || rules === null) return 'stop';
    const { columns, masks } = shape;
    const masked = maskRow(body, { columns, masks, key: rules.key });
    return masked === null ? 'stop' : encodeMessage('D', masked);
  }

  #told(type: number, body: Buffer): Disposition {
    const rules = this.#rules();
    const disposition = this.#tracker.seen(type, body);
    if (rules === null || disposition !== 'forward') return disposition;
    const letter = type === ERROR ? 'E' : 'N';
    return encodeMessage(letter, editNotice(body, { masked: rules.masks.size > 0 }));
  }
}
