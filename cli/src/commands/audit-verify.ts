/** `agentguard audit verify`: the daemon's own record, or a proof, an export or a copied folder with the public key alone. */

import { readFileSync } from 'node:fs';
import { ControlError } from '@agentguard/daemon/control';
import type { CallResult } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** What was typed. */
export interface AuditVerifyOptions {
  readonly proof: string | null;
  readonly exported: string | null;
  /** A copy of the record's own folder. */
  readonly folder: string | null;
  /** The key itself, or a file with it. */
  readonly key: string | null;
  readonly json: boolean;
}

type Report = CallResult<'audit.verify'>;

/** Verifies. Exit code 5 when anything does not fit. */
export async function auditVerify(options: AuditVerifyOptions): Promise<number> {
  if (options.proof !== null) return verifyProofFile(options.proof, options);
  if (options.exported !== null) return verifyExportFile(options.exported, options);
  if (options.folder !== null) return verifyFolder(options.folder, options);
  if (options.key !== null) throw new UsageError('--key goes with --proof, --export or --folder');
  const client = await connectStarting();
  return printReport(await client.call('audit.verify', {}), options.json);
}

async function verifyProofFile(path: string, options: AuditVerifyOptions): Promise<number> {
  const key = readKey(options.key);
  const { verifyProofText } = await import('../record/verify-offline.ts');
  const verified = verifyProofText(readFile(path), key);
  if (!verified.ok) {
    if (options.json) printJson({ ok: false, problem: verified.problem });
    printNote(`agentguard: the proof does not hold: ${makeVisible(verified.problem).text}`);
    return EXIT.unverified;
  }
  const { body, checkpoint } = verified;
  const covered = checkpoint.size;
  if (options.json) {
    printJson({ ok: true, index: body.index, entry: body.entry, entries: covered });
    return EXIT.done;
  }
  printAnswer(`proved: entry ${body.index} of a record of ${covered} signed entries is`);
  printAnswer(makeVisible(JSON.stringify(body.entry)).text);
  return EXIT.done;
}

async function verifyExportFile(path: string, options: AuditVerifyOptions): Promise<number> {
  const key = readKey(options.key);
  const { verifyExportText } = await import('../record/verify-offline.ts');
  const read = await verifyExportText(readFile(path), key);
  if (read.kind === 'unreadable') return printBroken(read.problem, options.json);
  if (!read.verification.ok) {
    throw new UsageError(read.verification.problem, 'agentguard audit key');
  }
  const { problems, ...report } = read.verification.report;
  return printReport({ ...report, problems: [...problems] }, options.json);
}

async function verifyFolder(folder: string, options: AuditVerifyOptions): Promise<number> {
  const key = readKey(options.key);
  const { verifyRecordCopy } = await import('@agentguard/daemon/control');
  const report = await verifyRecordCopy(folder, key);
  return printReport(report, options.json);
}

function printReport(report: Report, json: boolean): number {
  if (json) printJson(report);
  else for (const line of describeReport(report)) printAnswer(line);
  return report.ok ? EXIT.done : EXIT.unverified;
}

function describeReport(report: Report): readonly string[] {
  const { entries, signed, unsigned, problems, problemCount, checkpoints } = report;
  if (report.ok) {
    const tail = unsigned === 0 ? '' : `, ${unsigned} behind the last checkpoint`;
    return [
      `verified: ${entries} entries, ${signed} under ${checkpoints} signed checkpoints${tail}`,
      `root ${report.root}`,
    ];
  }
  const at = report.firstBroken === null ? '' : ` at entry ${report.firstBroken}`;
  const rest = problemCount - problems.length;
  return [
    `BROKEN${at}: ${problemCount} ${problemCount === 1 ? 'thing does' : 'things do'} not fit`,
    ...problems.map(({ what }) => `  ${makeVisible(what).text}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

function printBroken(problem: string, json: boolean): number {
  if (json) printJson({ ok: false, problem });
  else printAnswer(`BROKEN: ${problem}`);
  return EXIT.unverified;
}

/** Without a key from elsewhere, a file could be signed by anybody. */
function readKey(key: string | null): string {
  if (key === null) {
    throw new UsageError(
      'a file is verified against a key that you trust',
      '--key, with what `agentguard audit key` printed on the machine of the record',
    );
  }
  return /\+[0-9a-f]{8}\+/.test(key) ? key : readFile(key).trim();
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ControlError('AUDIT_UNREADABLE', `the file \`${path}\` cannot be read`, {
      audience: 'user',
      cause,
    });
  }
}
