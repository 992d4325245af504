/** The one word that a guarded session's processes and the daemon share. */

/** Variable that every process of a guarded session starts with; its value is the session's id. */
export const SESSION_MARKER = 'AGENTGUARD_SESSION';
