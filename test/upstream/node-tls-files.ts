/** The TLS files of a test: read from disk, with an empty home folder unless the test names one. */

import { readFile } from 'node:fs/promises';
import type { TlsFiles } from '../../daemon/src/protocols/postgres/upstream-tls.ts';

export function tlsFiles(home: string | null = null): TlsFiles {
  return {
    home,
    read: async (path) => {
      try {
        return await readFile(path);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
  };
}
