import { describe, expect, test } from 'vitest';
import { findSecrets } from './find-secrets.ts';

/** Put together here, so that no scanner takes this file for a leak. */
const DRAWN = 'q8Zt4Lw9' + 'Xv2Kp7Rb1Nd6';
const HEX = 'd9838ab118623684' + '2c7242ce4c8eeff594239218';

const linesOf = (text: string, path: string): readonly number[] =>
  findSecrets(Buffer.from(text), { path }).map(({ line }) => line);

describe('every line of many names side by side is judged', () => {
  test.each(['.env', 'config.yml', 'deploy.sh'])('%s', (path) => {
    const sign = path.endsWith('.yml') ? ': ' : '=';
    const lines = Array.from({ length: 40 }, (_, at) => `A${at}_PASSWORD${sign}w${at}x!Kq9z`);
    expect(linesOf(lines.join('\n'), path)).toEqual(lines.map((_, at) => at + 1));
  });
});

describe('a value under its name is found', () => {
  test.each([
    ['{"pass": "hunter22"}', '.ftpconfig'],
    ['{\n  "auth" : {\n    "password" : "hunter22!x"\n}}', 'settings.json'],
    [`export SHOP_DEPLOY_API_TOKEN='${HEX}'`, '.profile'],
    [`smtp_pass = ${DRAWN}`, 'mail.ini'],
    [`const apiKey: string = "${DRAWN}";`, 'a.ts'],
    [`--password ${DRAWN}`, 'run.sh'],
    [`setPassword("${DRAWN}")`, 'A.java'],
    [`{\\"password\\": \\"${DRAWN}\\"}`, 'nested.json'],
    [`"Server=db;User Id=sa;Password=${DRAWN};"`, 'a.cs'],
    [`machine example.com login a password ${DRAWN}`, '.netrc'],
    [`db.internal:5432:shop:app:${DRAWN}`, '.pgpass'],
    [
      `<Pass encoding="base64">${Buffer.from(DRAWN).toString('base64')}</Pass>`,
      'recentservers.xml',
    ],
    [
      `apiVersion: v1\nkind: Secret\ndata:\n  a: ${Buffer.from(DRAWN).toString('base64')}`,
      'k8s.yaml',
    ],
  ])('%s in %s', (text, path) => {
    expect(linesOf(text, path)).toHaveLength(1);
  });
});

describe('nothing is found in', () => {
  test.each([
    ['{"password": "Password", "token_expired": "your token has expired"}', 'i18n.json'],
    ['const password = getPassword();', 'a.ts'],
    ['password: string; token?: string | null', 'a.ts'],
    ['password = var.db_password', 'main.tf'],
    ['TOKEN: ${{ secrets.TOKEN }}', 'ci.yml'],
    ['postgres://user:password@localhost/db', 'README.md'],
    ['"Password", "token_expired"', 'a.json'],
    ['apiVersion: v1\nkind: ConfigMap\ndata:\n  a: aGVsbG8gd29ybGQgaGVsbG8=', 'k8s.yaml'],
    ['DB_PASSWORD=agentguard:shop-DB_PASSWORD', '.env'],
  ])('%s in %s', (text, path) => {
    expect(linesOf(text, path)).toEqual([]);
  });
});
