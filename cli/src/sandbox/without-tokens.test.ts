import { expect, test } from 'vitest';
import { withoutTokens } from './without-tokens.ts';

test.each([
  '//npm.example/:_authToken=secret',
  '  //host.example/path/:_password = "secret"',
  '_auth=secret',
  '//host.example/:username=ana',
  '//host.example/:certfile=/x',
  '"//host.example/:_authToken" = "secret"',
  'proxy=http://ana:secret@proxy.example/',
  '_AUTHTOKEN=secret',
])('%s is left out', (line) => {
  expect(withoutTokens(`a=b\n${line}\nc=d\n`)).toBe('a=b\nc=d\n');
});

test.each([
  'registry=https://registry.example/',
  '@scope:registry=https://npm.example/',
  'cafile=/etc/ssl/own.pem',
  'save-exact=true',
  '; a comment',
])('%s stays', (line) => {
  expect(withoutTokens(line)).toBe(line);
});
