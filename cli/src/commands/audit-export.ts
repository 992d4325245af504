/** `agentguard audit export` */

import { closeSync, openSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printNote, printRaw } from '../output/print.ts';
import { toExportText } from '../record/export-file.ts';

/** Writes the whole record with its checkpoints: what `audit verify --export` reads. */
export async function auditExport(options: { readonly output: string | null }): Promise<number> {
  const { output } = options;
  const client = await connectStarting();
  const file = output === null ? null : openSync(output, 'w', 0o600);
  let entries = 0;
  try {
    for await (const event of client.subscribe('audit.export', {})) {
      if (event.kind === 'entries') entries += event.lines.length;
      const text = toExportText(event);
      if (file === null) await printAll(text);
      else writeAll(file, text);
    }
  } finally {
    if (file !== null) closeSync(file);
  }
  if (output !== null) printNote(`${entries} entries and their checkpoints are in ${output}`);
  return EXIT.done;
}

/** A slow reader slows the record's reading down, so that memory stays bounded. */
async function printAll(text: string): Promise<void> {
  printRaw(text);
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}
