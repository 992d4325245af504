/**
 * What is guarded: names, kinds and environments in an owner-only file, the real URL in the vault.
 * Nothing in here holds a secret.
 */

import { existsSync, readFileSync } from 'node:fs';
import type { Environment, ResourceFacts } from '@agentguard/rules';
import { z } from 'zod';
import { ResourceError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { SecretValue } from '../secrets/secret-value.ts';

/** A name appears in URLs, as a database name and in file names of other tools, so it stays plain. */
const RESOURCE_NAME = /^[a-z][a-z0-9_-]{0,62}$/;

const resourceSchema = z.strictObject({
  kind: z.literal('postgres'),
  environment: z.enum(['production', 'staging', 'development', 'unknown']),
});

const fileSchema = z.strictObject({
  version: z.literal(1),
  resources: z.record(z.string().regex(RESOURCE_NAME), resourceSchema),
});

type ResourceFile = z.infer<typeof fileSchema>;

/** The resources of one daemon. */
export class ResourceStore {
  readonly #path: string;
  readonly #secrets: SecretStore;
  #file: ResourceFile;

  /** @throws ResourceError when the file is there and cannot be understood */
  constructor(path: string, secrets: SecretStore) {
    this.#path = path;
    this.#secrets = secrets;
    this.#file = readResources(path);
  }

  /** All resources, by name. */
  list(): readonly ResourceFacts[] {
    return Object.entries(this.#file.resources)
      .map(([name, resource]) => ({ name, ...resource }))
      .sort((left, right) => left.name.localeCompare(right.name));
  }

  /** One resource; undefined when there is none of that name. */
  find(name: string): ResourceFacts | undefined {
    const found = Object.hasOwn(this.#file.resources, name)
      ? this.#file.resources[name]
      : undefined;
    return found === undefined ? undefined : { name, ...found };
  }

  /**
   * Adds a resource, its URL into the vault first, so that no resource is ever listed without one.
   * @throws ResourceError for an unfit name, or one that is taken unless `replace` is set
   * @throws SecretError when the vault does not take the URL
   */
  add(
    resource: {
      readonly name: string;
      readonly environment: Environment;
      readonly replace: boolean;
    },
    url: SecretValue,
  ): ResourceFacts {
    const { name, environment, replace } = resource;
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
    this.#secrets.set(secretName(name), url);
    this.#write({ ...this.#file.resources, [name]: { kind: 'postgres', environment } });
    return { name, kind: 'postgres', environment };
  }

  /** Removes a resource and its URL; false when there was none. */
  remove(name: string): boolean {
    if (this.find(name) === undefined) return false;
    const kept = Object.entries(this.#file.resources).filter(([other]) => other !== name);
    this.#write(Object.fromEntries(kept));
    this.#secrets.remove(secretName(name));
    return true;
  }

  /**
   * The real URL.
   * @throws ResourceError `RESOURCE_NOT_FOUND`, SecretError `SECRET_NOT_FOUND`
   */
  url(name: string): SecretValue {
    if (this.find(name) === undefined) throw notFound(name);
    const url = this.#secrets.get(secretName(name));
    if (url === null) {
      throw new ResourceError('SECRET_NOT_FOUND', `the vault has no URL for \`${name}\``, {
        audience: 'user',
        help: `agentguard resource add ${name} --replace`,
      });
    }
    return url;
  }

  #write(resources: ResourceFile['resources']): void {
    const file: ResourceFile = { version: 1, resources };
    writeFileAtomic(this.#path, `${JSON.stringify(file, null, 2)}\n`);
    this.#file = file;
  }
}

function secretName(resource: string): string {
  return `resource:${resource}`;
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
