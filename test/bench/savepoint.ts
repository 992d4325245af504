/** What a save point costs, next to what git itself takes to look at the same files. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveWorkspace } from '../../cli/src/savepoint/save-workspace.ts';
import { print, printTable, showSpread } from './report.ts';
import { toSpread } from './statistics.ts';

const FOLDERS = 200;
const FILES_PER_FOLDER = 50;

/** Measures the first and the following save points of a repository, and prints the table. */
export async function benchSavePoints(rounds: number): Promise<void> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'ag-bench-save-')));
  try {
    const root = makeRepository(base);
    const state = join(base, 'state');
    const save = (): Promise<unknown> =>
      saveWorkspace({
        folder: root,
        stateFolder: state,
        session: 'bench',
        agent: 'bench',
        reason: 'by hand',
      });
    const status = await timeMs(rounds, () =>
      execFileSync('git', ['status', '--porcelain'], { cwd: root }),
    );
    const first = await timeMs(rounds, save, () => rmSync(state, { recursive: true, force: true }));
    const next = await timeMs(rounds, save);
    print(`save points of ${FOLDERS * FILES_PER_FOLDER} files, milliseconds, median (min to max)`);
    printTable([
      ['work', 'ms', 'against git status'],
      toRow('git status', status, status),
      toRow('first save point', first, status),
      toRow('next save point, nothing changed', next, status),
    ]);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

function toRow(name: string, times: readonly number[], status: readonly number[]): string[] {
  const ratio = toSpread(times).median / toSpread(status).median;
  return [name, showSpread(toSpread(times), 0), ratio.toFixed(1)];
}

async function timeMs(
  rounds: number,
  work: () => unknown,
  before: () => void = () => undefined,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    before();
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times;
}

function makeRepository(base: string): string {
  const root = join(base, 'work');
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    const path = join(root, `package${folder % 20}`, `source${folder}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < FILES_PER_FOLDER; file += 1) {
      const line = `export const value${folder} = compute(${file});\n`;
      writeFileSync(join(path, `file${file}.ts`), line.repeat(20 + ((folder * file) % 400)));
    }
  }
  const git = (...args: readonly string[]): void => {
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'gc.auto=0', ...args], {
      cwd: root,
      stdio: 'ignore',
    });
  };
  git('init', '-q', '.');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  git('repack', '-a', '-d', '-q');
  git('prune-packed');
  return root;
}
