import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAuditLog } from './audit-log.ts';
import { toRecordPaths } from './record-folder.ts';
import { makeEvent, makeFolder, makeSigner } from './sample-log.ts';

// Real disks and processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

const signer = makeSigner();
let folder: ReturnType<typeof makeFolder>;

beforeEach(() => {
  folder = makeFolder();
});

afterEach(() => {
  folder.remove();
});

async function openOnce(): Promise<void> {
  const log = await openAuditLog({ folder: folder.path, signer });
  await log.append(makeEvent('started'), 'written');
  await log.close();
}

describe('the files of the record', () => {
  it('are the owner alone, whatever the umask says', async () => {
    const before = process.umask(0);
    try {
      const log = await openAuditLog({ folder: folder.path, signer });
      await log.append(makeEvent('started'), 'written');
      const { database, checkpoints } = toRecordPaths(folder.path);
      for (const path of [database, `${database}-wal`, checkpoints]) {
        expect((statSync(path).mode & 0o777).toString(8), path).toBe('600');
      }
      await log.close();
    } finally {
      process.umask(before);
    }
  });

  it('are opened again when nothing was changed', async () => {
    await openOnce();
    await expect(openOnce()).resolves.toBeUndefined();
  });
});

describe('a record that others may reach is refused', () => {
  const refused = { code: 'AUDIT_UNREADABLE', audience: 'user' };
  const database = () => toRecordPaths(folder.path).database;

  it.each([
    [
      'a folder that others may list',
      () => {
        chmodSync(folder.path, 0o755);
      },
    ],
    [
      'a folder that the group may enter',
      () => {
        chmodSync(folder.path, 0o710);
      },
    ],
    [
      'a database that others may read',
      () => {
        chmodSync(database(), 0o604);
      },
    ],
    [
      'a database that the group may write',
      () => {
        chmodSync(database(), 0o620);
      },
    ],
    [
      'checkpoints that others may read',
      () => {
        chmodSync(toRecordPaths(folder.path).checkpoints, 0o644);
      },
    ],
    [
      'a left-over that others may read',
      () => {
        writeFileSync(`${database()}-wal`, '', { mode: 0o644 });
      },
    ],
    [
      'a database with a second name',
      () => {
        linkSync(database(), join(folder.path, 'other'));
      },
    ],
    [
      'a link in place of the database',
      () => {
        renameSync(database(), join(folder.path, 'other'));
        symlinkSync(join(folder.path, 'other'), database());
      },
    ],
    [
      'a folder in place of the database',
      () => {
        renameSync(database(), join(folder.path, 'other'));
        mkdirSync(database(), { mode: 0o700 });
      },
    ],
  ])('%s', async (_name, spoil) => {
    await openOnce();
    spoil();
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject(refused);
  });

  it.runIf(process.getuid?.() === 0).each([
    ['the folder', () => folder.path],
    ['the database', database],
  ])('%s of somebody else', async (_name, path) => {
    await openOnce();
    chownSync(path(), 65_534, 65_534);
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject(refused);
  });

  it('a folder that is not there', async () => {
    const path = join(folder.path, 'nowhere');
    await expect(openAuditLog({ folder: path, signer })).rejects.toMatchObject(refused);
    expect(existsSync(path)).toBe(false);
  });
});
