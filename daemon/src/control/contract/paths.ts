/** Published as `@agentguard/daemon/control/paths`: where things are, for what must know it before it loads the contract. */

export { resolvePaths } from '../../platform/paths.ts';
