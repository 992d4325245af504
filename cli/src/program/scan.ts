/** `agentguard scan ...` */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

interface ScanFlags {
  readonly staged?: true;
  readonly history?: string | true;
  readonly stdin?: true;
  readonly stdinName?: string;
  readonly json?: true;
  readonly sarif?: true;
  readonly gitleaksJson?: true;
  readonly strict?: true;
  readonly verbose?: true;
  readonly baseline?: string;
  readonly hook?: true;
}

/** Adds `scan`. No daemon is needed for anything but moving. */
export function addScanCommands(program: Command, finish: Finish): void {
  const command = program
    .command('scan')
    .description('find secrets in files, in what is staged, in the history')
    .argument('[paths...]', 'files and folders; default the working folder')
    .option('--staged', 'what a commit would bring in: the index, exactly')
    .option('--history [range]', 'every content of every commit, once')
    .option('--stdin', 'standard input')
    .option('--stdin-name <path>', 'judge standard input as a file of this name')
    .option('--json', 'print the answer as JSON')
    .addOption(new Option('--sarif', 'print the answer as SARIF 2.1.0').conflicts('json'))
    .addOption(
      new Option('--gitleaks-json', 'print the answer as gitleaks would').conflicts('json'),
    )
    .option('--strict', 'warnings count as well')
    .option('--verbose', 'list each thing that was left out')
    .option('--baseline <file>', 'leave out what this file lists')
    .addOption(new Option('--hook', 'as the hook before a commit').hideHelp())
    .action(async (paths: readonly string[], flags: ScanFlags) => {
      if (flags.hook) {
        const { scanHook } = await import('../commands/scan-hook.ts');
        await finish(scanHook({ strict: flags.strict ?? false }));
        return;
      }
      const { scan } = await import('../commands/scan.ts');
      const { staged = false, history = null, stdin = false, stdinName = null } = flags;
      const { strict = false, verbose = false, baseline = null } = flags;
      const format = formatOf(flags);
      await finish(
        scan({
          paths,
          staged,
          history,
          stdin,
          stdinName,
          format,
          strict,
          verbose,
          baseline,
        }),
      );
    });
  addHook(command, finish);
  addDecisions(command, finish);
}

function addHook(scan: Command, finish: Finish): void {
  scan
    .command('install-hook')
    .description('check every commit of this repository')
    .action(async () => {
      const { scanInstallHook } = await import('../commands/scan-manage.ts');
      await finish(scanInstallHook());
    });
  scan
    .command('uninstall-hook')
    .description('take the check out again; what was there before is there again')
    .action(async () => {
      const { scanUninstallHook } = await import('../commands/scan-manage.ts');
      await finish(scanUninstallHook());
    });
}

function addDecisions(scan: Command, finish: Finish): void {
  scan
    .command('allow')
    .description('allow one find, with a reason that agentguard.yaml keeps')
    .argument('<fingerprint>', 'as the scan prints it')
    .requiredOption('--reason <text>', 'why it is none, or may stay')
    .option('--expires <day>', 'until then, as in 2027-01-31')
    .action(async (fingerprint: string, flags: { reason: string; expires?: string }) => {
      const { scanAllow } = await import('../commands/scan-manage.ts');
      const { reason, expires = null } = flags;
      await finish(scanAllow({ fingerprint, reason, expires }));
    });
  scan
    .command('move')
    .description('put what is found into the vault, and leave references')
    .argument('[paths...]', 'files and folders; default the working folder')
    .option('--staged', 'what is staged')
    .action(async (paths: readonly string[], _flags: unknown, self: Command) => {
      const { scanMove } = await import('../commands/scan-manage.ts');
      // The option stands at `scan` too, so it may have been taken there.
      const { staged = false } = self.optsWithGlobals<{ staged?: true }>();
      await finish(scanMove({ paths, staged }));
    });
  scan
    .command('baseline')
    .description('write what is found now into a file, so that only new finds count')
    .argument('<file>', 'below the root of the project')
    .action(async (file: string) => {
      const { scanBaseline } = await import('../commands/scan-manage.ts');
      await finish(scanBaseline(file));
    });
}

function formatOf({
  json,
  sarif,
  gitleaksJson,
}: ScanFlags): 'text' | 'json' | 'sarif' | 'gitleaks-json' {
  if (json) return 'json';
  if (sarif) return 'sarif';
  return gitleaksJson ? 'gitleaks-json' : 'text';
}
