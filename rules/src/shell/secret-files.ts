/** Files that hold secrets, by their names. A table, so that a person can read what is asked about. */

import { HOLE } from './value.ts';

/** Whole paths, from the home folder or any other; the last `/` starts the file's own name. */
const SECRET_PATHS: readonly RegExp[] = [
  /(?:^|\/)\.env(?:rc)?$/,
  /(?:^|\/)\.env\.(?!(?:[\w-]+\.)*(?:example|sample|template|dist|defaults?|schema|tpl)$)[\w.-]+$/,
  /(?:^|\/)[\w-]+\.env$/,
  /(?:^|\/)\.ssh\/(?!(?:.*\.pub|config|known_hosts(?:\.old)?|authorized_keys)$).+$/,
  /(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/,
  /(?:^|\/)\.aws\/(?:credentials|sso\/|cli\/cache)/,
  /(?:^|\/)\.(?:netrc|pgpass|git-credentials|pypirc|npmrc|yarnrc\.yml|my\.cnf|s3cfg|boto|vault-token|htpasswd)$/,
  /(?:^|\/)\.docker\/config\.json$/,
  /(?:^|\/)\.kube\/config$/,
  /(?:^|\/)kubeconfig(?:\.ya?ml)?$/,
  /(?:^|\/)\.config\/gcloud\/.*(?:credentials|\.db|\.json)/,
  /(?:^|\/)\.config\/(?:gh|hub|glab-cli|doctl|op|heroku|flyctl|railway|neonctl|supabase|configstore)(?:\/|$)/,
  /(?:^|\/)\.azure\/(?:accessTokens|msal_token|service_principal)/,
  /(?:^|\/)\.(?:railway|fly|supabase|vercel|netlify|wrangler|planetscale)\/(?:config|access-token|auth|config\.ya?ml|config\.json)/,
  /(?:^|\/)\.(?:cargo|gem)\/credentials(?:\.toml)?$/,
  /(?:^|\/)\.m2\/settings\.xml$/,
  /(?:^|\/)\.terraform\.d\/credentials\.tfrc\.json$/,
  /(?:^|\/)terraform\.tfstate(?:\.backup)?$/,
  /(?:^|\/)(?!example)[\w-]*\.tfvars(?:\.json)?$/,
  /(?:^|\/)(?:credentials|client_secret\w*|service[-_]?account[\w-]*)\.json$/,
  /(?:^|\/)(?:[\w-]*(?:private|secret|priv)[\w-]*|privkey|key|server-key)\.pem$/,
  /(?:^|\/)[\w.-]+\.(?:p12|pfx|jks|keystore|kdbx)$/,
  /(?:^|\/)(?:secrets?|master)\.(?:key|ya?ml|json|toml)$/,
  /(?:^|\/)[\w-]+\.key$/,
  /(?:^|\/)\.(?:bash|zsh|psql|mysql|python|node_repl|rediscli)_history$/,
  /^\/etc\/(?:shadow|sudoers|gshadow)$/,
  /^\/proc\/[^/]+\/(?:environ|mem)$/,
  /(?:^|\/)(?:Login Data|Cookies|key4\.db|logins\.json)$/,
];

/** What a pattern is tried on: one name of each kind that people keep. */
const SAMPLES = [
  '.env',
  '.env.local',
  '.env.production',
  'id_rsa',
  'id_ed25519',
  '.netrc',
  '.pgpass',
  '.npmrc',
  'credentials.json',
  'terraform.tfstate',
  '.aws/credentials',
  '.ssh/id_rsa',
];

/** Whether a path is that of a file with secrets. */
export function isSecretFile(path: string): boolean {
  return SECRET_PATHS.some((pattern) => pattern.test(path));
}

/** Whether a pattern of the shell may stand for a file with secrets. */
export function mayMatchSecret(pattern: string): boolean {
  const names = pattern.split('/');
  const name = names.at(-1) ?? '';
  if (name.length > 100 || name.includes(HOLE)) return false;
  // Many stars make an expression that takes for ever; nobody writes them for another reason.
  if (name.split('*').length > 6) return true;
  const expression = toExpression(name);
  return SAMPLES.some((sample) => {
    const last = sample.slice(sample.lastIndexOf('/') + 1);
    const hidden = last.startsWith('.') && !/^[.\\]/.test(name);
    return !hidden && expression.test(last) && !/^[*?]*$/.test(name);
  });
}

/** The file with secrets that a text names somewhere; null when there is none. */
export function namesSecretFile(text: string): string | null {
  for (const [word] of text.slice(0, 20_000).matchAll(/[\w~./-]*[\w]/g)) {
    if (word.length < 200 && /[./]/.test(word) && isSecretFile(word)) {
      // `process.env` and `import.meta.env` name no file.
      if (!/\w\.env$/.test(word) || word.includes('/')) return word;
    }
  }
  return null;
}

function toExpression(name: string): RegExp {
  const body = name
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replace(/\[[!^]/g, '[^');
  try {
    return new RegExp(`^${body}$`);
  } catch {
    return /^/;
  }
}
