/** The version of the words spoken over the control socket, and of the product that speaks them. */

/** Counts up when an older client or daemon could misunderstand. Gaining a field or a method does not count. */
export const CONTROL_VERSION = 1;

/** Released together: daemon, command line and extension carry one number. */
export const PRODUCT_VERSION = '0.1.0';

/** Header of every request and reply. */
export const CONTROL_VERSION_HEADER = 'agentguard-control-version';

/** Header of every reply. */
export const PRODUCT_VERSION_HEADER = 'agentguard-version';

/** Header that carries the operator key, in requests that answer a question without a terminal. */
export const OPERATOR_KEY_HEADER = 'agentguard-operator-key';

/** The only `Host` that is answered. A browser lured to us by a rebound name sends another. */
export const CONTROL_HOST = 'agentguard';

/** Where methods live: `/control/<method>`. */
export const CONTROL_PATH_PREFIX = '/control/';
