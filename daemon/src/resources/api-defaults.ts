/**
 * Where programs look for the credential of an API, and where they send it, for the providers that packs speak of. What a
 * person says at adding one goes before. From the providers' own documentation of their tools.
 */

/** Defaults of one provider, by the name of its pack. */
export interface ApiDefaults {
  readonly hosts: readonly string[];
  readonly variables: readonly string[];
  /** Fields beside `Authorization`, in lower case. */
  readonly headers?: readonly string[];
}

export const API_DEFAULTS: Readonly<Record<string, ApiDefaults>> = {
  atlas: { hosts: ['cloud.mongodb.com'], variables: ['MONGODB_ATLAS_ACCESS_TOKEN'] },
  cloudflare: {
    hosts: ['api.cloudflare.com'],
    variables: ['CLOUDFLARE_API_TOKEN'],
    headers: ['x-auth-key'],
  },
  digitalocean: {
    hosts: ['api.digitalocean.com'],
    variables: ['DIGITALOCEAN_ACCESS_TOKEN', 'DIGITALOCEAN_TOKEN'],
  },
  fly: { hosts: ['api.fly.io', 'api.machines.dev'], variables: ['FLY_API_TOKEN'] },
  github: {
    hosts: ['api.github.com', 'github.com', 'uploads.github.com'],
    variables: ['GITHUB_TOKEN', 'GH_TOKEN'],
  },
  heroku: { hosts: ['api.heroku.com', 'api.data.heroku.com'], variables: ['HEROKU_API_KEY'] },
  hetzner: { hosts: ['api.hetzner.cloud'], variables: ['HCLOUD_TOKEN'] },
  neon: { hosts: ['console.neon.tech'], variables: ['NEON_API_KEY'] },
  netlify: { hosts: ['api.netlify.com'], variables: ['NETLIFY_AUTH_TOKEN'] },
  planetscale: { hosts: ['api.planetscale.com'], variables: ['PLANETSCALE_SERVICE_TOKEN'] },
  railway: {
    hosts: ['backboard.railway.com', 'backboard.railway.app'],
    variables: ['RAILWAY_TOKEN', 'RAILWAY_API_TOKEN'],
    headers: ['project-access-token'],
  },
  render: { hosts: ['api.render.com'], variables: ['RENDER_API_KEY'] },
  stripe: { hosts: ['api.stripe.com'], variables: ['STRIPE_API_KEY', 'STRIPE_SECRET_KEY'] },
  supabase: { hosts: ['api.supabase.com'], variables: ['SUPABASE_ACCESS_TOKEN'] },
  terraform: {
    hosts: ['app.terraform.io'],
    variables: ['TF_TOKEN_app_terraform_io', 'TFE_TOKEN'],
  },
  upstash: { hosts: ['api.upstash.com'], variables: ['UPSTASH_API_KEY'] },
  vercel: { hosts: ['api.vercel.com'], variables: ['VERCEL_TOKEN'] },
};
