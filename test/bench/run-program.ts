/** Runs one of PostgreSQL's own programs to its end. */

import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A program that has not ended by then hangs; no measurement is that long. */
const PROGRAM_TIMEOUT_MS = 120_000;

const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** Where a program is: on the path, or where Debian keeps it; null when it is not here. */
export function findProgram(name: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin', debianFolders());
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  return found ?? null;
}

function debianFolders(): readonly string[] {
  if (!existsSync(DEBIAN_FOLDER)) return [];
  const majors = readdirSync(DEBIAN_FOLDER).sort((left, right) => Number(right) - Number(left));
  return majors.map((major) => join(DEBIAN_FOLDER, major, 'bin'));
}

/** What to run. Standard input comes from a file or is empty; standard output goes to a file or is kept. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly inputFile?: string;
  readonly outputFile?: string;
}

/** Runs it and gives what it printed. Throws with its own words when it does not end well. */
export async function runProgram(program: Program): Promise<string> {
  const input = program.inputFile === undefined ? null : openSync(program.inputFile, 'r');
  const output = program.outputFile === undefined ? null : openSync(program.outputFile, 'w');
  try {
    return await runToEnd(program, { input, output });
  } finally {
    if (input !== null) closeSync(input);
    if (output !== null) closeSync(output);
  }
}

async function runToEnd(
  program: Program,
  files: { readonly input: number | null; readonly output: number | null },
): Promise<string> {
  const child = spawn(program.file, program.args, {
    env: program.env,
    timeout: PROGRAM_TIMEOUT_MS,
    stdio: [files.input ?? 'ignore', files.output ?? 'pipe', 'pipe'],
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      said += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program.file} ended with ${code ?? 'a signal'}:\n${said}`);
  return said;
}
