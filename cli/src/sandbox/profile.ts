/** What one sandbox shows, hides and opens, in words that no operating system has: its own arguments are made of this. */

import type { FileKind } from './file-view.ts';

/** What a folder that is shown name by name holds. */
export interface CarvedEntry {
  readonly name: string;
  readonly kind: FileKind;
  /** What a link says; null for everything else. */
  readonly target: string | null;
}

/** What one path becomes. Paths are absolute and hold no links. */
export type PathRule = { readonly path: string } & (
  | { readonly access: 'hidden'; readonly kind: 'file' | 'folder' }
  | { readonly access: 'read-only' }
  | { readonly access: 'writable' }
  /** Another folder in its place, writable. */
  | { readonly access: 'replaced'; readonly from: string }
  /** A file with this content, writable, gone afterwards. */
  | { readonly access: 'copied'; readonly content: string }
  /** A file with this content, for reading, where nothing is. */
  | { readonly access: 'laid'; readonly content: string }
  /** An empty folder of its own, gone afterwards. */
  | { readonly access: 'private'; readonly maxBytes: number; readonly mode: number }
  /** These entries stay, for reading; what is added is gone afterwards. */
  | {
      readonly access: 'carved';
      readonly maxBytes: number;
      readonly entries: readonly CarvedEntry[];
      /** Nothing can be added either. */
      readonly closed?: true;
    }
);

/**
 * A path that must stay as it is and cannot be closed beforehand, because nothing is there or a link is.
 * It is watched from outside, and what comes is set aside.
 */
export interface ForbiddenPath {
  readonly path: string;
  /** What the link there says; null where nothing was. */
  readonly link: string | null;
  /** A repository may come, as long as git runs nothing of it. */
  readonly mayBeRepository: boolean;
}

/** A sandbox. Rules are in the order of their depth; a deeper one stands inside a shallower one. */
export interface Profile {
  readonly workspace: string;
  readonly rules: readonly PathRule[];
  readonly forbidden: readonly ForbiddenPath[];
}

/** A path to hide that no table can name. */
export interface FoundSecret {
  readonly path: string;
  readonly kind: 'file' | 'folder';
}

/** Where a sandbox stands. Every path absolute and free of links. */
export interface Surroundings {
  readonly home: string;
  readonly workspace: string;
  /** Folders of the guard that nobody inside may see. */
  readonly guardFolders: readonly string[];
  /** Programs of the guard itself, and the Node that runs them. */
  readonly guardPrograms: readonly string[];
  /** Where folders of the `cache` kind are kept. */
  readonly cacheFolder: string;
  /** What other projects keep, what variables name, sockets that listen now. */
  readonly foundSecrets: readonly FoundSecret[];
  /** Folders that PATH names. */
  readonly programFolders: readonly string[];
  /** The folder that XDG_RUNTIME_DIR names; null when it is not set. */
  readonly runtimeFolder: string | null;
  /** Bytes that the files of one temporary folder together may take. */
  readonly temporaryBytes: number;
}
