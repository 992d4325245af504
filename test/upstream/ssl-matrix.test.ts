/**
 * Every sslmode against every kind of server, with psql beside us on the same connection text. A cell is
 * right when both get in or both stay out, and when what got in is encrypted on both sides or on neither.
 */

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedMajors } from '../servers/binaries.ts';
import { CANARY_PASSWORD, startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { canChooseLibpq, hasPsql, type Libpq, runPsql } from '../servers/psql.ts';
import { skipLoudly } from '../servers/skip.ts';
import { whoAmI, WHO_SQL } from './open.ts';

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const ROOTS = ['none', 'right', 'wrong', 'default right', 'default wrong'] as const;
const HOSTS = ['localhost', '127.0.0.1', 'hostaddr only'] as const;
type Root = (typeof ROOTS)[number];
type Host = (typeof HOSTS)[number];

const USERS = ['anyhow', 'tls_only', 'plain_only'];
const HBA = `
host      all anyhow     all scram-sha-256
hostssl   all tls_only   all scram-sha-256
hostnossl all plain_only all scram-sha-256
`;
const INIT = USERS.map((user) => `create role ${user} login password '${CANARY_PASSWORD}';`).join(
  '',
);

interface Cell {
  readonly server: TestPostgres;
  readonly user: string;
  readonly mode: string;
  readonly root: Root;
  readonly host: Host;
  readonly extra?: string;
}

const folder = mkdtempSync(join(tmpdir(), 'ag-ssl-'));
let plain: TestPostgres;
let named: TestPostgres;
let misnamed: TestPostgres;

/** A home folder whose `.postgresql` holds the right or the wrong root certificate, or nothing. */
function home(root: Root, tls: NonNullable<TestPostgres['tls']>): string {
  const path = join(folder, `${root} of ${tls.caFile.replaceAll('/', '_')}`);
  // Made once: a copy over it would be read half written by the cells that run at the same time.
  if (existsSync(path)) return path;
  mkdirSync(join(path, '.postgresql'), { recursive: true });
  const file = root === 'default right' ? tls.caFile : tls.otherCaFile;
  if (root.startsWith('default')) copyFileSync(file, join(path, '.postgresql', 'root.crt'));
  return path;
}

function text({ server, user, mode, root, host, extra = '' }: Cell): string {
  const tls = server.tls ?? named.tls!;
  const file = root === 'right' ? tls.caFile : tls.otherCaFile;
  return [
    host === 'hostaddr only' ? 'hostaddr=127.0.0.1' : `host=${host}`,
    `port=${server.port} dbname=postgres user=${user} password=${CANARY_PASSWORD} sslmode=${mode}`,
    root === 'right' || root === 'wrong' ? `sslrootcert=${file}` : '',
    extra,
  ].join(' ');
}

/** `in tls=true`, `in tls=false` or `out`, for us and for psql. */
async function compare(cell: Cell, libpq: Libpq): Promise<{ ours: string; theirs: string }> {
  const connection = text(cell);
  const at = home(cell.root, cell.server.tls ?? named.tls!);
  const [ours, theirs] = await Promise.all([
    whoAmI(connection, { home: at }),
    runPsql(`${connection} gssencmode=disable`, WHO_SQL, { libpq, home: at }),
  ]);
  return {
    ours: ours.startsWith('UPSTREAM_') ? 'out' : ours,
    theirs: theirs.ok ? theirs.output : 'out',
  };
}

function cells(make: () => readonly Omit<Cell, 'server'>[]): string[] {
  return make().map(({ user, mode, root, host, extra = '' }) =>
    [user, mode, root, host, extra].join('|'),
  );
}

/** A few psql at once; each is a process. */
function inTurns(lines: readonly string[]): string[][] {
  const turns: string[][] = [];
  for (let at = 0; at < lines.length; at += 4) turns.push(lines.slice(at, at + 4));
  return turns;
}

const libpqs: readonly Libpq[] = canChooseLibpq() ? ['system', 'embedded'] : ['system'];

describe.skipIf(
  !hasPsql() && skipLoudly('psql is not installed: the sslmode matrix is not compared'),
)('we and psql agree (P-16)', () => {
  beforeAll(async () => {
    const common = { hba: HBA, initSql: INIT };
    [plain, named, misnamed] = await Promise.all([
      startPostgres(common),
      startPostgres({ ...common, tls: true }),
      startPostgres({ ...common, tls: { names: ['db.example.test'] } }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([plain, named, misnamed].map((server) => server.stop()));
    rmSync(folder, { recursive: true });
  });

  const grid = cells(() =>
    MODES.flatMap((mode) =>
      ROOTS.flatMap((root) => HOSTS.map((host) => ({ user: 'anyhow', mode, root, host }))),
    ),
  );
  const rules = cells(() =>
    MODES.flatMap((mode) =>
      ['tls_only', 'plain_only'].flatMap((user) =>
        (['none', 'right', 'wrong'] as const).map((root) => ({
          user,
          mode,
          root,
          host: 'localhost' as const,
        })),
      ),
    ),
  );

  /** What a second libpq could see otherwise than the first: which encryption is tried after which failure. */
  const shortGrid = [
    ...grid.filter(
      (line) => /none|right$/.test(line.split('|')[2] ?? '') && line.includes('localhost'),
    ),
    ...rules,
  ];

  describe.each(libpqs)('with the %s libpq', (libpq) => {
    it.each([
      ['no TLS', () => plain],
      ['TLS and the right name', () => named],
      ['TLS and a wrong name', () => misnamed],
    ])('in every cell of a server with %s', async (_name, server) => {
      const differences: string[] = [];
      let got = 0;
      for (const lines of inTurns(libpq === 'system' ? [...grid, ...rules] : shortGrid)) {
        await Promise.all(
          lines.map(async (line) => {
            const [user, mode, root, host] = line.split('|') as [string, string, Root, Host];
            const cell = { server: server(), user, mode, root, host };
            const { ours, theirs } = await compare(cell, libpq);
            if (ours !== theirs) differences.push(`${line}: we ${ours}, psql ${theirs}`);
            if (ours !== 'out') got += 1;
          }),
        );
      }
      expect(differences).toEqual([]);
      // A matrix in which nobody ever gets in would prove nothing.
      expect(got).toBeGreaterThan(10);
    });
  });
});

describe.skipIf(
  !canChooseLibpq() && skipLoudly('psql cannot run with libpq 18: direct TLS is not compared'),
)('we and libpq 18 agree about direct TLS', () => {
  const majors = installedMajors();
  let servers: readonly TestPostgres[];
  beforeAll(async () => {
    servers = await Promise.all(
      majors.map((major) => startPostgres({ major, tls: true, hba: HBA, initSql: INIT })),
    );
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  it.each(majors)('with a server of PostgreSQL %i', async (major) => {
    const server = servers.find((each) => each.major === major)!;
    for (const mode of MODES) {
      for (const root of ['right', 'wrong'] as const) {
        const cell = { server, user: 'anyhow', mode, root, host: 'localhost' as const };
        const extra = 'sslnegotiation=direct';
        const ours = await whoAmI(text({ ...cell, extra }));
        const theirs = await runPsql(text({ ...cell, extra }), WHO_SQL, { libpq: 'embedded' });
        const we = ours.startsWith('UPSTREAM_') || ours.startsWith('INPUT_') ? 'out' : ours;
        expect(`${mode} ${root}: ${we}`).toBe(
          `${mode} ${root}: ${theirs.ok ? theirs.output : 'out'}`,
        );
      }
    }
  });
});
