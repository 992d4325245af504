/** `agentguard policy ...` */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { PolicyExplainOptions } from '../commands/policy-explain.ts';
import type { Finish } from '../exit-code.ts';
import { repeated } from './repeated.ts';
import { readScope } from './scope-options.ts';

/** Adds the commands about the policy. */
export function addPolicyCommands(program: Command, finish: Finish): void {
  const policy = program.command('policy').description('what agents may do, and why');
  addFileCommands(policy, finish);
  addExplain(policy, finish);
  policy
    .command('show')
    .description('what of your own file is in force')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { policyShow } = await import('../commands/policy-show.ts');
      await finish(policyShow({ json: options.json ?? false }));
    });
}

function addFileCommands(policy: Command, finish: Finish): void {
  policy
    .command('check')
    .description('whether a file can be put in force, and its tables are there')
    .argument('[file]', 'default: agentguard.yaml here or above')
    .option('--json', 'print the answer as JSON')
    .action(async (file: string | undefined, options: { json?: true }) => {
      const { policyCheck } = await import('../commands/policy-check.ts');
      await finish(policyCheck({ file: file ?? null, json: options.json ?? false }));
    });
  policy
    .command('test')
    .description('what a candidate would decide otherwise, of all that is on the record')
    .argument('<file>')
    .option('--own', "it would stand in place of your own file, not of the project's")
    .option('--json', 'print the answer as JSON')
    .action(async (file: string, options: { own?: true; json?: true }) => {
      const { policyTest } = await import('../commands/policy-test.ts');
      const { own, json } = options;
      await finish(policyTest({ file, own: own ?? false, json: json ?? false }));
    });
  policy
    .command('accept')
    .description("put a project's file in force, after showing what changes")
    .argument('[file]', 'default: agentguard.yaml here or above')
    .option('--operator-key', 'use the operator key in place of a terminal')
    .option('--json', 'print the answer as JSON')
    .action(async (file: string | undefined, options: { operatorKey?: true; json?: true }) => {
      const { policyAccept } = await import('../commands/policy-accept.ts');
      const { operatorKey, json } = options;
      await finish(
        policyAccept({
          file: file ?? null,
          operatorKey: operatorKey ?? false,
          json: json ?? false,
        }),
      );
    });
}

interface ExplainOptions {
  readonly sql?: string;
  readonly batch?: string;
  readonly resource?: string;
  readonly environment?: NonNullable<PolicyExplainOptions['environment']>;
  readonly role?: string;
  readonly tenantId?: string;
  readonly value?: readonly string[];
  readonly json?: true;
  readonly mcp?: string;
  readonly args?: string;
  readonly http?: string;
  readonly header?: readonly string[];
  readonly body?: string;
}

function addExplain(policy: Command, finish: Finish): void {
  policy
    .command('explain')
    .description('why something was decided, or what would be')
    .argument('[decision]', 'as a denial or the record shows it: dec-...')
    .option('--sql <text>', 'a statement that nobody sent')
    .option('--http <request>', "a request that nobody sent: 'DELETE https://...'")
    .addOption(repeated('--header <name:value>', 'a header field of that request'))
    .option('--body <text>', 'its body; @FILE reads it from a file')
    .option('--batch <file>', 'many of them, as lines of JSON; - reads standard input')
    .option('--resource <name>', 'the database it is for, whose catalog is used')
    .addOption(
      new Option('--environment <kind>', 'without a database: what it counts as').choices([
        'production',
        'staging',
        'development',
        'unknown',
      ]),
    )
    .option('--mcp <server/tool>', 'a call of a tool of an MCP server that nobody sent')
    .option('--args <json>', 'its arguments')
    .option('--role <name>', 'the role that would hold')
    .option('--tenant-id <id>', 'what {{ token.tenant_id }} would stand for')
    .addOption(repeated('--value <name=value>', 'another value of {{ token.NAME }}'))
    .option('--json', 'print the answer as JSON')
    .action(async (decision: string | undefined, options: ExplainOptions) => {
      if (options.mcp !== undefined) {
        const { policyExplainMcp } = await import('../commands/policy-explain-mcp.ts');
        const { mcp: call, args = '{}', role = null, json = false } = options;
        await finish(policyExplainMcp({ call, args, role, json }));
        return;
      }
      const { policyExplain } = await import('../commands/policy-explain.ts');
      const { sql, http, header, body, batch, resource, environment, role, json } = options;
      await finish(
        policyExplain({
          decision: decision ?? null,
          sql: sql ?? null,
          http: http ?? null,
          headers: header ?? [],
          body: body ?? null,
          batch: batch ?? null,
          resource: resource ?? null,
          environment: environment ?? null,
          role: role ?? null,
          values: readScope(options).values,
          json: json ?? false,
        }),
      );
    });
}
