/** Every way in that a real server offers, each with the user that pg_hba.conf gives it. */

import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedMajors } from '../servers/binaries.ts';
import { CANARY_PASSWORD, startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { openUpstream, whoAmI } from './open.ts';

const HBA = `
host    all trusting   all trust
hostssl all clear_tls  all password
host    all clear      all password
host    all md5_user   all md5
host    all scram_user all scram-sha-256
hostssl all scram_tls  all scram-sha-256
hostssl all cert_user  all cert
hostssl all both_user  all scram-sha-256 clientcert=verify-full
local   all scram_user     scram-sha-256
local   all clear          password
local   all trusting       trust
`;

const INIT = `
  create role trusting login;
  create role clear_tls login password '${CANARY_PASSWORD}';
  create role clear login password '${CANARY_PASSWORD}';
  create role scram_user login password '${CANARY_PASSWORD}';
  create role scram_tls login password '${CANARY_PASSWORD}';
  create role cert_user login;
  create role both_user login password '${CANARY_PASSWORD}';
  set password_encryption = 'md5';
  create role md5_user login password '${CANARY_PASSWORD}';
`;

describe.each(installedMajors())('on PostgreSQL %i', (major) => {
  let server: TestPostgres;
  let base: string;
  let ca: string;

  beforeAll(async () => {
    server = await startPostgres({ major, tls: true, hba: HBA, initSql: INIT });
    base = `host=127.0.0.1 port=${server.port} dbname=postgres`;
    ca = `sslrootcert=${server.tls!.caFile}`;
  });
  afterAll(() => server.stop());

  const withPassword = `password=${CANARY_PASSWORD}`;

  it.each([
    ['user=trusting sslmode=disable', 'trusting tls=false'],
    ['user=trusting sslmode=require', 'trusting tls=true'],
    [`user=md5_user sslmode=disable ${withPassword}`, 'md5_user tls=false'],
    [`user=scram_user sslmode=disable ${withPassword}`, 'scram_user tls=false'],
    [`user=scram_user sslmode=require ${withPassword}`, 'scram_user tls=true'],
    [
      `user=scram_user sslmode=require channel_binding=disable ${withPassword}`,
      'scram_user tls=true',
    ],
    [
      `user=scram_user sslmode=require channel_binding=require ${withPassword}`,
      'scram_user tls=true',
    ],
    [`user=scram_tls ${withPassword}`, 'scram_tls tls=true'],
    [`user=scram_tls sslmode=allow ${withPassword}`, 'scram_tls tls=true'],
    [
      `user=scram_user sslmode=disable require_auth=scram-sha-256 ${withPassword}`,
      'scram_user tls=false',
    ],
    [`user=trusting sslmode=disable require_auth=none`, 'trusting tls=false'],
  ])('lets `%s` in', async (parameters, who) => {
    expect(await whoAmI(`${base} ${parameters}`)).toBe(who);
  });

  it.each([
    [`user=clear sslmode=verify-ca ${withPassword}`, 'clear tls=true'],
    [`user=clear_tls sslmode=verify-full ${withPassword}`, 'clear_tls tls=true'],
    [`user=clear_tls sslmode=require ${withPassword}`, 'clear_tls tls=true'],
    [
      `user=scram_tls sslmode=verify-full channel_binding=require ${withPassword}`,
      'scram_tls tls=true',
    ],
  ])('lets `%s` in over verified TLS', async (parameters, who) => {
    expect(await whoAmI(`${base} ${ca} ${parameters}`)).toBe(who);
  });

  it.each([
    [`user=clear sslmode=disable ${withPassword}`, 'clear text'],
    [`user=clear sslmode=require ${withPassword}`, 'clear text'],
    [`user=clear_tls sslmode=prefer ${withPassword}`, 'clear text'],
    ['user=scram_user sslmode=disable', 'none is stored'],
    ['user=scram_user sslmode=disable password=wrong', 'SQLSTATE 28P01'],
    ['user=scram_tls password=wrong', 'SQLSTATE 28P01'],
    ['user=md5_user sslmode=disable password=wrong', 'SQLSTATE 28P01'],
    [`user=scram_tls sslmode=disable ${withPassword}`, 'SQLSTATE 28000'],
    ['user=nobody_here sslmode=disable', 'SQLSTATE 28000'],
    ['user=trusting sslmode=disable require_auth=scram-sha-256', '`require_auth`'],
    ['user=trusting sslmode=disable require_auth=!none', '`require_auth`'],
    [`user=md5_user sslmode=disable require_auth=scram-sha-256 ${withPassword}`, '`require_auth`'],
    [`user=scram_user sslmode=disable require_auth=md5 ${withPassword}`, '`require_auth`'],
    [
      `user=scram_user sslmode=disable channel_binding=require ${withPassword}`,
      '`channel_binding`',
    ],
    [`user=md5_user sslmode=require channel_binding=require ${withPassword}`, '`channel_binding`'],
    ['user=trusting sslmode=require channel_binding=require', '`channel_binding`'],
    ['user=cert_user sslmode=require', ''],
  ])('refuses `%s`', async (parameters, why) => {
    const said = await whoAmI(`${base} ${parameters}`);
    expect(said).toMatch(/^UPSTREAM_/);
    expect(said).toContain(why);
  });

  it('shows its client certificate where the server asks for it', async () => {
    const { certFile, keyFile } = await server.tls!.client('cert_user');
    const files = `sslcert=${certFile} sslkey=${keyFile}`;
    expect(await whoAmI(`${base} user=cert_user ${ca} sslmode=verify-ca ${files}`)).toBe(
      'cert_user tls=true',
    );
    expect(
      await whoAmI(`${base} user=cert_user sslmode=require ${files} sslcertmode=disable`),
    ).toMatch(/^UPSTREAM_/);
    expect(await whoAmI(`${base} user=cert_user sslmode=require ${files} require_auth=none`)).toBe(
      'cert_user tls=true',
    );
    const both = await server.tls!.client('both_user');
    const bothFiles = `sslcert=${both.certFile} sslkey=${both.keyFile}`;
    expect(
      await whoAmI(`${base} user=both_user sslmode=require ${bothFiles} ${withPassword}`),
    ).toBe('both_user tls=true');
    expect(await whoAmI(`${base} user=both_user sslmode=require ${withPassword}`)).toMatch(
      /^UPSTREAM_/,
    );
  });

  it('finds certificate, key and authority in the home folder, as libpq does', async () => {
    const home = mkdtempSync(join(tmpdir(), 'ag-home-'));
    mkdirSync(join(home, '.postgresql'));
    const { certFile, keyFile } = await server.tls!.client('cert_user');
    copyFileSync(certFile, join(home, '.postgresql', 'postgresql.crt'));
    copyFileSync(keyFile, join(home, '.postgresql', 'postgresql.key'));
    copyFileSync(server.tls!.caFile, join(home, '.postgresql', 'root.crt'));
    const text = `${base} user=cert_user sslmode=verify-full`;
    expect(await whoAmI(text, { home })).toBe('cert_user tls=true');
    expect(await whoAmI(text)).toContain('no root certificate');
    rmSync(join(home, '.postgresql', 'postgresql.key'));
    expect(await whoAmI(text, { home })).toContain('its key cannot be read');
    rmSync(home, { recursive: true });
  });

  it.each([
    ['sslrootcert=/nowhere sslmode=require', '`sslrootcert`'],
    ['sslcert=/nowhere sslmode=require', '`sslcert`'],
    ['sslrootcert=/etc/hostname sslmode=require', 'TLS with the server failed'],
  ])('does not go on without what `%s` names', async (parameters, words) => {
    expect(await whoAmI(`${base} user=trusting ${parameters}`)).toContain(words);
  });

  it('uses a Unix socket, where clear passwords stay forbidden', async () => {
    const socket = `host=${server.socketDir} port=${server.port} dbname=postgres`;
    expect(await whoAmI(`${socket} user=scram_user ${withPassword} sslmode=require`)).toBe(
      'scram_user tls=false',
    );
    expect(await whoAmI(`${socket} user=trusting`)).toBe('trusting tls=false');
    expect(await whoAmI(`${socket} user=clear ${withPassword}`)).toContain('clear text');
  });

  it('reports what the link is', async () => {
    const link = await openUpstream(
      `${base} user=scram_user sslmode=require max_protocol_version=latest ${withPassword}`,
    );
    expect(Math.floor(link.serverVersion / 10_000)).toBe(major);
    expect(link.protocol).toBe(major >= 18 ? '3.2' : '3.0');
    expect(link.backendKey!.secret.length).toBe(major >= 18 ? 32 : 4);
    expect(link.tls).toMatchObject({ version: 'TLSv1.3', verified: 'none' });
    expect(link.parameters.get('client_encoding')).toBe('UTF8');
    expect(link.parameters.get('standard_conforming_strings')).toBe('on');
    link.socket.destroy();
  });
});
