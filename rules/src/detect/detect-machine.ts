/** Every literal that is looked for, and who is called when it is found. Built once, on the first use. */

import { PEM_LITERAL, PUTTY_LITERAL } from './find-private-key.ts';
import { makeTokenFinders } from './find-token.ts';
import type { TokenFinder } from './find-token.ts';
import { buildAutomaton } from './keyword-automaton.ts';
import type { KeywordAutomaton } from './keyword-automaton.ts';

/** Who is called. */
export type Role =
  | { readonly kind: 'token'; readonly finder: TokenFinder }
  | { readonly kind: Exclude<RoleName, 'token'> };

type RoleName =
  | 'token'
  | 'url'
  | 'name'
  | 'private-key'
  | 'putty-key'
  | 'jwt'
  | 'jwk'
  | 'bearer'
  | 'basic'
  | 'command'
  | 'percent'
  | 'run';

/** The automaton and the roles of its literals. */
export interface DetectMachine {
  readonly automaton: KeywordAutomaton;
  readonly roles: readonly Role[];
}

/** Parts of names; `classOfName` judges the whole name. */
const NAME_LITERALS = [
  ...['password', 'passwd', 'passphrase', 'passwort', 'passcode', 'senha', 'contrasena', '_pass'],
  ...[
    'pass=',
    'pass"',
    "pass'",
    'pass:',
    'pass>',
    'pass =',
    'pass :',
    '-pass',
    'dbpass',
    'userpass',
  ],
  ...[
    'pwd',
    'rootpw',
    'bindpw',
    'dbpw',
    'adminpw',
    'secret',
    'token',
    'apikey',
    'api_key',
    'api-key',
  ],
  ...[
    '_key',
    '-key',
    'accesskey',
    'secretkey',
    'privatekey',
    'signingkey',
    'encryptionkey',
    'appkey',
  ],
  ...['masterkey', 'authkey', 'accountkey', 'sharedkey', 'servicekey', 'sessionkey', 'serverkey'],
  ...[
    'clientkey',
    'consumerkey',
    'storagekey',
    'webhookkey',
    'licensekey',
    'cryptkey',
    'cipherkey',
  ],
  ...[
    'key_base',
    'credential',
    'authorization',
    '_auth',
    'auth"',
    'auth=',
    '_salt',
    'nkey',
    'pepper',
  ],
];

const STRUCTURE: readonly (readonly [string, Exclude<RoleName, 'token'>])[] = [
  ['://', 'url'],
  [PEM_LITERAL, 'private-key'],
  [PUTTY_LITERAL, 'putty-key'],
  ['eyj', 'jwt'],
  ['"kty', 'jwk'],
  ['bearer ', 'bearer'],
  ['basic ', 'basic'],
  ['curl ', 'command'],
  ['sshpass ', 'command'],
  ['%3a%2f%2f', 'percent'],
];

let machine: DetectMachine | null = null;

/** The machine of all kinds. */
export function detectMachine(): DetectMachine {
  machine ??= build();
  return machine;
}

function build(): DetectMachine {
  const finders = makeTokenFinders();
  const literals = [
    ...finders.map(({ anchor }) => anchor),
    ...[...NAME_LITERALS, ...STRUCTURE.map(([literal]) => literal)].map((one) => Buffer.from(one)),
  ];
  const roles: Role[] = [
    ...finders.map((finder): Role => ({ kind: 'token', finder })),
    ...NAME_LITERALS.map((): Role => ({ kind: 'name' })),
    ...STRUCTURE.map(([, kind]): Role => ({ kind })),
  ];
  return { automaton: buildAutomaton(literals), roles };
}
