/**
 * What is guarded: names, kinds and environments in an owner-only file, the real URL in the vault.
 * Nothing in here holds a secret.
 */

import { existsSync, readFileSync } from 'node:fs';
import type { Environment, ResourceFacts } from '@agentguard/rules';
import * as z from 'zod';
import { ResourceError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { resourceSecret, SECRET_NAME } from '../secrets/secret-name.ts';
import type { SecretValue } from '../secrets/secret-value.ts';
import type { Vault } from '../secrets/vault.ts';

/** A name appears in URLs, as a database name and in file names of other tools, so it stays plain. */
const RESOURCE_NAME = /^[a-z][a-z0-9_-]{0,62}$/;

const resourceSchema = z.strictObject({
  kind: z.literal('postgres'),
  environment: z.enum(['production', 'staging', 'development', 'unknown']),
  /** The secret that is its URL; without it the URL is kept under the resource's own name. */
  secret: z.string().regex(SECRET_NAME).optional(),
});

const fileSchema = z.strictObject({
  version: z.literal(1),
  resources: z.record(z.string().regex(RESOURCE_NAME), resourceSchema),
});

type ResourceFile = z.infer<typeof fileSchema>;
type StoredResource = z.infer<typeof resourceSchema>;

/** Where the URL of a resource comes from: given with it, or a secret that people set by name. */
export type Credential =
  | { readonly kind: 'url'; readonly url: SecretValue }
  | { readonly kind: 'secret'; readonly secret: string };

/** A resource to add. */
export interface NewResource {
  readonly name: string;
  readonly environment: Environment;
  readonly replace: boolean;
}

/** The part of the vault that resources need. */
export type ResourceVault = Pick<Vault, 'read' | 'setValue' | 'remove' | 'forget'>;

/** The resources of one daemon. */
export class ResourceStore {
  readonly #path: string;
  readonly #vault: ResourceVault;
  #file: ResourceFile;
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws ResourceError when the file is there and cannot be understood */
  constructor(path: string, vault: ResourceVault) {
    this.#path = path;
    this.#vault = vault;
    this.#file = readResources(path);
  }

  /** All resources, by name. */
  list(): readonly ResourceFacts[] {
    return Object.entries(this.#file.resources)
      .map(([name, resource]) => toFacts(name, resource))
      .sort((left, right) => left.name.localeCompare(right.name));
  }

  /** One resource; undefined when there is none of that name. */
  find(name: string): ResourceFacts | undefined {
    const found = this.#findStored(name);
    return found === undefined ? undefined : toFacts(name, found);
  }

  /** Names of the resources whose URL is this secret. */
  usersOf(secret: string): readonly string[] {
    return Object.keys(this.#file.resources)
      .filter((name) => this.#secretOf(name) === secret)
      .sort();
  }

  /**
   * Adds a resource, its URL into the vault first, so that no resource is ever listed without one.
   * @throws ResourceError for an unfit name, or one that is taken unless `replace` is set
   * @throws SecretError when the vault does not take the URL
   */
  async add(resource: NewResource, credential: Credential): Promise<ResourceFacts> {
    return this.#inTurn(async () => {
      this.#judgeName(resource);
      const { name, environment } = resource;
      if (credential.kind === 'url') {
        await this.#vault.setValue(resourceSecret(name), credential.url);
      }
      const secret = credential.kind === 'secret' ? { secret: credential.secret } : {};
      const stored = { kind: 'postgres' as const, environment, ...secret };
      this.#write({ ...this.#file.resources, [name]: stored });
      // The URL that was given with the one it replaces is nobody's now.
      if (credential.kind === 'secret') await this.#vault.remove(resourceSecret(name));
      return toFacts(name, stored);
    });
  }

  /** Removes a resource and the URL that was given with it; false when there was none. */
  async remove(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.find(name) === undefined) return false;
      const kept = Object.entries(this.#file.resources).filter(([other]) => other !== name);
      this.#write(Object.fromEntries(kept));
      await this.#vault.remove(resourceSecret(name));
      return true;
    });
  }

  /**
   * The real URL.
   * @throws ResourceError `RESOURCE_NOT_FOUND`, `SECRET_NOT_FOUND`; SecretError when the vault does not give it
   */
  async url(name: string): Promise<SecretValue> {
    const secret = this.#secretOf(name);
    if (secret === undefined) throw notFound(name);
    const url = await this.#vault.read(secret);
    if (url !== null) return url;
    const own = secret === resourceSecret(name);
    throw new ResourceError('SECRET_NOT_FOUND', `the vault has no URL for \`${name}\``, {
      audience: 'user',
      help: own ? `agentguard resource add ${name} --replace` : `agentguard secret set ${secret}`,
    });
  }

  /** The server refused the URL, so what was resolved for it may be old. */
  doubt(name: string): void {
    const secret = this.#secretOf(name);
    if (secret !== undefined) this.#vault.forget(secret);
  }

  #findStored(name: string): StoredResource | undefined {
    return Object.hasOwn(this.#file.resources, name) ? this.#file.resources[name] : undefined;
  }

  #secretOf(name: string): string | undefined {
    const found = this.#findStored(name);
    return found === undefined ? undefined : (found.secret ?? resourceSecret(name));
  }

  #judgeName({ name, replace }: NewResource): void {
    if (!RESOURCE_NAME.test(name)) {
      throw new ResourceError('RESOURCE_INVALID', `\`${name}\` is not a name for a resource`, {
        audience: 'user',
        help: 'use lower case letters, digits, - and _, starting with a letter',
      });
    }
    if (!replace && this.find(name) !== undefined) {
      throw new ResourceError('RESOURCE_INVALID', `the resource \`${name}\` is there already`, {
        audience: 'user',
        help: `agentguard resource add ${name} --replace`,
      });
    }
  }

  #write(resources: ResourceFile['resources']): void {
    const file: ResourceFile = { version: 1, resources };
    writeFileAtomic(this.#path, `${JSON.stringify(file, null, 2)}\n`);
    this.#file = file;
  }

  /** Changes run one after the other, so that a name is never taken twice. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(work, work);
    // Its caller hears of a failure; the next one takes its turn all the same.
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

function toFacts(name: string, { kind, environment }: StoredResource): ResourceFacts {
  return { name, kind, environment };
}

function notFound(name: string): ResourceError {
  return new ResourceError('RESOURCE_NOT_FOUND', `no resource is called \`${name}\``, {
    audience: 'user',
    help: 'agentguard resource list',
  });
}

function readResources(path: string): ResourceFile {
  if (!existsSync(path)) return { version: 1, resources: {} };
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new ResourceError('RESOURCE_INVALID', `the file of resources cannot be understood`, {
      audience: 'user',
      help: `mend or remove ${path}`,
      cause: error,
    });
  }
}
