import { expect, test } from 'vitest';
import { withProxyVariables } from './proxy-environment.ts';

const TOKEN = `agt_${'a'.repeat(43)}`;

test("the session's proxy takes the place of every other one, in both spellings", () => {
  const inherited = {
    PATH: '/bin',
    HTTPS_PROXY: 'http://user:secret@corporate:8080',
    all_proxy: 'socks5://corporate:1080',
    ALL_PROXY: 'socks5://corporate:1080',
    Ftp_Proxy: 'http://corporate:8080',
    NO_PROXY: '*',
  };
  const url = `http://agent:${TOKEN}@127.0.0.1:4100`;
  const env = withProxyVariables(inherited, {
    token: TOKEN,
    proxy: { host: '127.0.0.1', port: 4100 },
  });
  expect(env).toEqual({
    PATH: '/bin',
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    http_proxy: url,
    https_proxy: url,
    NO_PROXY: 'localhost,127.0.0.1,::1',
    no_proxy: 'localhost,127.0.0.1,::1',
    NODE_USE_ENV_PROXY: '1',
  });
});

test('a daemon without a proxy leaves the variables as they are', () => {
  const env = { PATH: '/bin', HTTPS_PROXY: 'http://corporate:8080' };
  expect(withProxyVariables(env, { token: TOKEN })).toBe(env);
});

test('an IPv6 address stands in brackets', () => {
  const env = withProxyVariables({}, { token: TOKEN, proxy: { host: '::1', port: 1 } });
  expect(env['HTTPS_PROXY']).toBe(`http://agent:${TOKEN}@[::1]:1`);
});
