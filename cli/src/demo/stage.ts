/** What the demo plays in. */

import type { DemoServer } from './server.ts';

/** Everything that an act of it needs. */
export interface Stage {
  readonly server: DemoServer;
  /** A folder of the demo's own, removed afterwards. */
  readonly folder: string;
  /** The environment of every command: it names the demo's own home. */
  readonly env: NodeJS.ProcessEnv;
  /** A person can answer. */
  readonly atTerminal: boolean;
}
