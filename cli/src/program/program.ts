/**
 * Every command with its options. Knows no daemon: a command's own file is loaded when it runs,
 * so that asking for help or one command does not pay for the others.
 */

import { PRODUCT_VERSION } from '@agentguard/daemon/control';
import { Command, CommanderError } from 'commander';
import * as z from 'zod';
import { EXIT, toExitCode } from '../exit-code.ts';
import type { ExitCode, Finish } from '../exit-code.ts';
import { endQuietlyWhenReaderLeaves, printProblem, printRaw, printText } from '../output/print.ts';
import { addAgentCommands } from './agent.ts';
import { addApprovalCommands } from './approval.ts';
import { addAuditCommands } from './audit.ts';
import { addDaemonCommands } from './daemon.ts';
import { addMcpCommands } from './mcp.ts';
import { addProjectCommands } from './project.ts';
import { addPanicCommands } from './panic.ts';
import { addPolicyCommands } from './policy.ts';
import { addResourceCommands } from './resource.ts';
import { addRunCommand } from './run.ts';
import { addScanCommands } from './scan.ts';
import { addSecretCommands } from './secret.ts';
import { addTokenCommands } from './token.ts';
import { addUndoCommands } from './undo.ts';
import { addWindowCommands } from './window.ts';

/**
 * Runs the command line.
 * @param args without the program's own name
 * @returns the exit code
 */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  // A command reads a few answers and ends, which does not pay for compiling how each is read.
  z.config({ jitless: true });
  endQuietlyWhenReaderLeaves();
  let exitCode: ExitCode = EXIT.done;
  const program = buildProgram(async (work) => {
    exitCode = await work;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said what is wrong by then; help and version end this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    printProblem(error);
    return toExitCode(error);
  }
}

function buildProgram(finish: Finish): Command {
  const program = new Command('agentguard')
    .description('stands between AI agents and databases: blocks or asks, and keeps the record')
    .version(PRODUCT_VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print what can be typed')
    .helpCommand(false)
    .enablePositionalOptions()
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ writeOut: printRaw, writeErr: printText, outputError: printUsage });
  addRunCommand(program, finish);
  addStatusCommand(program, finish);
  addDoctorCommand(program, finish);
  addPanicCommands(program, finish);
  addDemoCommand(program, finish);
  addAgentCommands(program, finish);
  addApprovalCommands(program, finish);
  addAuditCommands(program, finish);
  addResourceCommands(program, finish);
  addProjectCommands(program, finish);
  addMcpCommands(program, finish);
  addScanCommands(program, finish);
  addSecretCommands(program, finish);
  addPolicyCommands(program, finish);
  addTokenCommands(program, finish);
  addWindowCommands(program, finish);
  addUndoCommands(program, finish);
  addDaemonCommands(program, finish);
  return program;
}

function addStatusCommand(program: Command, finish: Finish): void {
  program
    .command('status')
    .description('what is guarded now, in one line')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { status } = await import('../commands/status.ts');
      await finish(status({ json: options.json ?? false }));
    });
}

function addDoctorCommand(program: Command, finish: Finish): void {
  program
    .command('doctor')
    .description('what is guarded, what is still open, and what closes it')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { doctor } = await import('../commands/doctor.ts');
      await finish(doctor({ json: options.json ?? false }));
    });
}

function addDemoCommand(program: Command, finish: Finish): void {
  program
    .command('demo')
    .description('the whole story on a database of its own, nothing to configure')
    .action(async () => {
      const { demo } = await import('../commands/demo.ts');
      await finish(demo());
    });
  program
    .command('demo-agent', { hidden: true })
    .option('--approved')
    .action(async (options: { approved?: true }) => {
      const { demoAgent } = await import('../commands/demo.ts');
      await finish(demoAgent(options.approved ?? false));
    });
}

/** Commander's own sentence, without its prefix. */
function printUsage(text: string, write: (text: string) => void): void {
  write(text.replace(/^error: /, 'agentguard: '));
}
