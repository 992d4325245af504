/**
 * Whether a named value is a secret, from its name and its shape. A small honest table for files that people keep
 * settings in: it misses what has neither a telling name nor a known shape, and says nothing about free text.
 */

import { isHarmless } from './harmless-value.ts';

/** What a value is. */
export type SecretJudgement =
  /** Nothing that this table knows. */
  | { readonly kind: 'nothing' }
  /** The address of a PostgreSQL database, with or without a password. */
  | { readonly kind: 'postgres url' }
  /** The address of another database or service, with a password in it. */
  | { readonly kind: 'other url'; readonly service: string }
  | { readonly kind: 'secret'; readonly why: string };

/** `postgres://`, `postgresql+asyncpg://`. */
const POSTGRES_URL = /^postgres(?:ql)?(?:\+\w+)?:\/\/\S+$/i;

/** A password between the user and the host. */
const URL_WITH_PASSWORD = /^([a-z][a-z0-9+.-]*):\/\/[^\s/?#@:]*:([^\s/?#@]+)@\S+/i;

/** Shapes that providers give their keys, each with its provider. Keys that are public by design are not here. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'private key'],
  [/^gh[pousr]_[A-Za-z0-9]{20,}$/, 'GitHub token'],
  [/^github_pat_\w{20,}$/, 'GitHub token'],
  [/^glpat-[\w.-]{15,}$/, 'GitLab token'],
  [/^sk-ant-[\w-]{20,}$/, 'Anthropic key'],
  [/^sk-[\w-]{20,}$/, 'API key'],
  [/^[sr]k_(?:live|test)_\w{10,}$/, 'Stripe key'],
  [/^whsec_[\w+/=]{10,}$/, 'webhook secret'],
  [/^xox[abeprs]-[\w-]{10,}$/, 'Slack token'],
  [/^(?:AKIA|ASIA)[A-Z2-7]{16}$/, 'AWS key id'],
  [/^AIza[\w-]{30,}$/, 'Google key'],
  [/^GOCSPX-[\w-]{20,}$/, 'Google client secret'],
  [/^npm_[A-Za-z0-9]{30,}$/, 'npm token'],
  [/^pypi-[\w-]{30,}$/, 'PyPI token'],
  [/^SG\.[\w-]{10,}\.[\w-]{10,}$/, 'SendGrid key'],
  [/^hf_[A-Za-z0-9]{20,}$/, 'Hugging Face token'],
  [/^dop_v1_[a-f0-9]{40,}$/, 'DigitalOcean token'],
  [/^shp(?:at|ca|pa|ss)_[a-fA-F0-9]{20,}$/, 'Shopify token'],
  [/^glsa_\w{20,}$/, 'Grafana token'],
  [/^sbp_[a-f0-9]{20,}$/, 'Supabase token'],
  [/^eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}$/, 'signed token'],
];

/** Names that say password: any value counts, however short. */
const PASSWORD_NAME = /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD)$/;

/** Names that say key or token: the value must be longer than a word somebody picks from a list. */
const KEY_NAME =
  /(?:^|_)(?:SECRET|TOKEN|APIKEY|(?:API|ACCESS|SECRET|PRIVATE|AUTH|SIGNING|ENCRYPTION|MASTER|SERVICE|SERVICE_ROLE|ADMIN|DEPLOY|WEBHOOK|JWT|SESSION|COOKIE|LICENSE|ACCOUNT)_KEY|SECRET_KEY_BASE|CREDENTIALS?|AUTHORIZATION|COOKIE_SECRET|SALT)$/;
const MIN_KEY_LENGTH = 8;

/** `PGPASSWORD`, and what else runs together. */
const RUN_TOGETHER = /^(?:PGPASSWORD|MYSQL_PWD|REDISCLI_AUTH|X_API_KEY|API_KEY|APIKEY)$/;

/** Bundlers put these into what browsers load, so whoever set them meant everybody to see them. */
const PUBLIC_NAME =
  /^(?:NEXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC|NUXT_PUBLIC|GATSBY|PUBLIC)_|(?:^|_)PUBLIC_KEY$/;

/** A key that its provider calls publishable. */
const PUBLISHABLE = /^(?:pk_(?:live|test)_|sb_publishable_)/;

/**
 * Judges a value by its name and shape.
 * @param name of a variable, a header or a setting: `DB_PASSWORD`, `X-Api-Key`, `apiKey`
 */
export function looksSecret(name: string, value: string): SecretJudgement {
  const shown = value.trim();
  if (isHarmless(shown)) return { kind: 'nothing' };
  return judgeUrl(shown) ?? judgeShape(shown) ?? judgeName(name, shown) ?? { kind: 'nothing' };
}

function judgeUrl(value: string): SecretJudgement | null {
  if (POSTGRES_URL.test(value)) return { kind: 'postgres url' };
  const match = URL_WITH_PASSWORD.exec(value);
  if (match === null || isHarmless(match[2] ?? '')) return null;
  return { kind: 'other url', service: (match[1] ?? '').toLowerCase() };
}

function judgeShape(value: string): SecretJudgement | null {
  const shape = SHAPES.find(([pattern]) => pattern.test(value));
  return shape === undefined ? null : { kind: 'secret', why: shape[1] };
}

function judgeName(name: string, value: string): SecretJudgement | null {
  const words = toWords(name);
  if (PUBLIC_NAME.test(words) || PUBLISHABLE.test(value)) return null;
  if (PASSWORD_NAME.test(words) || RUN_TOGETHER.test(words)) {
    return { kind: 'secret', why: `the name ${name}` };
  }
  const long = value.length >= MIN_KEY_LENGTH && !/^(?:\d+|https?:\/\/\S*|[./~]\S*)$/.test(value);
  return KEY_NAME.test(words) && long ? { kind: 'secret', why: `the name ${name}` } : null;
}

/** `apiKey`, `api-key` and `API_KEY` are one name. */
function toWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[-. ]/g, '_')
    .toUpperCase();
}
