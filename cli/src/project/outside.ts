/**
 * Credentials of clouds and tools that an agent of this account can read. They are named and never opened: they belong
 * to every project of the person, and moving them would break tools that know nothing of us.
 */

import { lstatSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Something outside of the project that opens doors. */
export interface OutsideCredential {
  /** As it is shown, below `~`. */
  readonly path: string;
  readonly opens: string;
}

const KNOWN: readonly (readonly [string, string])[] = [
  ['.aws/credentials', 'Amazon Web Services'],
  ['.aws/sso/cache', 'Amazon Web Services'],
  ['.azure', 'Microsoft Azure'],
  ['.config/gcloud', 'Google Cloud'],
  ['.kube/config', 'Kubernetes clusters'],
  ['.ssh', 'hosts, and repositories over ssh'],
  ['.netrc', 'hosts named in it'],
  ['.pgpass', 'PostgreSQL servers'],
  ['.pg_service.conf', 'PostgreSQL servers'],
  ['.my.cnf', 'MySQL servers'],
  ['.docker/config.json', 'container registries'],
  ['.config/gh/hosts.yml', 'GitHub'],
  ['.config/glab-cli/config.yml', 'GitLab'],
  ['.git-credentials', 'git hosts'],
  ['.npmrc', 'npm registries'],
  ['.yarnrc.yml', 'npm registries'],
  ['.pypirc', 'Python registries'],
  ['.cargo/credentials.toml', 'Rust registries'],
  ['.config/doctl/config.yaml', 'DigitalOcean'],
  ['.railway/config.json', 'Railway'],
  ['.fly/config.yml', 'Fly.io'],
  ['.local/share/com.vercel.cli/auth.json', 'Vercel'],
  ['.config/netlify/config.json', 'Netlify'],
  ['.supabase/access-token', 'Supabase'],
  ['.terraform.d/credentials.tfrc.json', 'Terraform Cloud'],
  ['.config/heroku', 'Heroku'],
];

/** Those that are there. */
export function findOutside(home: string = homedir()): readonly OutsideCredential[] {
  return KNOWN.filter(([name]) => isThere(join(home, name))).map(([name, opens]) => ({
    path: `~/${name}`,
    opens,
  }));
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A folder on the way that we may not enter: an agent of this account may not either.
    return false;
  }
}
