/**
 * A question as a person reads it: what, why, who, the statement, what it does, and until when. Nothing is cut.
 * The statement stands behind a bar on every line, so that no line of it can pass for one of ours.
 */

import type { ApprovalMessage } from '@agentguard/daemon/control';
import { formatDuration } from '../duration.ts';
import { describeHidden, makeVisible } from './visible.ts';

const BAR = '  | ';

/**
 * The lines of a question.
 * @param now milliseconds since the epoch
 */
export function toQuestionLines(approval: ApprovalMessage, now: number): readonly string[] {
  return [
    `${shown(approval.headline)}${approval.critical ? '  [CRITICAL]' : ''}`,
    '',
    ...approval.reasons.map(({ rule, reason }) => `why        ${shown(reason)} (${shown(rule)})`),
    `who        ${shown(approval.principal.agent)}, started by ${shown(approval.principal.person)}, session ${shown(approval.principal.session)}`,
    `where      ${shown(approval.workspace)}`,
    `database   ${shown(approval.resource.name)}, ${describeEnvironment(approval)}`,
    ...approval.during.map((tool) => `for        ${shown(tool)}`),
    'statement',
    ...makeVisible(approval.statement)
      .text.split('\n')
      .map((line) => `${BAR}${line}`),
    ...hiddenLine(approval),
    ...approval.effects.map((effect) => `does       ${shown(effect)}`),
    `rows       ${describeMeasured(approval)}`,
    ...describeSamples(approval),
    `undo       ${describeUndo(approval)}`,
    `asked      ${shown(approval.createdAt)}, ${describeExpiry(approval, now)}`,
    ...describeAnswer(approval),
    `digest     ${shown(approval.digest)}`,
  ];
}

/** Everything an agent can influence passes through here: the headline and names too, not the statement alone. */
function shown(text: string): string {
  return makeVisible(text).text.replaceAll('\n', '<LF>');
}

function hiddenLine(approval: ApprovalMessage): readonly string[] {
  const hidden = describeHidden(makeVisible(approval.statement).hidden);
  return hidden === null ? [] : [`           ${hidden}, shown between < and >`];
}

function describeEnvironment(approval: ApprovalMessage): string {
  const { environment } = approval.resource;
  switch (environment) {
    case 'production':
      return 'PRODUCTION';
    case 'unknown':
      return 'not labelled, so it counts as PRODUCTION';
    case 'staging':
    case 'development':
      return environment;
  }
}

function describeMeasured(approval: ApprovalMessage): string {
  if (approval.measured === null) {
    const why = approval.notMeasured === null ? '' : `: ${shown(approval.notMeasured)}`;
    return `unknown (not measured${why})`;
  }
  const counts = Object.entries(approval.measured);
  const said = counts.map(([what, rows]) => `${toCount(rows)} ${shown(what)}`).join(', ') || 'none';
  return `${said} (measured, then rolled back)`;
}

/** A number that nobody could count arrives as the largest one there is. */
function toCount(rows: number): string {
  return rows === Number.MAX_SAFE_INTEGER ? 'all' : String(rows);
}

function describeUndo(approval: ApprovalMessage): string {
  if (approval.undo !== null) return shown(approval.undo);
  return approval.reversible ? 'can be taken back' : 'cannot be taken back';
}

/** Each row on two lines, as it is and as it would be. Values come from the database, so nothing in them is trusted. */
function describeSamples({ samples }: ApprovalMessage): readonly string[] {
  return samples.flatMap(({ table, columns, before, after }) => [
    `row        of ${shown(table)}`,
    `  before   ${before === null ? 'not there' : toRow(columns, before)}`,
    `  after    ${after === null ? 'gone' : toRow(columns, after)}`,
  ]);
}

function toRow(columns: readonly string[], values: readonly (string | null)[]): string {
  return columns
    .map((column, at) => `${shown(column)}=${values[at] == null ? 'NULL' : shown(values[at])}`)
    .join('  ');
}

function describeExpiry(approval: ApprovalMessage, now: number): string {
  const left = Date.parse(approval.expiresAt) - now;
  switch (approval.state) {
    case 'pending':
      return `denied by itself in ${formatDuration(left)}`;
    case 'parked':
      return 'not answered in time; approving it now lets one identical call pass for 5 minutes';
    case 'approved':
    case 'denied':
    case 'cancelled':
    case 'granted':
      return `${approval.state} already`;
  }
}

function describeAnswer(approval: ApprovalMessage): readonly string[] {
  const by = approval.answeredBy === null ? [] : [shown(approval.answeredBy)];
  const surface = approval.surface === null ? [] : [`at the ${shown(approval.surface)}`];
  const note = approval.note === null ? [] : [`note: ${shown(approval.note)}`];
  const said = [...by, ...surface, ...note];
  return said.length === 0 ? [] : [`answered   ${said.join(', ')}`];
}
