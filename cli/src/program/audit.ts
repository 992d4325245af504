/** `agentguard audit ...` */

import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

interface FilterOptions {
  readonly type?: string;
  readonly session?: string;
  readonly resource?: string;
  readonly verdict?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
  readonly json?: true;
}

interface VerifyOptions {
  readonly proof?: string;
  readonly export?: string;
  readonly folder?: string;
  readonly key?: string;
  readonly json?: true;
}

/** Adds the commands about the record. */
export function addAuditCommands(program: Command, finish: Finish): void {
  const audit = program.command('audit').description('the record of everything that was decided');
  addTail(audit, finish);
  addQuery(audit, finish);
  addShow(audit, finish);
  addVerify(audit, finish);
  addTaking(audit, finish);
}

function addTail(audit: Command, finish: Finish): void {
  withFilter(audit.command('tail').description('what is decided from now on')).action(
    async (options: FilterOptions) => {
      const { auditTail } = await import('../commands/audit-tail.ts');
      await finish(auditTail({ filter: toFilter(options), json: options.json ?? false }));
    },
  );
}

function addQuery(audit: Command, finish: Finish): void {
  withFilter(audit.command('query').description('search the record, newest first'))
    .option('--limit <number>', 'how many entries', parseLimit, 50)
    .option('--oldest', 'oldest first')
    .action(async (options: FilterOptions & { limit: number; oldest?: true }) => {
      const { auditQuery } = await import('../commands/audit-query.ts');
      await finish(
        auditQuery({
          filter: toFilter(options),
          limit: options.limit,
          order: options.oldest === true ? 'oldest' : 'newest',
          json: options.json ?? false,
        }),
      );
    });
}

function addShow(audit: Command, finish: Finish): void {
  audit
    .command('show')
    .description('everything about one decision')
    .argument('<id>', 'a decision, or the number of an entry')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, options: { json?: true }) => {
      const { auditShow } = await import('../commands/audit-show.ts');
      await finish(auditShow({ id, json: options.json ?? false }));
    });
}

function addVerify(audit: Command, finish: Finish): void {
  audit
    .command('verify')
    .description('find any changed, removed, reordered, inserted or cut-off entry')
    .addOption(
      new Option('--proof <file>', 'check a proof, offline; needs --key').conflicts('export'),
    )
    .option('--export <file>', 'check an exported record, offline; needs --key')
    .addOption(
      new Option('--folder <folder>', "check a copy of the record's folder, offline; needs --key")
        .conflicts('export')
        .conflicts('proof'),
    )
    .option('--key <key>', 'the public key, as `agentguard audit key` prints it, or a file with it')
    .option('--json', 'print the answer as JSON')
    .action(async (options: VerifyOptions) => {
      const { auditVerify } = await import('../commands/audit-verify.ts');
      await finish(
        auditVerify({
          proof: options.proof ?? null,
          exported: options.export ?? null,
          folder: options.folder ?? null,
          key: options.key ?? null,
          json: options.json ?? false,
        }),
      );
    });
}

function addTaking(audit: Command, finish: Finish): void {
  audit
    .command('prove')
    .description('write a proof that one entry is on the record')
    .argument('<id>', 'a decision, or the number of an entry')
    .option('--output <file>', 'where to write it; default standard output')
    .action(async (id: string, options: { output?: string }) => {
      const { auditProve } = await import('../commands/audit-prove.ts');
      await finish(auditProve({ id, output: options.output ?? null }));
    });
  audit
    .command('export')
    .description('write the whole record as a file that verifies offline')
    .option('--output <file>', 'where to write it; default standard output')
    .action(async (options: { output?: string }) => {
      const { auditExport } = await import('../commands/audit-export.ts');
      await finish(auditExport({ output: options.output ?? null }));
    });
  audit
    .command('key')
    .description('print the public key that checkpoints are signed with')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { auditKey } = await import('../commands/audit-key.ts');
      await finish(auditKey({ json: options.json ?? false }));
    });
}

function withFilter(command: Command): Command {
  return command
    .addOption(
      new Option('--type <type>', 'kind of entry').choices([
        'intent',
        'approval',
        'outcome',
        'event',
      ]),
    )
    .option('--session <id>', 'of one session')
    .option('--resource <name>', 'on one database')
    .addOption(
      new Option('--verdict <verdict>', 'what the policy said').choices(['allow', 'ask', 'deny']),
    )
    .option('--text <words>', 'part of a statement, a rule or an event')
    .option('--since <time>', 'not before: 2h, 30m, or a date')
    .option('--until <time>', 'not after')
    .option('--json', 'one JSON object per line');
}

function toFilter(options: FilterOptions): FilterOptions {
  const { type, session, resource, verdict, text, since, until } = options;
  return Object.fromEntries(
    Object.entries({ type, session, resource, verdict, text, since, until }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100_000) return limit;
  throw new InvalidArgumentError('a number from 1 to 100000');
}
