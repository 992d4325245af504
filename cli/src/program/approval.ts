/** `agentguard approval ...` */

import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

interface AnswerOptions {
  readonly operatorKey?: true;
  readonly confirm?: string;
  readonly note?: string;
  readonly json?: true;
}

/** Adds the commands about questions. */
export function addApprovalCommands(program: Command, finish: Finish): void {
  const approval = program.command('approval').description('questions that wait for a person');
  addReading(approval, finish);
  addAnswering(approval, finish);
  approval
    .command('operator-key')
    .description('the key that stands in for a terminal')
    .command('create')
    .description('make a new one; an older one stops working')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { approvalOperatorKeyCreate } =
        await import('../commands/approval-operator-key-create.ts');
      await finish(approvalOperatorKeyCreate({ json: options.json ?? false }));
    });
}

function addReading(approval: Command, finish: Finish): void {
  approval
    .command('list')
    .description('what waits for an answer')
    .option('--all', 'what was answered or not answered in time, too')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { all?: true; json?: true }) => {
      const { approvalList } = await import('../commands/approval-list.ts');
      await finish(approvalList({ all: options.all ?? false, json: options.json ?? false }));
    });
  approval
    .command('show')
    .description('one question, whole')
    .argument('<id>')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, options: { json?: true }) => {
      const { approvalShow } = await import('../commands/approval-show.ts');
      await finish(approvalShow({ id, json: options.json ?? false }));
    });
  approval
    .command('watch')
    .description('print questions as they come, and answer them at a terminal')
    .option('--json', 'print each change as a line of JSON and answer nothing')
    .action(async (options: { json?: true }) => {
      const { approvalWatch } = await import('../commands/approval-watch.ts');
      await finish(approvalWatch({ json: options.json ?? false }));
    });
}

function addAnswering(approval: Command, finish: Finish): void {
  approval
    .command('approve')
    .description('let this one operation through')
    .argument('<id>')
    .option('--confirm <word>', 'the word that a critical question asks for')
    .option('--operator-key', 'use the operator key in place of a terminal')
    .option('--note <text>', 'why, for the record')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, options: AnswerOptions) => {
      const { approvalApprove } = await import('../commands/approval-approve.ts');
      await finish(approvalApprove({ id, ...toAnswer(options), confirm: options.confirm ?? null }));
    });
  approval
    .command('deny')
    .description('refuse it')
    .argument('<id>')
    .option('--operator-key', 'use the operator key in place of a terminal')
    .option('--note <text>', 'why; the agent is told')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, options: AnswerOptions) => {
      const { approvalDeny } = await import('../commands/approval-deny.ts');
      await finish(approvalDeny({ id, ...toAnswer(options) }));
    });
}

function toAnswer(options: AnswerOptions): {
  readonly operatorKey: boolean;
  readonly note: string | null;
  readonly json: boolean;
} {
  return {
    operatorKey: options.operatorKey ?? false,
    note: options.note ?? null,
    json: options.json ?? false,
  };
}
