/** Labelled texts, drawn from a beginning: secrets of every kind in the places where people put them, and what is none. */

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sampleOf, toSampleDigits } from '../../rules/src/detect/fixtures/sample.ts';
import type { Draw } from '../../rules/src/detect/fixtures/sample.ts';
import { NAMED_KINDS, TOKEN_KINDS } from '../../rules/src/detect/kinds.ts';

/** A text of a file and the secret in it; null when there is none. */
export interface LabelledText {
  readonly group: string;
  readonly path: string;
  readonly text: string;
  readonly secret: string | null;
}

const WORDS =
  'river stone copper falcon meadow winter harbor violet candle orchid thunder maple silver pixel'.split(
    ' ',
  );
const SIGNS = Array.from('!@#$%&*+?');
const ALPHABET = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

type Make = (draw: Draw) => Omit<LabelledText, 'group'>;

const one = <Value>(draw: Draw, list: readonly Value[]): Value => list[draw(list.length)]!;
const random = (draw: Draw, length: number, alphabet = ALPHABET): string =>
  Array.from({ length }, () => alphabet[draw(alphabet.length)]).join('');

/** As people make them up: words with digits and signs, or drawn by a manager of passwords. */
function password(draw: Draw): string {
  const word = one(draw, WORDS);
  switch (draw(4)) {
    case 0:
      return `${word[0]!.toUpperCase()}${word.slice(1)}${draw(9000) + 1000}${one(draw, SIGNS)}`;
    case 1:
      return `${word}${one(draw, SIGNS)}${one(draw, WORDS)}${draw(900)}`;
    case 2:
      return random(draw, 12 + draw(12));
    default:
      return random(draw, 16, `${ALPHABET}!@&*+?`);
  }
}

const GROUPS: Readonly<Record<string, Make>> = {
  'tokens in code': (draw) => {
    const secret = sampleOf(one(draw, TOKEN_KINDS), { draw, crc32: (text) => crc32(text) });
    return { path: 'src/client.ts', text: `const client = connect("${secret}");\n`, secret };
  },
  'values by name and shape': (draw) => {
    const kind = one(draw, NAMED_KINDS);
    const secret = sampleOf(
      { shape: kind.value, check: null },
      { draw, crc32: (text) => crc32(text) },
    );
    const name = /SECRET|KEY|PASSWORD/.test(kind.words[0]!)
      ? kind.words[0]!
      : `${kind.words[0]!}_API_KEY`;
    return { path: 'deploy/values.yaml', text: `${name.toLowerCase()}: ${secret}\n`, secret };
  },
  'passwords in .env': (draw) => {
    const secret = password(draw);
    return {
      path: '.env',
      text: `PORT=3000\n${one(draw, ['DB_PASSWORD', 'SMTP_PASS', 'REDIS_PASSWORD'])}=${secret}\n`,
      secret,
    };
  },
  'passwords in settings': (draw) => {
    const secret = password(draw);
    const [path, text] = one(draw, [
      ['config/app.yml', `database:\n  user: app\n  password: "${secret}"\n`],
      ['app.properties', `spring.datasource.password=${secret}\n`],
      ['conf.json', `{"user": "app", "password": "${secret}"}\n`],
      ['web.xml', `<user>app</user><password>${secret}</password>\n`],
    ] as const);
    return { path, text, secret };
  },
  'passwords in code': (draw) => {
    const secret = password(draw);
    const [path, text] = one(draw, [
      ['app.py', `PASSWORD = '${secret}'\n`],
      ['Db.java', `private static final String DB_PASSWORD = "${secret}";\n`],
      ['db.go', `cfg.Password = "${secret}"\n`],
      ['db.php', `define('DB_PASSWORD', '${secret}');\n`],
      ['Conn.cs', `var c = "Server=db;User Id=sa;Password=${secret.replaceAll(/[;"]/g, 'x')};";\n`],
    ] as const);
    return { path, text, secret: secret.replaceAll(/[;"]/g, 'x') };
  },
  addresses: (draw) => {
    const secret = random(draw, 8 + draw(10));
    const scheme = one(draw, ['postgres', 'mysql', 'redis', 'mongodb+srv', 'amqps', 'https']);
    return {
      path: 'src/db.rb',
      text: `url = "${scheme}://app:${secret}@db.internal.corp:5432/shop"\n`,
      secret,
    };
  },
  headers: (draw) => {
    const bearer = draw(2) === 0;
    const secret = bearer
      ? random(draw, 32)
      : Buffer.from(`deploy:${random(draw, 14)}`).toString('base64');
    const text = `req.setHeader("Authorization", "${bearer ? 'Bearer' : 'Basic'} ${secret}");\n`;
    return { path: 'src/http.js', text, secret };
  },
  'keys in code': (draw) => {
    const secret = random(draw, 24 + draw(24));
    return {
      path: 'src/app.py',
      text: `${one(draw, ['api_key', 'auth_token', 'client_secret'])} = "${secret}"\n`,
      secret,
    };
  },
  encoded: (draw) => {
    const token = sampleOf(TOKEN_KINDS[0]!, { draw, crc32: (text) => crc32(text) });
    const secret = Buffer.from(`{"id":"${token}"}`).toString('base64');
    return { path: 'secret.yaml', text: `kind: ConfigMap\ndata:\n  file: ${secret}\n`, secret };
  },
  'no secrets': (draw) => {
    const hash = createHash('sha256').update(random(draw, 9)).digest('hex');
    const [path, text] = one(draw, [
      [
        'src/form.tsx',
        `<input type="password" name="password" placeholder="${one(draw, WORDS)} password" />\n`,
      ],
      [
        'src/auth.ts',
        'const token = await getToken(user.password);\nif (password === "") throw new Error("password required");\n',
      ],
      [
        'package-lock.json',
        `"integrity": "sha512-${Buffer.from(hash + hash).toString('base64')}"\n`,
      ],
      ['.env.example', 'DB_PASSWORD=changeme\nAPI_KEY=your-api-key\nSECRET=<secret>\n'],
      ['main.tf', 'password = var.db_password\ntoken    = data.vault_secret.token\n'],
      ['ci.yml', 'env:\n  TOKEN: ${{ secrets.TOKEN }}\n  PASSWORD: ${PASSWORD}\n'],
      ['README.md', 'Set `API_TOKEN=xxxx` and connect to postgres://user:password@localhost/db\n'],
      [
        'src/i18n.json',
        `{"password": "Password", "token_expired": "your token has expired", "secret": "${one(draw, WORDS)}"}\n`,
      ],
      [
        'src/hash.go',
        `const commit = "${hash.slice(0, 40)}"\nvar cacheKey = "${one(draw, WORDS)}-${one(draw, WORDS)}"\n`,
      ],
      [
        'data.csv',
        `id,uuid\n1,${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}\n`,
      ],
    ] as const);
    return { path, text, secret: null };
  },
};

/** So many texts of all groups, in turn; the same for the same beginning. */
export function drawTexts(seed: string, count: number): readonly LabelledText[] {
  const draw = toSampleDigits(createHash('sha256').update(seed));
  const groups = Object.entries(GROUPS);
  return Array.from({ length: count }, (_, at) => {
    const [group, make] = groups[at % groups.length]!;
    return { group, ...make(draw) };
  });
}
