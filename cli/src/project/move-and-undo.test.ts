import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { loadSqlParser, parsePolicy } from '@agentguard/rules';
import { afterEach, describe, expect, test } from 'vitest';
import { Breaker, BrokenOff, TestProject } from './fixtures/memory-vault.ts';
import { ProjectError } from './project-error.ts';
import { showPlan, toPlanJson } from './show-plan.ts';

/** Every secret has this in it, so that one look tells whether any is left somewhere. */
const CANARY = 'c4n4ry';

const url = (scheme: string, rest: string): string => `${scheme}://${rest}`;
const REAL = url('postgresql', `app:${CANARY}-pw@db.example:5432/reservations`);
const FILES: Readonly<Record<string, string>> = {
  '.env': [
    '\uFEFF# the app',
    'PORT=3000',
    `export DATABASE_URL="${REAL}?schema=public&sslmode=require" # main`,
    `STRIPE_SECRET_KEY='${CANARY}-stripe'`,
    `#OLD_URL=${url('postgres', `old:${CANARY}-old@old.example/legacy`)}`,
    `REDIS_URL = ${url('redis', `:${CANARY}@h:6379/0`)}`,
    `PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\n${CANARY}\\n-----END PRIVATE KEY-----"`,
    'AUTHORIZATION=Bearer ' + `${CANARY}-bearer`,
    `DB_PASSWORD=first-${CANARY}`,
    `DB_PASSWORD=\`second-${CANARY}\``,
    'SMTP_URL=smtp://me:${DB_PASSWORD}@mail.example',
  ].join('\n'),
  '.env.development': `DATABASE_URL=${url('postgres', `dev:${CANARY}@localhost/reservations`)}\r\nSAME=x\r\nSTRIPE_KEY_SECRET=${CANARY}-stripe\r\n`,
  'apps/web/.env.local': `API_TOKEN=${CANARY}-web-token`,
  '.env.example': 'DB_PASSWORD=\nAPI_TOKEN=your-token-here\n',
  '.mcp.json': `{ // servers
  "mcpServers": {
    "pg": { "command": "npx", "args": ["-y", "pg", "${REAL}?sslmode=require"], "env": { "GITHUB_TOKEN": "${CANARY}-github" } },
    "x": { "url": "https://x.example", "headers": { "Authorization": "Bearer ${CANARY}-header" } },
  },
}\n`,
  '.codex/config.toml': `[mcp_servers.a]\ncommand = "x" # x\n[mcp_servers.a.env]\nAPI_TOKEN = "${CANARY}-codex"\n`,
  'src/index.ts': 'console.log(process.env.DATABASE_URL)\n',
};

let project: TestProject;
const open = (files: Readonly<Record<string, string>> = FILES): TestProject =>
  (project = new TestProject(files));
afterEach(() => {
  project.remove();
});

const holdsCanary = (files: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(files).filter((name) => files[name]?.includes(CANARY));

describe('moving the secrets of a project', () => {
  test('leaves none in it, and none in the state of the guard (P-03)', async () => {
    open();
    await project.apply();
    expect(holdsCanary(project.snapshot())).toEqual([]);
    expect(project.stateText()).not.toContain(CANARY);
    expect(
      [...project.vault.values.values()].filter((value) => value.includes(CANARY)).length,
    ).toBe(project.vault.values.size);
  });

  test('changes nothing but the values', async () => {
    open();
    await project.apply();
    expect(project.read('.env').split('\n')).toEqual([
      '\uFEFF# the app',
      'PORT=3000',
      'export DATABASE_URL="postgresql://app:agentguard-placeholder@127.0.0.1:5433/reservations?schema=public" # main',
      "STRIPE_SECRET_KEY='agentguard:rental-STRIPE_SECRET_KEY'",
      '#OLD_URL=agentguard:rental-OLD_URL',
      'REDIS_URL = agentguard:rental-REDIS_URL',
      'PRIVATE_KEY="agentguard:rental-PRIVATE_KEY"',
      'AUTHORIZATION=Bearer agentguard:rental-AUTHORIZATION',
      'DB_PASSWORD=agentguard:rental-DB_PASSWORD',
      'DB_PASSWORD=`agentguard:rental-DB_PASSWORD-2`',
      'SMTP_URL=agentguard:rental-SMTP_URL',
    ]);
    expect(project.read('.mcp.json')).toBe(
      FILES['.mcp.json']!.replace(
        `${REAL}?sslmode=require`,
        '${RESERVATIONS_DATABASE_URL:-postgresql://app:agentguard-placeholder@127.0.0.1:5433/reservations}',
      )
        .replace(`${CANARY}-github`, 'agentguard:rental-GITHUB_TOKEN')
        .replace(`${CANARY}-header`, 'agentguard:rental-Authorization'),
    );
    expect(project.read('.env.example')).toBe(FILES['.env.example']);
  });

  test('keeps what stands in several files once', async () => {
    open();
    await project.apply();
    const { values } = project.vault;
    expect(values.get('secret rental-STRIPE_SECRET_KEY')).toBe(`${CANARY}-stripe`);
    expect(project.read('.env.development')).toContain('agentguard:rental-STRIPE_SECRET_KEY\r\n');
    expect(values.get('resource reservations')).toBe(
      url('postgres', `app:${CANARY}-pw@db.example:5432/reservations?sslmode=require`),
    );
    expect(values.get('resource reservations-development')).toContain('dev:');
  });

  test('writes a policy file that is understood', async () => {
    open();
    const { policyFile } = await project.apply();
    expect(policyFile).toBe('agentguard.yaml');
    const parsed = parsePolicy(project.read('agentguard.yaml'), await loadSqlParser());
    expect(parsed.ok && parsed.file.environments).toEqual({
      reservations: 'production',
      'reservations-development': 'development',
    });
  });

  test('leaves a policy file that is there as it is, and says what it lacks', async () => {
    open({ ...FILES, 'agentguard.yaml': 'version: 1\n' });
    expect(showPlan(await project.plan()).join('\n')).toContain('is there already');
    expect((await project.apply()).policyFile).toBeNull();
    expect(project.read('agentguard.yaml')).toBe('version: 1\n');
  });

  test('finds nothing left to do the second time', async () => {
    open();
    await project.apply();
    const before = project.snapshot();
    expect((await project.plan()).edits).toEqual([]);
    expect(project.snapshot()).toEqual(before);
  });

  test('shows no value, to people or programs (P-03)', async () => {
    open();
    const plan = await project.plan();
    const shown = `${showPlan(plan).join('\n')}${JSON.stringify(toPlanJson(plan))}${JSON.stringify(plan)}`;
    expect(shown).not.toContain(CANARY);
    expect(shown).toContain('postgresql://app:****@db.example:5432/reservations');
  });

  test('names the other places where a value stands, and leaves them', async () => {
    open({ ...FILES, 'docker-compose.yml': `services:\n  db:\n    password: ${CANARY}-pw\n` });
    const shown = showPlan(await project.plan()).join('\n');
    expect(shown).toMatch(/docker-compose\.yml:3\s+DATABASE_URL\s+its value stands here too/);
    await project.apply();
    expect(project.read('docker-compose.yml')).toContain(CANARY);
  });

  test('does nothing to any file when the vault does not give back what it got', async () => {
    open();
    const before = project.snapshot();
    project.vault.garbles = true;
    await expect(project.apply()).rejects.toThrow(ProjectError);
    expect(project.snapshot()).toEqual(before);
  });

  test('keeps modes', async () => {
    open();
    project.write('.env', FILES['.env']!, 0o644);
    chmodSync(join(project.root, '.env'), 0o640);
    await project.apply();
    expect(statSync(join(project.root, '.env')).mode & 0o7777).toBe(0o640);
    expect(readdirSync(project.root).filter((name) => name.includes('agentguard-new'))).toEqual([]);
  });
});

describe('what is not understood is named and left as it is', () => {
  const outside = (name: string): string => join(project.folder, name);
  test.each<[string, (root: string) => void, RegExp]>([
    [
      'a link out of the project',
      (root) => {
        writeFileSync(outside('elsewhere'), `DB_PASSWORD=${CANARY}`);
        symlinkSync(outside('elsewhere'), join(root, '.env.linked'));
      },
      /\.env\.linked\s+is a symbolic link.*elsewhere/,
    ],
    [
      'a folder that is a link',
      (root) => {
        mkdirSync(outside('cursor'));
        writeFileSync(outside('cursor/mcp.json'), `{"env":{"API_TOKEN":"${CANARY}-x"}}`);
        symlinkSync(outside('cursor'), join(root, '.cursor'));
      },
      /\.cursor\/mcp\.json\s+a folder on the way/,
    ],
    [
      'a file with a second name',
      (root) => {
        writeFileSync(outside('second'), `DB_PASSWORD=${CANARY}`);
        linkSync(outside('second'), join(root, '.env.hard'));
      },
      /\.env\.hard\s+has a second name/,
    ],
    [
      'a huge file',
      (root) => {
        writeFileSync(join(root, '.env.huge'), `DB_PASSWORD=${CANARY}\n${'#\n'.repeat(600_000)}`);
      },
      /\.env\.huge\s+it is larger than 1 MiB/,
    ],
    [
      'a file that is too large to be read',
      (root) => {
        writeFileSync(join(root, '.env.huge'), Buffer.alloc(17 * 1024 * 1024, '#'));
      },
      /\.env\.huge\s+is larger than 16 MiB/,
    ],
    [
      'another encoding',
      (root) => {
        writeFileSync(join(root, '.env.utf16'), Buffer.from(`DB_PASSWORD=${CANARY}`, 'utf16le'));
      },
      /\.env\.utf16\s+is not text in UTF-8/,
    ],
    [
      'a value that tools read differently',
      (root) => {
        writeFileSync(join(root, '.env.hash'), `DB_PASSWORD=${CANARY}#x`);
      },
      /\.env\.hash:1\s+DB_PASSWORD\s+a # stands right behind/,
    ],
    [
      'quotes that do not pair up',
      (root) => {
        writeFileSync(join(root, '.env.quotes'), `X="\nDB_PASSWORD=${CANARY}""\n"\n`);
      },
      /\.env\.quotes:2\s+DB_PASSWORD\s+its quotes do not pair up/,
    ],
    [
      'parts from elsewhere',
      (root) => {
        writeFileSync(
          join(root, '.env.parts'),
          `DATABASE_URL=${url('postgres', 'a:${NOT_HERE}@h/d')}`,
        );
      },
      /\.env\.parts:1\s+DATABASE_URL\s+its parts come from elsewhere \(NOT_HERE\)/,
    ],
    [
      'what a shell would do more with',
      (root) => {
        writeFileSync(join(root, '.envrc'), `export DB_PASSWORD="$(cat x)${CANARY}"`);
      },
      /\.envrc:1\s+DB_PASSWORD\s+a shell does more/,
    ],
    [
      'JSON that is none',
      (root) => {
        writeFileSync(join(root, 'opencode.json'), `{"env": {"API_TOKEN": "${CANARY}-x"`);
      },
      /opencode\.json:1\s+it is not valid JSON/,
    ],
    [
      'an address in a comment',
      (root) => {
        writeFileSync(join(root, '.env.c'), `A=1 # was ${url('redis', `a:${CANARY}@h`)}`);
      },
      /\.env\.c:1\s+an address with a password stands in a comment/,
    ],
  ])('%s', async (_name, prepare, said) => {
    open({ '.env': 'PORT=1\n' });
    prepare(project.root);
    const before = project.snapshot();
    const plan = await project.plan();
    expect(plan.edits).toEqual([]);
    expect(showPlan(plan).join('\n')).toMatch(said);
    expect(showPlan(plan).join('\n')).not.toContain(CANARY);
    expect(project.snapshot()).toEqual(before);
  });

  test.runIf(process.getuid?.() === 0)('a file of another account (as root)', async () => {
    open({ '.env': `DB_PASSWORD=${CANARY}\n`, '.env.mine': `DB_PASSWORD=${CANARY}-mine\n` });
    for (const folder of [project.folder, project.root]) chmodSync(folder, 0o755);
    chmodSync(join(project.root, '.env'), 0o600);
    const nobody = 65_534;
    process.seteuid?.(nobody);
    try {
      const { findProject } = await import('./find-project.ts');
      const { sites, left } = findProject(project.root, project.home);
      expect(sites.map(({ file }) => file.shown)).toEqual(['.env.mine']);
      expect(left).toMatchObject([{ path: '.env', why: 'cannot be read by this account' }]);
    } finally {
      process.seteuid?.(0);
    }
  });

  test('a file that changed after the plan was made', async () => {
    open();
    const plan = await project.plan();
    project.write('.env', `${FILES['.env']!}\nNEW=1`);
    const { applyPlan } = await import('./apply.ts');
    const door = project.vault.door(new Breaker(0, 'before'));
    await expect(applyPlan(plan, { door, folder: project.journal() })).rejects.toThrow(
      /`\.env` changed since the plan was made/,
    );
    expect(project.read('.env')).toBe(`${FILES['.env']!}\nNEW=1`);
    await project.apply();
    expect(holdsCanary(project.snapshot())).toEqual([]);
    await project.undo();
    expect(project.snapshot()['.env']).toContain('NEW=1');
    expect(project.vault.values.size).toBe(0);
  });
});

describe('undoing', () => {
  test('gives every file back byte for byte, and the vault as it was (P-63)', async () => {
    open();
    project.vault.values.set('secret of-somebody-else', 'stays');
    const before = project.snapshot();
    await project.apply();
    const undone = await project.undo();
    expect(undone).toMatchObject({ complete: true, kept: [], stays: [] });
    expect(project.snapshot()).toEqual(before);
    expect([...project.vault.values.keys()]).toEqual(['secret of-somebody-else']);
    expect(project.vault.keys.size).toBe(0);
    expect(project.stateText()).toBe('');
    expect(await project.undo()).toBeNull();
  });

  test('after several runs goes back to before the first', async () => {
    open();
    const before = project.snapshot();
    await project.apply();
    project.write('.env', `${project.read('.env')}\nLATER_TOKEN=${CANARY}-later`);
    await project.apply();
    expect(holdsCanary(project.snapshot())).toEqual([]);
    const undone = await project.undo();
    expect(undone?.complete).toBe(true);
    const added = { '.env': `${before['.env']!}\nLATER_TOKEN=${CANARY}-later` };
    expect(project.snapshot()).toEqual({ ...before, ...added });
  });

  test('puts the values back into files that were edited, and keeps the edits', async () => {
    open();
    const before = project.snapshot();
    await project.apply();
    const edit = (name: string, from: string, to: string): void => {
      expect(project.read(name)).toContain(from);
      project.write(name, project.read(name).replace(from, to));
    };
    edit('.env', 'PORT=3000', '# a comment\nPORT=4000\nNAME=new');
    edit('.mcp.json', '"x": {', '"y": {}, "x": {');
    const undone = await project.undo();
    expect(undone?.files.map(({ shown, outcome }) => [shown, outcome])).toEqual(
      expect.arrayContaining([
        ['.env', 'values put back'],
        ['.mcp.json', 'values put back'],
        ['.env.development', 'restored'],
      ]),
    );
    expect(project.snapshot()).toEqual({
      ...before,
      '.env': before['.env']!.replace('PORT=3000', '# a comment\nPORT=4000\nNAME=new'),
      '.mcp.json': before['.mcp.json']!.replace('"x": {', '"y": {}, "x": {'),
    });
  });

  test('recreates a file that was deleted', async () => {
    open();
    const before = project.snapshot();
    await project.apply();
    rmSync(join(project.root, '.env'));
    expect((await project.undo())?.complete).toBe(true);
    expect(project.snapshot()).toEqual(before);
  });

  test('keeps everything in the vault when one file cannot be put back', async () => {
    open();
    await project.apply();
    rmSync(join(project.root, '.env'));
    writeFileSync(join(project.folder, 'elsewhere'), 'x');
    symlinkSync(join(project.folder, 'elsewhere'), join(project.root, '.env'));
    const size = project.vault.values.size;
    const undone = await project.undo();
    expect(undone?.complete).toBe(false);
    expect(project.vault.values.size).toBe(size);
    // With the link gone, undoing again goes on.
    rmSync(join(project.root, '.env'));
    expect((await project.undo())?.complete).toBe(true);
    expect(project.read('.env')).toBe(FILES['.env']);
  });

  test('keeps a value that was set anew in the vault: it is nowhere else', async () => {
    open();
    await project.apply();
    project.vault.values.set('secret rental-REDIS_URL', 'rotated');
    expect((await project.undo())?.stays).toEqual([{ name: 'rental-REDIS_URL', why: 'set anew' }]);
    expect([...project.vault.values]).toEqual([['secret rental-REDIS_URL', 'rotated']]);
  });

  test('keeps a value whose line was taken out: it is nowhere else', async () => {
    open();
    await project.apply();
    const lines = project.read('.env').split('\n');
    project.write('.env', lines.filter((line) => !line.startsWith('REDIS_URL')).join('\n'));
    const undone = await project.undo();
    expect(undone?.stays).toEqual([{ name: 'rental-REDIS_URL', why: 'its place is gone' }]);
    expect([...project.vault.values.keys()]).toEqual(['secret rental-REDIS_URL']);
    expect(project.read('.env')).toContain(`${CANARY}-stripe`);
  });

  test('leaves a policy file that was edited', async () => {
    open();
    await project.apply();
    project.write('agentguard.yaml', 'version: 1\n');
    expect((await project.undo())?.kept).toEqual([join(project.root, 'agentguard.yaml')]);
    expect(project.read('agentguard.yaml')).toBe('version: 1\n');
  });
});

/** Fewer files, since each step is tried: each is synced to disk. */
const FEW: Readonly<Record<string, string>> = {
  '.env': `DATABASE_URL=${REAL}\nSTRIPE_SECRET_KEY="${CANARY}-stripe"\n`,
  '.mcp.json': `{"mcpServers":{"x":{"headers":{"Authorization":"Bearer ${CANARY}-header"}}}}`,
};

/** Every value that a program would get is in a file or in the vault. */
function expectNothingLost(): void {
  const files = Object.values(project.snapshot()).join('\n');
  const vault = [...project.vault.values.values()].join('\n');
  for (const value of ['-pw', '-stripe', '-header']) {
    expect(files.includes(CANARY + value) || vault.includes(CANARY + value)).toBe(true);
  }
}

async function countSteps(run: (breaker: Breaker) => Promise<unknown>): Promise<number> {
  const counting = new Breaker(0, 'before');
  await run(counting);
  return counting.steps;
}

describe.each(['before', 'after'] as const)('a crash right %s any step (P-63)', (when) => {
  test('of moving loses nothing; moving again finishes, and undoing gives everything back', async () => {
    open(FEW);
    const before = project.snapshot();
    const steps = await countSteps((breaker) => project.apply(breaker));
    expect(steps).toBeGreaterThan(10);
    await project.undo();
    expect(project.snapshot()).toEqual(before);
    for (let at = 1; at <= steps; at += 1) {
      await expect(project.apply(new Breaker(at, when))).rejects.toThrow(BrokenOff);
      expectNothingLost();
      if (at % 2 === 0) {
        await project.apply();
        expect(holdsCanary(project.snapshot())).toEqual([]);
      }
      await project.undo();
      expect(project.snapshot()).toEqual(before);
      expect(project.vault.values.size).toBe(0);
    }
  }, 60_000);

  test('of undoing loses nothing, and undoing again finishes', async () => {
    open(FEW);
    const before = project.snapshot();
    await project.apply();
    const steps = await countSteps((breaker) => project.undo(breaker));
    for (let at = 1; at <= steps; at += 1) {
      await project.apply();
      await expect(project.undo(new Breaker(at, when))).rejects.toThrow(BrokenOff);
      expectNothingLost();
      await project.undo();
      expect(project.snapshot()).toEqual(before);
      expect(project.vault.values.size).toBe(0);
    }
  }, 60_000);
});
