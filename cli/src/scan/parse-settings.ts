/** Reads `scan:` of an agentguard.yaml. A file that cannot be understood is an error: it may allow less than it seems. */

import { scanSchema } from '@agentguard/rules';
import type { ScanSettings } from '@agentguard/rules';
import { parse } from 'yaml';
import * as z from 'zod';
import { ScanError } from './scan-error.ts';

const fileSchema = z.looseObject({ scan: scanSchema.optional() });

/** @throws ScanError naming the place */
export function parseSettings(text: string): ScanSettings {
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new ScanError('`agentguard.yaml` is no YAML', 'agentguard policy check', error);
  }
  const checked = fileSchema.safeParse(content);
  if (checked.success) return checked.data.scan ?? {};
  const [issue] = checked.error.issues;
  const place = issue?.path.map(String).join('.') ?? 'scan';
  throw new ScanError(`\`agentguard.yaml\`: \`${place}\`: ${issue?.message ?? 'is not valid'}`);
}
