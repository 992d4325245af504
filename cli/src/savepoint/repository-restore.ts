/** What restoring a repository is given: the save point, its contents, and the repository as it stands. */

import type { Contents } from './contents.ts';
import type { Repository } from './repository.ts';
import type { FullSavePoint } from './save-point.ts';
import type { Store } from './store.ts';

/** What is restored from where. */
export interface RepositoryRestore {
  readonly store: Store;
  readonly saved: FullSavePoint;
  readonly repository: Repository;
  readonly contents: Contents;
}
