/**
 * The bytes of one entry of the record, and what can be read back from them.
 * `{"entry":{...},"index":7,"previous":{"root":"...","size":7}}` as canonical JSON; these bytes are the leaf.
 */

import * as z from 'zod';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { toCanonicalJson } from './canonical-json.ts';
import type { CanonicalJson } from './canonical-json.ts';
import { HASH_BYTES } from './merkle.ts';
import type { TreeHead } from './merkle.ts';

/** Refuses what is not UTF-8, and keeps a byte order mark, which is then no JSON. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTC with milliseconds, so that times compare as text. */
const timeSchema = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** As much of an entry as the record itself relies on; the rest passes unread. */
const entrySchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('intent'),
    decision: z.string().min(1),
    time: timeSchema,
    principal: z.looseObject({ session: z.string() }),
    resource: z.looseObject({ name: z.string() }),
    verdict: z.enum(['allow', 'ask', 'deny']),
  }),
  z.looseObject({
    type: z.literal('approval'),
    decision: z.string().min(1),
    time: timeSchema,
    answer: z.string(),
  }),
  z.looseObject({
    type: z.literal('outcome'),
    decision: z.string().min(1),
    time: timeSchema,
    result: z.string(),
  }),
  z.looseObject({
    type: z.literal('event'),
    time: timeSchema,
    name: z.string(),
    session: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  }),
]);

const bodySchema = z.strictObject({
  entry: entrySchema,
  index: z.int().nonnegative(),
  previous: z.strictObject({ root: z.string(), size: z.int().nonnegative() }),
});

/** An entry as read back: the fields the record relies on are checked, the others are there but unknown. */
export type RecordedEntry = z.infer<typeof entrySchema>;

/** What an entry says about its place in the record. */
export interface EntryBody {
  readonly entry: RecordedEntry;
  readonly index: number;
  /** Head of the tree before the batch that the entry was written in. */
  readonly previous: { readonly size: number; readonly root: Buffer };
}

export type ParsedEntryBody =
  | { readonly ok: true; readonly body: EntryBody }
  | { readonly ok: false; readonly problem: string };

/** What entries are searched by; each follows from the bytes of the entry. */
export interface EntryColumns {
  readonly type: 'intent' | 'approval' | 'outcome' | 'event';
  readonly decision: string | null;
  readonly session: string | null;
  readonly time: string;
  readonly verdict: 'allow' | 'ask' | 'deny' | null;
  readonly resource: string | null;
}

export type PreparedEntry =
  | { readonly ok: true; readonly text: string; readonly entry: RecordedEntry }
  | { readonly ok: false; readonly problem: string };

/**
 * Checks an entry and writes its canonical text, before its place in the record is known.
 * What this refuses, `parseEntryBody` would refuse too.
 */
export function prepareEntry(entry: unknown): PreparedEntry {
  const canonical: CanonicalJson = toCanonicalJson(entry);
  if (!canonical.ok) return canonical;
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) return { ok: false, problem: 'it is not an entry of a known form' };
  return { ok: true, text: canonical.text, entry: parsed.data };
}

/** The text of an entry at its place. `text` comes from `prepareEntry`; the result is canonical again. */
export function toEntryBody(text: string, index: number, previous: TreeHead): string {
  const root = encodeBase64(previous.root);
  return `{"entry":${text},"index":${index},"previous":{"root":"${root}","size":${previous.size}}}`;
}

/** Reads the bytes of an entry. Refuses bytes that are not the canonical ones of what they say. */
export function parseEntryBody(bytes: Uint8Array): ParsedEntryBody {
  const json = parseJson(bytes);
  if (json === null) return refuse('its bytes are not JSON in UTF-8');
  const parsed = bodySchema.safeParse(json.value);
  if (!parsed.success) return refuse('it does not have the form of an entry');
  const canonical = toCanonicalJson(json.value);
  // Another spelling of the same value, a repeated key for one, could be shown in two ways.
  if (!canonical.ok || canonical.text !== json.text) return refuse('its bytes are not canonical');
  const { entry, index, previous } = parsed.data;
  const root = decodeBase64(previous.root);
  if (root?.length !== HASH_BYTES) return refuse('its previous root is not a hash');
  return { ok: true, body: { entry, index, previous: { size: previous.size, root } } };
}

/** The columns that follow from an entry. An event belongs to the decision and resource that it names. */
export function toEntryColumns(entry: RecordedEntry): EntryColumns {
  const { type, time } = entry;
  switch (entry.type) {
    case 'intent': {
      const { decision, verdict } = entry;
      const session = entry.principal.session;
      return { type, decision, session, time, verdict, resource: entry.resource.name };
    }
    case 'approval':
    case 'outcome':
      return { type, decision: entry.decision, session: null, time, verdict: null, resource: null };
    case 'event': {
      const decision = toText(entry.details['decision']);
      const resource = toText(entry.details['resource']);
      return { type, decision, session: entry.session, time, verdict: null, resource };
    }
  }
}

function toText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function parseJson(bytes: Uint8Array): { readonly text: string; readonly value: unknown } | null {
  try {
    const text = UTF8.decode(bytes);
    const value: unknown = JSON.parse(text);
    return { text, value };
  } catch {
    // Either way the bytes are no entry, and the reason would quote them.
    return null;
  }
}

function refuse(problem: string): ParsedEntryBody {
  return { ok: false, problem };
}
