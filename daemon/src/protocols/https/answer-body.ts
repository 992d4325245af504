/**
 * What of an answer a client gets to see: everything but the real credential, and of an answer that reveals or mints
 * credentials nothing but its shape.
 * SECURITY(P-36): an answer whose coding is not known, or that cannot be masked, is withheld.
 */

import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { valuesOf, withoutFields } from '@agentguard/rules';
import type { FieldList } from '@agentguard/rules';
import type { SecretValue } from '../../secrets/secret-value.ts';
import { maskJson } from './mask-json.ts';
import { MAX_MASKED_BYTES } from './limits.ts';
import { echoesOf, Scrubber } from './scrubber.ts';
import type { Replacement } from './scrubber.ts';

/** An answer as it comes. */
export interface AnswerParts {
  /** End to end. */
  readonly fields: FieldList;
  readonly credential: SecretValue;
  /** What stands where the credential would. */
  readonly placeholder: string;
  /** Its content holds credentials. */
  readonly masked: boolean;
}

/** How the answer is brought to the client. */
export interface OpenedAnswer {
  /** @param bare an answer without content, whose length speaks of another one */
  readonly fieldsFor: (bare: boolean) => FieldList;
  readonly trailersOf: (fields: FieldList) => FieldList;
  /** What its content goes through, in order. */
  readonly transforms: readonly Transform[];
}

/** The content cannot be shown. */
export class WithheldError extends Error {}

/**
 * Prepares an answer.
 * @throws WithheldError when its coding is not known
 */
export function openAnswer(parts: AnswerParts): OpenedAnswer {
  const echoes = echoesOf(parts.credential.unsafeReveal(), parts.placeholder);
  const scrubbed = scrubFields(parts.fields, echoes);
  const decoders = valuesOf(parts.fields, 'content-encoding')
    .flatMap((value) => value.split(','))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity')
    .toReversed()
    .map(toDecoder);
  const changed = withoutFields(scrubbed, LENGTH_FIELDS);
  return {
    // The length is another one behind a decoder, and may be where something was taken out.
    fieldsFor: (bare) => (bare ? scrubbed : changed),
    trailersOf: (fields) => scrubFields(fields, echoes),
    transforms: [...decoders, ...(parts.masked ? [masking()] : []), scrubbing(echoes)],
  };
}

const LENGTH_FIELDS = new Set([
  'content-length',
  'content-encoding',
  'content-md5',
  'digest',
  'content-digest',
]);

function toDecoder(coding: string): Transform {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    default:
      throw new WithheldError('the answer is coded in a way that cannot be read');
  }
}

function scrubFields(fields: FieldList, echoes: readonly Replacement[]): FieldList {
  return fields.map((text) => {
    const scrubber = new Scrubber(echoes);
    const bytes = Buffer.from(text, 'latin1');
    return Buffer.concat([scrubber.push(bytes), scrubber.end()]).toString('latin1');
  });
}

function scrubbing(echoes: readonly Replacement[]): Transform {
  const scrubber = new Scrubber(echoes);
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      done(null, scrubber.push(chunk));
    },
    flush: (done) => {
      done(null, scrubber.end());
    },
  });
}

/** Gathers the whole content, since what is a credential in it can be told only from its shape. */
function masking(): Transform {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done: TransformCallback) => {
      length += chunk.length;
      if (length > MAX_MASKED_BYTES) {
        done(new WithheldError('the answer holds credentials and is too long to be masked'));
        return;
      }
      chunks.push(chunk);
      done();
    },
    flush: (done) => {
      done(null, maskJson(Buffer.concat(chunks).toString('utf8')));
    },
  });
}
