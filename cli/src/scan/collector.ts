/** Gathers what the parts of a scan find, and judges each find on its way in. SECURITY(P-76): the secret ends here. */

import { fingerprintOf, shownPart } from '@agentguard/rules';
import type { Sighting } from '@agentguard/rules';
import type { Looked } from './content.ts';
import type { Finding, FindingPlace, ScanResult, Skipped, SkipReason } from './finding.ts';
import type { ScanPolicy } from './scan-settings.ts';

/** Lines longer than this hold no comment for a person. */
const MAX_LINE = 500;

/** Beyond these a report helps nobody, and a hostile tree must not fill the memory. */
const MAX_FINDINGS = 25_000;

/** What a content is to the scan. */
export interface ContentPlace {
  readonly path: string;
  readonly place: FindingPlace;
  /** Leaves out what does not enter by this change. */
  readonly counts?: (sighting: Sighting, text: Uint8Array | null) => boolean;
}

/** One scan's finds, as they come. */
export class Collector {
  readonly #policy: ScanPolicy;
  readonly #findings: Finding[] = [];
  readonly #skipped: Skipped[] = [];
  readonly #unread: { path: string; why: string }[] = [];
  readonly #notes: string[] = [];
  #files = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(policy: ScanPolicy) {
    this.#policy = policy;
  }

  /** Whether the settings leave a path out; it is then listed as such. */
  excludes(path: string): boolean {
    if (!this.#policy.allowList.excludes(path)) return false;
    this.skip(path, 'excluded by the settings');
    return true;
  }

  add(looked: Looked, about: ContentPlace): void {
    this.#files += 1;
    this.#bytes += looked.bytes;
    if (looked.skipped !== null) this.skip(about.path, looked.skipped);
    for (const sighting of looked.sightings) {
      if (about.counts?.(sighting, looked.text) === false) continue;
      if (this.#findings.length < MAX_FINDINGS)
        this.#findings.push(this.#judge(sighting, looked, about));
      else this.#dropped += 1;
    }
  }

  skip(path: string, why: SkipReason): void {
    this.#skipped.push({ path, why });
  }

  unread(path: string, why: string): void {
    this.#unread.push({ path, why });
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  get files(): number {
    return this.#files;
  }

  get bytes(): number {
    return this.#bytes;
  }

  result(): ScanResult {
    const dropped = this.#dropped === 0 ? [] : [`${this.#dropped} more finds are not listed`];
    const expired = this.#policy.allowList.expired.map(
      (one) => `the allowance of ${one} has expired`,
    );
    return {
      findings: this.#findings,
      skipped: this.#skipped,
      unread: this.#unread,
      files: this.#files,
      bytes: this.#bytes,
      notes: [...this.#notes, ...expired, ...dropped],
    };
  }

  #judge(sighting: Sighting, { text }: Looked, { path, place }: ContentPlace): Finding {
    const { match, line, column, value } = sighting;
    const { kind, tier, why, name } = match;
    const finding: Finding = {
      path,
      line,
      column,
      kind: kind.id,
      title: kind.title,
      tier: this.#policy.warned.has(kind.id) ? 'warn' : tier,
      opens: kind.opens,
      shown: shownPart(value),
      fingerprint: fingerprintOf({ kind: kind.id, path, value }, this.#policy.key),
      why,
      name,
      place,
      allowed: null,
    };
    const secret = Buffer.from(value).toString('utf8');
    const around = text === null ? '' : lineAround(text, sighting.start);
    return { ...finding, allowed: this.#policy.allowList.judge({ finding, secret, line: around }) };
  }
}

function lineAround(text: Uint8Array, at: number): string {
  let start = at;
  while (start > 0 && at - start < MAX_LINE && text[start - 1] !== 0x0a) start -= 1;
  let end = at;
  while (end < text.length && end - at < MAX_LINE && text[end] !== 0x0a) end += 1;
  return Buffer.from(text.buffer, text.byteOffset + start, end - start).toString('latin1');
}
