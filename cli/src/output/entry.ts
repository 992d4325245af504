/** Entries of the record as a person reads them: one line each in lists, every field when one is asked for. */

import type { AuditRow } from '@agentguard/daemon/control';
import { describeHidden, makeVisible } from './visible.ts';

/** One line: number, time, what, and why where there is a why. */
export function toEntryLine({ index, entry }: AuditRow): string {
  const what = describeEntry(entry);
  return `${String(index).padStart(6)}  ${shown(entry.time)}  ${what}`;
}

/** Every field of an entry. Nothing is cut. */
export function toEntryLines(row: AuditRow): readonly string[] {
  const { entry } = row;
  if (entry.type !== 'intent') return [toEntryLine(row), ...toFieldLines(entry)];
  const statement = makeVisible(entry.statement);
  const hidden = describeHidden(statement.hidden);
  return [
    toEntryLine(row),
    '  statement',
    ...statement.text.split('\n').map((line) => `  | ${line}`),
    ...(hidden === null ? [] : [`    ${hidden}, shown between < and >`]),
    ...toFieldLines({ ...entry, statement: undefined }),
  ];
}

type Entry = AuditRow['entry'];

function describeEntry(entry: Entry): string {
  switch (entry.type) {
    case 'intent':
      return `${entry.verdict.padEnd(5)}  ${shown(entry.decision)}  ${shown(entry.principal.agent)} on ${shown(entry.resource.name)}  ${shown(entry.statement)}`;
    case 'approval':
      return `answer ${shown(entry.decision)}  ${shown(entry.answer)}${entry.by === null ? '' : ` by ${shown(entry.by)}`}`;
    case 'outcome':
      return `result ${shown(entry.decision)}  ${entry.result}  ${shown(entry.tags.join(', ') || (entry.errorCode ?? ''))}`;
    case 'event':
      return `event  ${shown(entry.name)}${entry.session === null ? '' : `  ${shown(entry.session)}`}`;
  }
}

function toFieldLines(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(fields)
    .filter(([name, value]) => value !== undefined && name !== 'type' && name !== 'time')
    .map(([name, value]) => `  ${shown(name).padEnd(15)} ${shown(toText(value))}`);
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Line breaks become visible, so that no entry can pass for two. */
function shown(text: string): string {
  return makeVisible(text).text.replaceAll('\n', '<LF>');
}
