/** A file of checkpoints: signed notes one after the other, an empty line between them. */

/** A checkpoint is some two hundred bytes; this is years of them, and what one text can hold. */
const MAX_FILE_LENGTH = 400 * 1024 * 1024;

/** How a signature line begins (C2SP signed-note), which no line of a checkpoint's text of ours does. */
const SIGNATURE_START = '— ';

/** The notes of a file. `rest` is what a crash left of the last one; it is empty in a whole file. */
export type CheckpointFile =
  | { readonly ok: true; readonly notes: readonly string[]; readonly rest: string }
  | { readonly ok: false; readonly problem: string };

/** How a note stands in the file. */
export function toCheckpointFileText(note: string): string {
  return `${note}\n`;
}

/**
 * Finds the last whole note in the end of a file, wherever that end begins.
 * @returns null for the note when there is none; `rest` is what a crash left behind it
 */
export function parseCheckpointFileEnd(text: string): {
  readonly note: string | null;
  readonly rest: string;
} {
  const pieces = text.split('\n\n');
  // The piece behind the last separator is not ended.
  const ended = pieces.slice(0, -1);
  const at = ended.findLastIndex((piece) => piece.startsWith(SIGNATURE_START));
  const head = ended[at - 1];
  if (head === undefined) return { note: null, rest: text };
  return {
    // An end that begins inside of a separator begins with the rest of it.
    note: `${head.replace(/^\n+/, '')}\n\n${ended[at] ?? ''}\n`,
    rest: pieces.slice(at + 1).join('\n\n'),
  };
}

/** Cuts a file into its notes; none of them is verified. */
export function parseCheckpointFile(text: string): CheckpointFile {
  if (text.length > MAX_FILE_LENGTH)
    return { ok: false, problem: 'the checkpoint file is too large' };
  const notes: string[] = [];
  let from = 0;
  for (;;) {
    // A checkpoint has one empty line inside, before its signatures, and one behind it.
    const inside = text.indexOf('\n\n', from);
    const behind = inside < 0 ? -1 : text.indexOf('\n\n', inside + 2);
    if (behind < 0) return { ok: true, notes, rest: text.slice(from) };
    notes.push(text.slice(from, behind + 1));
    from = behind + 2;
  }
}
