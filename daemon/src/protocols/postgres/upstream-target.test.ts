import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseUpstreamTarget, type UpstreamTarget } from './upstream-target.ts';

const CANARY = 'canary-5e77a1';

function good(text: string): UpstreamTarget {
  const result = parseUpstreamTarget(text);
  if (!result.ok) throw new Error(result.problem);
  return result.target;
}

function problemOf(text: string): string {
  const result = parseUpstreamTarget(text);
  return result.ok ? 'accepted' : result.problem;
}

/** The parts that a text decides about, in one line. */
function place(text: string): string {
  const { endpoint, user, password, database } = good(text);
  const where =
    endpoint.kind === 'unix'
      ? `unix ${endpoint.folder} ${endpoint.port}`
      : `tcp ${endpoint.dial} ${String(endpoint.name)} ${endpoint.port}`;
  return `${where} | ${user} | ${String(password?.unsafeReveal())} | ${database}`;
}

describe('a connection text means what it means to libpq', () => {
  it.each([
    ['postgres://u:p@h:1/d', 'tcp h h 1 | u | p | d'],
    ['postgresql://u:p@h/d', 'tcp h h 5432 | u | p | d'],
    ['postgres://u@h', 'tcp h h 5432 | u | undefined | u'],
    ['postgres://u:@h/', 'tcp h h 5432 | u | undefined | u'],
    ['postgres://u:p:q@h/d', 'tcp h h 5432 | u | p:q | d'],
    ['postgres://u:a%40b%2Fc%3F%25@h/d%20e', 'tcp h h 5432 | u | a@b/c?% | d e'],
    ['postgres://u:a+b@h/d', 'tcp h h 5432 | u | a+b | d'],
    ['postgres://u:p?q@h/d', 'tcp h h 5432 | u | p?q | d'],
    ['postgres://u:%C3%A9@h/d', 'tcp h h 5432 | u | \u00e9 | d'],
    ['postgres://u:p@[::1]:5/d', 'tcp ::1 ::1 5 | u | p | d'],
    ['postgres://u:p@[2001:db8::1]/d', 'tcp 2001:db8::1 2001:db8::1 5432 | u | p | d'],
    ['postgres://u:p@/d?host=/var/run/postgresql', 'unix /var/run/postgresql 5432 | u | p | d'],
    ['postgres://u:p@%2Fvar%2Frun/d?port=6', 'unix /var/run 6 | u | p | d'],
    ['postgres://h/d?user=u&password=p', 'tcp h h 5432 | u | p | d'],
    ['postgres://u:p@h/d?host=other', 'tcp other other 5432 | u | p | d'],
    ['postgres://u:p@db.example?hostaddr=192.0.2.7', 'tcp 192.0.2.7 db.example 5432 | u | p | u'],
    ['postgres://u:p@h/d\n', 'tcp h h 5432 | u | p | d'],
    ['jdbc:postgresql://h:2/d?user=u&password=p', 'tcp h h 2 | u | p | d'],
    ['host=h user=u', 'tcp h h 5432 | u | undefined | u'],
    ["host = h  port= 7 user ='u' password='a b\\'c\\\\' dbname=d", "tcp h h 7 | u | a b'c\\ | d"],
    ['host=h user=u password=a\\ b', 'tcp h h 5432 | u | a b | u'],
    ["host=h user=u password=a'b", "tcp h h 5432 | u | a'b | u"],
    ['host=h user=u password=', 'tcp h h 5432 | u | undefined | u'],
    ["host=h user=u password='' dbname=d", 'tcp h h 5432 | u | undefined | d'],
    ['host=a user=u host=b', 'tcp b b 5432 | u | undefined | u'],
    ['hostaddr=::1 user=u', 'tcp ::1 null 5432 | u | undefined | u'],
  ])('%j', (text, expected) => {
    expect(place(text)).toBe(expected);
  });
});

describe('sslmode', () => {
  it.each([
    ['', 'prefer'],
    ['?sslmode=disable', 'disable'],
    ['?sslmode=allow', 'allow'],
    ['?sslmode=require', 'require'],
    ['?sslmode=verify-ca', 'verify-ca'],
    ['?sslmode=verify-full', 'verify-full'],
    ['?sslrootcert=system', 'verify-full'],
    ['?ssl=true', 'require'],
    ['?ssl=1', 'require'],
    ['?ssl=false', 'disable'],
    ['?ssl=true&sslmode=verify-full', 'verify-full'],
  ])('of a URL with `%s` is %s', (query, mode) => {
    expect(good(`postgres://u:p@h/d${query}`).tls.mode).toBe(mode);
  });

  it('of a JDBC URL with ssl=true is verify-full, as that driver means it', () => {
    expect(good('jdbc:postgresql://h/d?user=u&ssl=true').tls.mode).toBe('verify-full');
    expect(good('jdbc:postgresql://h/d?user=u&ssl=true&sslmode=require').tls.mode).toBe('require');
  });
});

describe('the other parameters', () => {
  it('have the defaults of libpq', () => {
    const target = good('host=h user=u');
    expect(target).toMatchObject({
      channelBinding: 'prefer',
      allowedMethods: null,
      connectTimeoutMs: null,
      applicationName: null,
      options: null,
      maxProtocol: '3.0',
      tls: {
        negotiation: 'postgres',
        roots: { kind: 'default' },
        certFile: null,
        keyFile: null,
        sendCertificate: true,
        sendServerName: true,
        minVersion: 'TLSv1.2',
        maxVersion: null,
      },
    });
  });

  it('are read', () => {
    const target = good(
      'host=h user=u sslmode=require sslnegotiation=direct sslrootcert=/r sslcert=/c sslkey=/k ' +
        'sslcertmode=disable sslsni=0 ssl_min_protocol_version=TLSv1.3 channel_binding=require ' +
        "connect_timeout=1 application_name=app options='-c work_mem=1MB' max_protocol_version=latest",
    );
    expect(target).toMatchObject({
      channelBinding: 'require',
      connectTimeoutMs: 2000,
      applicationName: 'app',
      options: '-c work_mem=1MB',
      maxProtocol: '3.2',
      tls: {
        negotiation: 'direct',
        roots: { kind: 'file', path: '/r' },
        certFile: '/c',
        keyFile: '/k',
        sendCertificate: false,
        sendServerName: false,
        minVersion: 'TLSv1.3',
      },
    });
  });

  it.each([
    ['scram-sha-256', ['scram-sha-256']],
    ['md5,scram-sha-256', ['md5', 'scram-sha-256']],
    ['!password,!md5', ['gss', 'none', 'oauth', 'scram-sha-256', 'sspi']],
    ['!none', ['gss', 'md5', 'oauth', 'password', 'scram-sha-256', 'sspi']],
  ])('require_auth=%s allows exactly what it says', (text, methods) => {
    const { allowedMethods } = good(`host=h user=u require_auth=${text}`);
    expect([...(allowedMethods ?? [])].sort()).toEqual(methods);
  });

  it.each([
    'keepalives=1',
    'gssencmode=prefer',
    'target_session_attrs=any',
    'client_encoding=UTF8',
    'sslcrl=',
    'fallback_application_name=x',
  ])('`%s` is accepted because it changes nothing', (text) => {
    expect(problemOf(`host=h user=u ${text}`)).toBe('accepted');
  });

  it.each([
    ['user=u', 'parameter `host` is missing'],
    ['host=h', 'parameter `user` is missing'],
    ['host=a,b user=u', 'several hosts'],
    ['postgres://u@a:1,b:2/d', 'several hosts'],
    ['host=h user=u port=0', '`port`'],
    ['host=h user=u port=65536', '`port`'],
    ['host=h user=u port=5432x', '`port`'],
    ['hostaddr=h user=u', '`hostaddr`'],
    ['host=@h user=u', '`host`'],
    ['host=h user=u sslmode=REQUIRE', '`sslmode`'],
    ['host=h user=u sslmode=no-verify', '`sslmode`'],
    ['host=h user=u sslrootcert=system sslmode=require', '`sslmode`'],
    ['host=h user=u sslnegotiation=direct', '`sslmode`'],
    ['host=h user=u sslpassword=x', '`sslpassword`'],
    ['host=h user=u sslcrl=/x', '`sslcrl`'],
    ['host=h user=u sslcertmode=require', '`sslcertmode`'],
    ['host=h user=u require_auth=md5,!none', '`require_auth`'],
    ['host=h user=u require_auth=md5,md5', '`require_auth`'],
    ['host=h user=u require_auth=kerberos', '`require_auth`'],
    ['host=h user=u require_auth=md5,', '`require_auth`'],
    ['host=h user=u connect_timeout=soon', '`connect_timeout`'],
    ['host=h user=u channel_binding=yes', '`channel_binding`'],
    ['host=h user=u gssencmode=require', '`gssencmode`'],
    ['host=h user=u target_session_attrs=read-write', '`target_session_attrs`'],
    ['host=h user=u client_encoding=SJIS', '`client_encoding`'],
    ['host=h user=u replication=database', '`replication`'],
    ['host=h user=u service=x', '`service`'],
    ['host=h user=u min_protocol_version=3.2', '`min_protocol_version`'],
    [
      'host=h user=u ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2',
      '`ssl_max_protocol_version`',
    ],
    ['postgres://u@h/d?schema=public', '`schema`'],
    ['postgres://u@h/d?ssl=maybe', '`ssl`'],
    ['postgres://u@[::1/d', 'IPv6'],
    ['postgres://u@[]/d', 'IPv6'],
    ['mysql://u:p@h/d', 'must begin with'],
    ['host', 'number 1'],
    ['host=h user=u stray', 'number 3'],
    ["host=h user='u", 'do not close'],
    ['host=h user=u password=a\0b', 'zero byte'],
    ['postgres://u:%00@h/d', 'percent-encoded'],
    ['postgres://u:%zz@h/d', 'percent-encoded'],
    ['postgres://u:%ff@h/d', 'UTF-8'],
    ['', 'parameter `host` is missing'],
    ['x'.repeat(20_000), 'too long'],
  ])('%j is refused by name', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});

describe('the password (P-03)', () => {
  const target = good(`postgres://u:${CANARY}@h/d`);

  it('does not show however the target is printed', () => {
    for (const text of [
      target.describe(),
      inspect(target, { depth: 9, showHidden: true }),
      JSON.stringify(target),
    ]) {
      expect(text).not.toContain(CANARY);
    }
    expect(target.password?.unsafeReveal()).toBe(CANARY);
  });

  it('is described by everything around it', () => {
    expect(target.describe()).toBe('u@h:5432/d (sslmode prefer)');
  });

  it.each([
    `postgres://u:x/${CANARY}@h/d`,
    `postgres://u:x/y?${CANARY}=z@h/d`,
    `postgres://u:${CANARY}/z@h/d`,
    `postgres://u:${CANARY}%@h/d`,
    `postgres://u:x@${CANARY}@h/d`,
    `postgres://u:x@[${CANARY}/d`,
    `host=h user=u password=x ${CANARY}`,
    `host=h user=u password=x ${CANARY}=1`,
    `host=h user=u password='${CANARY}`,
    `host=h user=u sslmode=${CANARY}`,
    `host=h user=u port=${CANARY}`,
    `host=h user=u require_auth=${CANARY}`,
    `host=h user=u sslpassword=${CANARY}`,
    `mysql://u:${CANARY}@h/d`,
  ])('does not show in what is said about %j', (text) => {
    expect(problemOf(text)).not.toContain(CANARY);
    expect(problemOf(text)).not.toBe('accepted');
  });

  it('survives percent encoding whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (password) => {
        fc.pre(password.isWellFormed() && !password.includes('\0'));
        const url = `postgres://u:${encodeURIComponent(password)}@h/d`;
        expect(good(url).password?.unsafeReveal()).toBe(password);
      }),
    );
  });

  it('survives quoting whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (password) => {
        fc.pre(!password.includes('\0'));
        const quoted = password.replaceAll(/['\\]/g, '\\$&');
        expect(good(`host=h user=u password='${quoted}'`).password?.unsafeReveal()).toBe(password);
      }),
    );
  });
});

it('never throws, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `postgres://${text}`),
      ),
      (text) => {
        expect(typeof parseUpstreamTarget(text).ok).toBe('boolean');
      },
    ),
  );
});
