/** Bounds of what is looked at in one request. Beyond them a request counts as one that cannot be looked into. */

/** Longest body that is read before deciding. The largest that tools send to control APIs are templates of 1 MB. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A body of this length is read whatever its type says: types lie, and reading it costs little. */
export const SMALL_BODY_BYTES = 1024 * 1024;

/** Longest body after decompression. Small bodies that grow beyond it are made to. */
export const MAX_DECODED_BYTES = 8 * 1024 * 1024;

/** How much of a push of git is read: its commands come before the pack, about 100 bytes each. */
export const MAX_START_BYTES = 256 * 1024;

/** Longest request target. Servers take 8 to 32 KiB. */
export const MAX_TARGET_CHARACTERS = 32 * 1024;

/** Values nested deeper than this are of nobody's tools. */
export const MAX_JSON_DEPTH = 64;

/** Tokens of a GraphQL document. The introspection query, the largest that tools send, has about 500. */
export const MAX_GRAPHQL_TOKENS = 20_000;

/** Fields that fragments unfold to; fragments inside of fragments grow without end. */
export const MAX_GRAPHQL_FIELDS = 1000;

/** Operations of one request. S3 deletes at most 1000 objects at once. */
export const MAX_OPERATIONS = 1000;

/** Content codings on one another. More than one is already rare. */
export const MAX_CODINGS = 3;

/** Longest word of a request that stands in a clause for people. */
export const MAX_SHOWN_CHARACTERS = 120;
