/** A file of checkpoints: signed notes one after the other, an empty line between them. */

/** A checkpoint is some hundred bytes; this many are a hundred million entries. */
const MAX_FILE_LENGTH = 64 * 1024 * 1024;

/** The notes of a file. `rest` is what a crash left of the last one; it is empty in a whole file. */
export type CheckpointFile =
  | { readonly ok: true; readonly notes: readonly string[]; readonly rest: string }
  | { readonly ok: false; readonly problem: string };

/** How a note stands in the file. */
export function toCheckpointFileText(note: string): string {
  return `${note}\n`;
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
