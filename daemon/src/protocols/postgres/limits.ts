/**
 * Every cap and time-out of the PostgreSQL room, each with its unit, its reason and its source.
 * A cap is checked at the header of a frame, before anything of its body is kept.
 * "PG" names PostgreSQL's own source, version 18, where a figure comes from there.
 */

/** A typed message without body: one byte of type, four of length. Length counts itself but not the type (protocol 55.7). */
export const FRAME_HEADER_BYTES = 5;

/** The smallest value a length field can have: itself. */
export const MIN_LENGTH_FIELD = 4;

/** Longest startup packet. PG: MAX_STARTUP_PACKET_LENGTH in libpq/pqcomm.h, so no honest client sends more. */
export const MAX_STARTUP_BYTES = 10_000;

/** Messages that carry names only. PG: PQ_SMALL_MESSAGE_LIMIT in libpq/libpq.h. */
export const MAX_SMALL_MESSAGE_BYTES = 10_000;

/** Authentication answers of the client. PG: PG_MAX_SASL_MESSAGE_LENGTH is 1024 for the body; doubled for the mechanism name. */
export const MAX_PASSWORD_MESSAGE_BYTES = 2_048;

/**
 * Longest statement text that is parsed, in bytes. The parser's heap never shrinks, and one 64 MiB literal costs 621 MiB
 * for ever; ORMs with bulk inserts stay below one MiB. A longer one is denied with SQLSTATE 54001, and the connection lives on.
 */
export const MAX_STATEMENT_BYTES = 1_048_576;

/** Query: the text and its NUL, with the length field. */
export const MAX_QUERY_LENGTH = MAX_STATEMENT_BYTES + 5;

/** Parse: text, a name (NAMEDATALEN bounds honest ones), and at most 65,535 type identifiers of four bytes. */
export const MAX_PARSE_LENGTH = MAX_STATEMENT_BYTES + 1_024 + 4 * 65_535;

/** Bind: parameter values are held whole until the statement is ruled on. Files in bytea parameters fit; a bigger one goes by COPY. */
export const MAX_BIND_LENGTH = 32 * 1_048_576;

/** FunctionCall: never forwarded. libpq's large-object calls send up to this much in one piece, and they deserve a proper error. */
export const MAX_FUNCTION_CALL_LENGTH = 1_048_576;

/** One CopyData message. Streamed in slices, so this bounds nothing that is kept; it refuses nonsense. PG: PQ_LARGE_MESSAGE_LIMIT. */
export const MAX_COPY_DATA_LENGTH = 0x3fff_fffe;

/** One message of the server. DataRow and CopyData are never kept. PG: MaxAllocSize. */
export const MAX_BACKEND_LENGTH = 0x3fff_ffff;

/** CommandComplete: a tag. PG: COMPLETION_TAG_BUFSIZE is 64; the rest is room for other servers. */
export const MAX_COMMAND_TAG_BYTES = 1_024;

/** ParameterStatus: name and value, kept to be compared. `search_path` is the longest of them. */
export const MAX_PARAMETER_STATUS_BYTES = 65_536;

/** As much of an ErrorResponse as is read: severity and SQLSTATE stand first (PG: send_message_to_frontend in elog.c). */
export const ERROR_PREFIX_BYTES = 128;

/**
 * A row, description or error of the server that is read whole, because something in it is masked or taken out. Rows of masked
 * tables are people and accounts; a larger one ends the connection rather than passing unmasked.
 */
export const MAX_EDITED_BYTES = 64 * 1_048_576;

/** Prepared statements of one connection, by protocol and by SQL. JDBC keeps 256, others a few hundred. */
export const MAX_PREPARED_STATEMENTS = 4_096;

/** Text of all prepared statements of one connection, in UTF-16 units. Bounds memory where the count does not. */
export const MAX_PREPARED_TEXT = 64 * 1_048_576;

/** Portals of one connection that were bound and not closed. Each holds at most one permit. */
export const MAX_PORTALS = 4_096;

/** Frontend messages that wait while an earlier one is ruled on. Past it reading stops; the client feels it as back-pressure. */
export const MAX_QUEUED_MESSAGES = 1_024;

/** Bytes of those messages. One Bind of the largest size still fits, because reading stops only after the frame that passes the mark. */
export const MAX_QUEUED_BYTES = 4 * 1_048_576;

/** Requests sent upstream that are not answered yet. Past it no further one is forwarded until answers come. */
export const MAX_EXPECTED_REPLIES = 16_384;

/** Bytes waiting in one socket's write buffer before the other side is no longer read. Node's own mark is lower and comes first. */
export const MAX_WRITE_BACKLOG_BYTES = 1_048_576;

/** A client has to be through TLS, startup and authentication in this time. PG: authentication_timeout, 1 min; ours is loopback. */
export const HANDSHAKE_TIMEOUT_MS = 15_000;

/** Encryption requests before the startup packet: one for TLS, one for GSSAPI (PG: ProcessStartupPacket allows each once). */
export const MAX_ENCRYPTION_REQUESTS = 2;

/** Downstream connections of one listener. PG: max_connections is 100 by default; pools of several agents share one listener. */
export const MAX_CONNECTIONS = 512;

/** Cancel requests that one listener carries out within CANCEL_WINDOW_MS. Each costs an upstream connection; impatient people press twice. */
export const MAX_CANCELS_PER_WINDOW = 50;
export const CANCEL_WINDOW_MS = 1_000;

/**
 * After the client is gone, how long the answers to what it sent are waited for, so that the record holds the outcome.
 * The server would go on with the statement anyway; past it the outcome is unknown.
 */
export const DRAIN_TIMEOUT_MS = 30_000;

/** Length of the secret in our own cancel keys under protocol 3.2, in bytes. PG 18 uses 32; the protocol allows 4 to 256. */
export const CANCEL_KEY_BYTES = 32;

/** Longest cancel key that the protocol allows (PG 18, protocol 55.7 BackendKeyData). */
export const MAX_CANCEL_KEY_BYTES = 256;

/**
 * How long a permit given at Parse may wait for the first Bind of its statement. Drivers that prepare in one round trip and bind in the
 * next need milliseconds; a statement that is kept for later is ruled on again when it runs.
 */
export const PREPARED_PERMIT_MAX_AGE_MS = 10_000;

/** Longest parameter value that is shown in full to a person; longer ones are shown by length and digest, both of which bind. */
export const MAX_SHOWN_PARAMETER_BYTES = 4_096;

/** Statement texts per generation of a facts cache. Two generations exist; an ORM's working set is some hundreds. */
export const FACTS_CACHE_ENTRIES = 2_048;

/** Longest text that a facts cache keeps, in UTF-16 units: longer ones rarely repeat. */
export const MAX_CACHED_TEXT = 32_768;

/** Name states (search paths, mostly) for which a catalog version keeps a shared cache. Each ORM sets one or two. */
export const MAX_SHARED_NAME_STATES = 16;

/**
 * How often a connection may have the catalog read again because a name in a statement is not in it. Somebody else may have
 * made the table a moment ago; a client that asks for what does not exist must not keep the catalog busy.
 */
export const UNRESOLVED_REFRESH_MS = 1_000;

/** One row that answers a statement of our own: counts, or values that are cut to a few hundred bytes by that statement. */
export const MAX_OWN_ROW_BYTES = 262_144;

/** Rows that answer one statement of our own. A table per row, or one of the few rows of a sample. */
export const MAX_OWN_ROWS = 100_000;

/**
 * Answer of a measured statement that is held until its effect is judged. RETURNING of a few thousand rows fits; more is
 * refused, because neither memory nor the server's transaction may wait for a reader.
 */
export const MAX_HELD_REPLY_BYTES = 8 * 1_048_576;

/** Rows of a table that is emptied that are read first, so that they can be brought back. */
export const MAX_EMPTIED_ROWS = 5_000;

/** Rows up to which a table that is emptied is counted first, by the planner's estimate. Counting a million takes about 50 ms. */
export const MAX_COUNTED_ROWS = 1_000_000;
