/** Every pack that is shipped, by name. */

import type { Pack } from '../src/http/pack.ts';
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

/** The packs of these names; names that no pack has are left out. */
export function packsOf(names: readonly string[]): readonly Pack[] {
  return PACKS.filter(({ name }) => names.includes(name));
}
