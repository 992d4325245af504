/**
 * The file that carries a whole record: entries, one line each, an empty line, then the signed checkpoints
 * as they stand in a checkpoint file. An entry never holds a raw line break, so the first empty line is the border.
 */

import { parseCheckpointFile, toCheckpointFileText } from '@agentguard/rules';
import type { StreamEvent } from '@agentguard/daemon/control';

/** Parts of an exported file. */
export type ExportedRecord =
  | {
      readonly ok: true;
      readonly lines: readonly string[];
      readonly checkpoints: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

/** What one event of the export adds to the file. */
export function toExportText(event: StreamEvent<'audit.export'>): string {
  switch (event.kind) {
    case 'entries':
      return event.lines.map((line) => `${line}\n`).join('');
    case 'checkpoints':
      return `\n${event.notes.map(toCheckpointFileText).join('')}`;
  }
}

/** Takes an exported file apart; nothing in it is verified. */
export function parseExport(text: string): ExportedRecord {
  const border = text.startsWith('\n') ? 0 : text.indexOf('\n\n') + 1;
  if (border === 0 && !text.startsWith('\n')) {
    return { ok: false, problem: 'the file ends before its checkpoints' };
  }
  const entries = text.slice(0, border);
  const lines = entries === '' ? [] : entries.slice(0, -1).split('\n');
  const checkpoints = parseCheckpointFile(text.slice(border + 1));
  if (!checkpoints.ok) return checkpoints;
  if (checkpoints.rest !== '') return { ok: false, problem: 'the last checkpoint is cut off' };
  return { ok: true, lines, checkpoints: checkpoints.notes };
}
