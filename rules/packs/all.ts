/** Every pack that is shipped, by name. */

import { speaksOf } from '../src/http/compile-pack.ts';
import { valuesOf } from '../src/http/field-list.ts';
import type { Pack } from '../src/http/pack.ts';
import type { HttpRequestHead } from '../src/http/request.ts';
import { AWS } from './aws.ts';
import { AZURE } from './azure.ts';
import { CLOUDFLARE } from './cloudflare.ts';
import { DIGITALOCEAN } from './digitalocean.ts';
import { FLY } from './fly.ts';
import { GCP } from './gcp.ts';
import { GITHUB } from './github.ts';
import { HEROKU } from './heroku.ts';
import { HETZNER } from './hetzner.ts';
import { KUBERNETES } from './kubernetes.ts';
import { MONGODB_ATLAS } from './mongodb-atlas.ts';
import { NEON } from './neon.ts';
import { NETLIFY } from './netlify.ts';
import { PLANETSCALE } from './planetscale.ts';
import { RAILWAY } from './railway.ts';
import { RENDER } from './render.ts';
import { STRIPE } from './stripe.ts';
import { SUPABASE } from './supabase.ts';
import { TERRAFORM_CLOUD } from './terraform-cloud.ts';
import { TURSO } from './turso.ts';
import { UPSTASH } from './upstash.ts';
import { VERCEL } from './vercel.ts';

/** In the order of their names. */
export const PACKS: readonly Pack[] = [
  ...[AWS, AZURE, CLOUDFLARE, DIGITALOCEAN, FLY, GCP, GITHUB, HEROKU, HETZNER, KUBERNETES],
  ...[MONGODB_ATLAS, NEON, NETLIFY, PLANETSCALE, RAILWAY, RENDER, STRIPE, SUPABASE],
  ...[TERRAFORM_CLOUD, TURSO, UPSTASH, VERCEL],
];

/** What a URL of a Kubernetes API server looks like, wherever the server is. */
const KUBERNETES_PATH = /^(\/k8s\/clusters\/[^/]+)?\/(api\/v1|apis\/[^/]+\/v\d\w*)(\/|\?|$)/;

/** The packs that a request tells by itself, where no resource says: by its host, its path, its signature. */
export function guessPacks(head: HttpRequestHead): readonly Pack[] {
  const naming = PACKS.filter((pack) => speaksOf(pack, head.host));
  if (naming.length > 0) return naming;
  const signed = valuesOf(head.fields, 'authorization').some((value) => value.startsWith('AWS4-'));
  if (signed || /[?&]X-Amz-Signature=/i.test(head.target)) return [AWS];
  return KUBERNETES_PATH.test(head.target) ? [KUBERNETES] : [];
}

/** The packs of these names; names that no pack has are left out. */
export function packsOf(names: readonly string[]): readonly Pack[] {
  return PACKS.filter(({ name }) => names.includes(name));
}
