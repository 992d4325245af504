/** Others go on working while a save point is made, and their work and the save point are both whole. */

import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { makeWorkspace } from './workspace-stage.ts';

const ROUNDS = 3;

test('git commits, repacks and edits go on while save points are made, and every save point is whole', async () => {
  const workspace = makeWorkspace(`
    git init -q -b main .; git config user.email a@b; git config user.name a; git config gc.auto 0
    for i in $(seq 1 50); do echo $i > f$i; done; git add .; git commit -qm first`);
  try {
    const busy = spawn(
      'sh',
      [
        '-ec',
        'i=0; while :; do i=$((i+1)); echo x$i > f$((i%50)); git commit -qam $i; [ $((i%7)) = 0 ] && git repack -adq || true; done',
      ],
      { cwd: workspace.root, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let complaints = '';
    busy.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    const ended = new Promise((resolve) => busy.once('close', resolve));
    const ids: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) ids.push(await workspace.save());
    // Still at work: it did not stop over anything that saving did.
    expect(busy.exitCode).toBeNull();
    busy.kill('SIGKILL');
    await ended;
    expect(complaints).toBe('');
    workspace.sh('rm -f .git/*.lock .git/refs/heads/*.lock');
    expect(workspace.sh('git fsck --no-dangling 2>&1')).toBe('');
    for (const id of ids) {
      workspace.sh('rm -rf .git f*');
      await workspace.restore(id, '--refs', '--index');
      expect(workspace.sh('git fsck --no-dangling 2>&1')).toBe('');
      expect(workspace.sh('ls | wc -l').trim()).toBe('50');
    }
  } finally {
    workspace.remove();
  }
});

test('save points of one workspace that are made at the same time take turns', async () => {
  const workspace = makeWorkspace('git init -q .; echo x > f');
  try {
    const ids = await Promise.all(Array.from({ length: 4 }, () => workspace.save()));
    expect(new Set(ids).size).toBe(4);
    const { stdout } = workspace.guard(['undo', '--json']);
    const { savePoints } = JSON.parse(stdout) as { savePoints: { number: number }[] };
    expect(savePoints.map(({ number }) => number)).toEqual([4, 3, 2, 1]);
  } finally {
    workspace.remove();
  }
});
