/** Scans what comes on standard input. */

import { Collector } from './collector.ts';
import { lookThroughPieces } from './content.ts';
import type { ScanResult } from './finding.ts';
import type { ScanPolicy } from './scan-settings.ts';

/** Scans a stream to its end. @param path how its content is judged, and what it is called */
export async function scanStream(
  stream: AsyncIterable<Uint8Array>,
  policy: ScanPolicy,
  path: string,
): Promise<ScanResult> {
  const collector = new Collector(policy);
  const looked = await lookThroughPieces(stream, path);
  collector.add(looked, { path, place: { kind: 'stdin' } });
  return collector.result();
}
