/** A disk that is full, at whatever moment: nothing lost, nothing half-written, and it goes on when there is room. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestProject } from '../../../cli/src/project/fixtures/memory-vault.ts';
import { ProjectError } from '../../../cli/src/project/project-error.ts';
import { skipLoudly } from '../../servers/skip.ts';

const CANARY = 'c4n4ry-of-the-full-disk';

/** Larger than a page, so that a rewritten file needs room of its own. */
const FILES = {
  '.env': `DB_PASSWORD=${CANARY}\n${'# a comment of some length\n'.repeat(400)}`,
  '.env.production': `API_TOKEN=${CANARY}-token\n${'# another comment\n'.repeat(400)}`,
};

const DISK_BYTES = 256 * 1024;
const PAGE_BYTES = 4096;

const cannot = process.platform !== 'linux' || process.getuid?.() !== 0;
const skipped = cannot && skipLoudly('a full disk: mounting one takes Linux and root');

let disk: string;
let project: TestProject;

beforeEach(() => {
  if (skipped) return;
  disk = mkdtempSync(join(tmpdir(), 'ag-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk]);
  project = new TestProject(FILES, disk);
});
afterEach(() => {
  if (skipped) return;
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

const filler = (): string => join(disk, 'filler');

/** Fills the disk up to some pages. */
function leave(pages: number): void {
  rmSync(filler(), { force: true });
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler(), Buffer.alloc(Math.max(0, bavail * bsize - pages * PAGE_BYTES)));
}

function free(): void {
  rmSync(filler(), { force: true });
}

/** Each file is as it was before or after, never in between, and no value is gone. */
function expectWhole(wholes: readonly Readonly<Record<string, string>>[]): void {
  const now = project.snapshot();
  for (const name of Object.keys(FILES)) {
    expect(wholes.map((whole) => whole[name])).toContain(now[name]);
  }
  expect(Object.keys(now).filter((name) => name.includes('agentguard-new'))).toEqual([]);
  const everywhere = [...Object.values(now), ...project.vault.values.values()].join('\n');
  for (const value of [CANARY, `${CANARY}-token`]) expect(everywhere).toContain(value);
}

describe.skipIf(skipped)('on a disk with no room', () => {
  test('moving stops with a reason and loses nothing; with room it goes on', async () => {
    const before = project.snapshot();
    await project.apply();
    const after = project.snapshot();
    await project.undo();
    let stopped = 0;
    for (let pages = 0; pages < 24; pages += 1) {
      leave(pages);
      const failure = await project.apply().then(
        () => null,
        (error: unknown) => error as Error,
      );
      if (failure !== null) {
        stopped += 1;
        expect(failure).toBeInstanceOf(ProjectError);
        expect(failure.message).toContain('there is no room on the disk');
      }
      expectWhole([before, after]);
      free();
      await project.apply();
      expect(project.snapshot()).toEqual(after);
      expect((await project.undo())?.complete).toBe(true);
      expect(project.snapshot()).toEqual(before);
    }
    expect(stopped).toBeGreaterThan(5);
  });

  test('undoing keeps the vault until every file is back', async () => {
    const before = project.snapshot();
    let stopped = 0;
    for (let pages = 0; pages < 8; pages += 1) {
      await project.apply();
      const after = project.snapshot();
      leave(pages);
      const undone = await project.undo();
      if (undone?.complete === false) {
        stopped += 1;
        expect(undone.files.some(({ why }) => why?.includes('no room') === true)).toBe(true);
        expect(project.vault.values.size).toBe(2);
      }
      expectWhole([before, after]);
      free();
      if (undone?.complete === false) expect((await project.undo())?.complete).toBe(true);
      expect(project.snapshot()).toEqual(before);
    }
    expect(stopped).toBeGreaterThan(1);
  });
});
