/** Bounds of what is looked at in one request. Beyond them a request counts as one that cannot be looked into. */

/** Longest body that is read before deciding. The largest that tools send to control APIs are templates of 1 MB. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
