/** A throw-away PostgreSQL for the demo, and for whoever proves the product from outside. */

export { EMBEDDED_MAJOR, embeddedBinaries, embeddedLibraries } from './embedded.ts';
export { launchServer } from './launch.ts';
export type { LaunchedServer, LaunchOptions } from './launch.ts';
export { unprivileged } from './unprivileged.ts';
export type { RunAs } from './unprivileged.ts';
