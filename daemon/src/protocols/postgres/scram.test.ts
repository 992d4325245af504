import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { type ClientBinding, ScramClient } from './scram-client.ts';
import {
  makeTokenVerifier,
  normalizePassword,
  SCRAM_SHA_256,
  SCRAM_SHA_256_PLUS,
  ScramServer,
  TOKEN_ITERATIONS,
  type TokenVerifiers,
} from './scram.ts';

/** RFC 7677, section 3. */
const RFC = {
  password: 'pencil',
  clientNonce: 'rOprNGfwEbeRWgbNEkqO',
  serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  salt: Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst:
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

function verifiers(tokens: Readonly<Record<string, string>>, salt = RFC.salt) {
  const live = Object.entries(tokens).map(
    ([id, token]) => [id, makeTokenVerifier(token, salt, 4096)] as const,
  );
  return { salt, iterations: 4096, live: () => live } satisfies TokenVerifiers<string>;
}

function stretch(password: string, salt: Buffer, iterations: number): Buffer {
  return pbkdf2Sync(normalizePassword(password), salt, iterations, 32, 'sha256');
}

/** Runs one whole exchange; the client side may be bent on the way. */
function exchange(
  server: ScramServer<string>,
  password: string,
  binding: ClientBinding = { kind: 'none' },
) {
  const client = new ScramClient(binding, { minIterations: 4096 });
  const first = server.first(client.mechanism, client.first());
  if (!first.ok) return first;
  const asked = client.serverFirst(first.serverFirst);
  if (!asked.ok) return asked;
  const final = server.final(client.clientFinal(stretch(password, asked.salt, asked.iterations)));
  if (!final.ok) return final;
  const proved = client.serverFinal(final.serverFinal);
  return proved.ok ? { ok: true as const, token: final.token } : proved;
}

describe('the vectors of RFC 7677', () => {
  it('are what the client sends and accepts', () => {
    const client = new ScramClient(
      { kind: 'none' },
      { minIterations: 4096, nonce: RFC.clientNonce, user: 'user' },
    );
    expect(client.first()).toBe(RFC.clientFirst);
    expect(client.serverFirst(RFC.serverFirst)).toEqual({
      ok: true,
      salt: RFC.salt,
      iterations: 4096,
    });
    expect(client.clientFinal(stretch(RFC.password, RFC.salt, 4096))).toBe(RFC.clientFinal);
    expect(client.serverFinal(RFC.serverFinal)).toEqual({ ok: true });
  });

  it('are what the server sends and accepts', () => {
    const server = new ScramServer(verifiers({ a: RFC.password }), { nonce: RFC.serverNonce });
    expect(server.first(SCRAM_SHA_256, RFC.clientFirst)).toEqual({
      ok: true,
      serverFirst: RFC.serverFirst,
    });
    expect(server.final(RFC.clientFinal)).toEqual({
      ok: true,
      serverFinal: RFC.serverFinal,
      token: 'a',
    });
  });
});

describe('the server side', () => {
  const tokens = verifiers({ one: 'token-one', two: 'token-two', three: 'token-three' });

  it.each(['one', 'two', 'three'])('finds token `%s` by its proof alone', (id) => {
    expect(exchange(new ScramServer(tokens), `token-${id}`)).toEqual({ ok: true, token: id });
  });

  it('refuses what is no live token', () => {
    expect(exchange(new ScramServer(tokens), 'token-four')).toMatchObject({ ok: false });
    expect(exchange(new ScramServer(verifiers({})), 'token-one')).toMatchObject({ ok: false });
  });

  it('tries every token even after one has fitted (P-01)', () => {
    let tried = 0;
    const counting: TokenVerifiers<string> = {
      ...tokens,
      *live() {
        for (const entry of tokens.live()) {
          tried += 1;
          yield entry;
        }
      },
    };
    expect(exchange(new ScramServer(counting), 'token-one').ok).toBe(true);
    expect(tried).toBe(3);
  });

  it('refuses a replayed final message, because its own nonce is new', () => {
    const server = new ScramServer(verifiers({ a: RFC.password }));
    expect(server.first(SCRAM_SHA_256, RFC.clientFirst).ok).toBe(true);
    expect(server.final(RFC.clientFinal)).toMatchObject({ problem: 'nonce does not match' });
  });

  it('binds to the channel when both sides can', () => {
    const data = randomBytes(32);
    const server = new ScramServer(tokens, { binding: data });
    expect(server.mechanisms()).toEqual([SCRAM_SHA_256_PLUS, SCRAM_SHA_256]);
    expect(exchange(server, 'token-two', { kind: 'bound', data })).toMatchObject({ token: 'two' });
  });

  it.each<[string, ClientBinding]>([
    ['another certificate', { kind: 'bound', data: randomBytes(32) }],
    ['an offer that was removed on the way', { kind: 'not-offered' }],
  ])('notices %s', (_name, binding) => {
    const server = new ScramServer(tokens, { binding: randomBytes(32) });
    expect(exchange(server, 'token-two', binding)).toMatchObject({ ok: false });
  });

  it('accepts a client that could bind when there is nothing to bind to', () => {
    expect(exchange(new ScramServer(tokens), 'token-one', { kind: 'not-offered' }).ok).toBe(true);
  });

  it.each([
    ['', 'empty'],
    ['n,,n=,r=', 'no nonce'],
    ['n,,r=abc', 'no name'],
    ['n,a=admin,n=,r=abc', 'an authorization identity'],
    ['x,,n=,r=abc', 'an unknown flag'],
    ['n,,m=1,n=,r=abc', 'a mandatory extension'],
    ['n,,n=,r=a\u0007b', 'a control character in the nonce'],
    [`n,,n=,r=${'a'.repeat(257)}`, 'an endless nonce'],
    ['p=tls-unique,,n=,r=abc', 'a binding that was not offered'],
  ])('refuses the first message `%s` (%s)', (text) => {
    expect(new ScramServer(tokens).first(SCRAM_SHA_256, text)).toMatchObject({ ok: false });
  });

  it('refuses messages out of turn and mechanisms it did not offer', () => {
    const server = new ScramServer(tokens);
    expect(server.final(RFC.clientFinal)).toMatchObject({ ok: false });
    expect(server.first(SCRAM_SHA_256_PLUS, RFC.clientFirst)).toMatchObject({ ok: false });
    expect(server.first('PLAIN', RFC.clientFirst)).toMatchObject({ ok: false });
    expect(server.first(SCRAM_SHA_256, RFC.clientFirst).ok).toBe(true);
    expect(server.first(SCRAM_SHA_256, RFC.clientFirst)).toMatchObject({ ok: false });
  });

  it('never throws and never accepts arbitrary text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, final) => {
        const server = new ScramServer(tokens);
        server.first(SCRAM_SHA_256, first);
        expect(server.final(final).ok).toBe(false);
      }),
    );
  });
});

describe('the client side', () => {
  const nonce = 'fyko+d2lbbFgONRv9qkxdawL';
  const make = (minIterations = 4096) =>
    new ScramClient({ kind: 'none' }, { minIterations, nonce });

  it.each([
    [`r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=4096`, true],
    [`r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`, false],
    [`r=other3rfc,s=QSXCR+Q6sek8bf92,i=4096`, false],
    [`r=x${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=4096`, false],
    [`r=${nonce}3rfc,s=,i=4096`, false],
    [`r=${nonce}3rfc,s=QSXCR+Q6sek8bf9$,i=4096`, false],
    [`r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=0`, false],
    [`r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=4095`, false],
    [`r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=1000000`, true],
    [`r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=1000001`, false],
    [`r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=-4096`, false],
    [`r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=04096`, false],
    [`r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=1e9`, false],
    [`m=x,r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=4096`, false],
    ['', false],
  ])('answers the server-first-message `%s` with %s', (text, ok) => {
    expect(make().serverFirst(text).ok).toBe(ok);
  });

  it('accepts few iterations only where nobody can sit in the middle', () => {
    const text = `r=${nonce}3rfc,s=QSXCR+Q6sek8bf92,i=1`;
    expect(make(4096).serverFirst(text).ok).toBe(false);
    expect(make(1).serverFirst(text).ok).toBe(true);
  });

  it.each([
    'v=',
    'e=invalid-proof',
    `v=${Buffer.alloc(32).toString('base64')}`,
    `v=${Buffer.alloc(31).toString('base64')}`,
    RFC.serverFinal.replace('6', '7'),
  ])('refuses the server-final-message `%s`', (text) => {
    const client = new ScramClient(
      { kind: 'none' },
      { minIterations: 4096, nonce: RFC.clientNonce, user: 'user' },
    );
    client.serverFirst(RFC.serverFirst);
    client.clientFinal(stretch(RFC.password, RFC.salt, 4096));
    expect(client.serverFinal(text).ok).toBe(false);
  });

  it('refuses a signature before it has sent its proof', () => {
    expect(make().serverFinal(RFC.serverFinal).ok).toBe(false);
  });
});

describe('passwords beyond ASCII', () => {
  it.each([
    ['plain', 'plain'],
    ['control \u0007 stays', 'control \u0007 stays'],
    ['I\u00adX', 'IX'],
    ['\u2168', 'IX'],
    ['\u00aa', 'a'],
    ['a\u00a0b', 'a b'],
    ['\u0627\u0031', '\u0627\u0031'],
    ['\u00ad', '\u00ad'],
    ['p\u{1f600}', 'p\u{1f600}'],
    ['', ''],
  ])('are prepared as PostgreSQL does: %j gives %j', (password, prepared) => {
    expect(normalizePassword(password)).toBe(prepared);
  });
});

it('issues tokens with the iteration count that RFC 7677 asks for', () => {
  expect(TOKEN_ITERATIONS).toBe(4096);
});
