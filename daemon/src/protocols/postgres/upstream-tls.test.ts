import { describe, expect, it } from 'vitest';
import { parseUpstreamTarget } from './upstream-target.ts';
import { planTls, type TlsPlanResult } from './upstream-tls.ts';

/** Plans with a disk that holds exactly these files. */
async function plan(parameters: string, files: readonly string[] = []): Promise<TlsPlanResult> {
  const parsed = parseUpstreamTarget(`host=db.example user=u ${parameters}`);
  if (!parsed.ok) throw new Error(parsed.problem);
  return planTls(parsed.target, {
    home: '/home/me',
    read: async (path) => {
      if (path === '/locked') throw new Error('EACCES');
      return Promise.resolve(files.includes(path) ? Buffer.from(path) : null);
    },
  });
}

const ROOT = '/home/me/.postgresql/root.crt';
const CERT = '/home/me/.postgresql/postgresql.crt';
const KEY = '/home/me/.postgresql/postgresql.key';

describe('how far a server is checked', () => {
  it.each([
    ['sslmode=require', [], 'none'],
    ['sslmode=prefer', [], 'none'],
    ['sslmode=require', [ROOT], 'ca'],
    ['sslmode=prefer', [ROOT], 'ca'],
    ['sslmode=allow', [ROOT], 'ca'],
    ['sslmode=require sslrootcert=/ca', ['/ca'], 'ca'],
    ['sslmode=verify-ca', [ROOT], 'ca'],
    ['sslmode=verify-ca sslrootcert=/ca', ['/ca'], 'ca'],
    ['sslmode=verify-full', [ROOT], 'full'],
    ['sslrootcert=system', [], 'full'],
  ])('with `%s` and the files %j: %s', async (parameters, files, verify) => {
    expect(await plan(parameters, files)).toMatchObject({ ok: true, plan: { verify } });
  });

  it('names the host only where the name is checked', async () => {
    expect(await plan('sslmode=verify-full', [ROOT])).toMatchObject({
      plan: { name: 'db.example' },
    });
    expect(await plan('sslmode=verify-ca', [ROOT])).toMatchObject({ plan: { name: null } });
  });

  it('uses the authorities that were named and not the default ones', async () => {
    const planned = await plan('sslmode=verify-ca sslrootcert=/ca', ['/ca', ROOT]);
    expect(planned).toMatchObject({ plan: { authorities: Buffer.from('/ca') } });
    expect(await plan('sslrootcert=system', [ROOT])).toMatchObject({
      plan: { authorities: 'system' },
    });
  });

  it.each([
    ['sslmode=verify-ca', [], 'no root certificate'],
    ['sslmode=verify-full', [], 'no root certificate'],
    ['sslmode=require sslrootcert=/ca', [ROOT], '`sslrootcert`'],
    ['sslmode=require sslrootcert=/locked', [], '`sslrootcert`'],
    ['sslmode=require sslcert=/c', [CERT], '`sslcert`'],
    ['sslmode=require', [CERT], 'its key cannot be read'],
    ['sslmode=require sslcert=/c sslkey=/k', ['/c', KEY], 'its key cannot be read'],
    ["sslmode=verify-full host='' hostaddr=192.0.2.1", [ROOT], '`host`'],
  ])('does not go on with `%s` and the files %j', async (parameters, files, problem) => {
    const planned = await plan(parameters, files);
    expect(planned.ok ? 'planned' : planned.problem).toContain(problem);
  });
});

describe('the certificate that is shown', () => {
  it.each([
    ['', [CERT, KEY], { cert: Buffer.from(CERT), key: Buffer.from(KEY) }],
    [
      'sslcert=/c sslkey=/k',
      ['/c', '/k', CERT, KEY],
      { cert: Buffer.from('/c'), key: Buffer.from('/k') },
    ],
    ['sslcertmode=disable', [CERT, KEY], null],
    ['', [], null],
  ])('with `%s` and the files %j', async (parameters, files, certificate) => {
    expect(await plan(parameters, files)).toMatchObject({ ok: true, plan: { certificate } });
  });
});
