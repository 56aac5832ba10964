import { DAY_MS, HOUR_MS, MINUTE_MS } from './durations.js';

/** The numbers of wire protocol 1.2, 1.3 and 1.6. Sizes of strings are in code points. */

// Reading a body (wire protocol 1.2, 1.4).

/** Most bytes of a request body; bounds what one request can make us hold. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Deepest nesting of JSON; bounds the stack that a body can use. */
export const MAX_JSON_DEPTH = 64;
/**
 * Most values in one JSON text, objects and arrays among them. Reading 1 MiB of one-digit numbers takes the daemon's one
 * thread 200 ms; so many take 20. A message needs fewer: 10,000 names of an exchange, or metadata and location of 64 KiB
 * each, where a value and what parts it from the next take three bytes: 43,691.
 */
export const MAX_JSON_VALUES = 50_000;
/** Most digits of an integer; Python refuses more, since converting them takes quadratic time. */
export const MAX_INTEGER_DIGITS = 4300;

// Sizes of fields. Where wire protocol 1.3 names none, the bound leaves ample room and keeps rows small.

/** The name in addresses (wire protocol 1.1). */
export const MAX_SERVER_ID_LENGTH = 255;
/** A UUID has 36 characters; other spellings are refused on receipt anyway. */
export const MAX_SERVER_UUID_LENGTH = 64;
/** Message and query ids are UUIDs in practice; an index holds them. */
export const MAX_ID_LENGTH = 128;
/** An RSA-4096 key in PEM has 800 characters. */
export const MAX_PUBLIC_KEY_LENGTH = 2048;
/** An RSA-4096 signature in base64 has 684 characters, more with line feeds. */
export const MAX_SIGNATURE_LENGTH = 2048;
/** The longest spelling that we write has 32 characters. */
export const MAX_TIMESTAMP_LENGTH = 64;
/** "1.0", and entries such as "ext:1". */
export const MAX_VERSION_LENGTH = 32;
/** Entries of `supported_versions`. */
export const MAX_SUPPORTED_VERSIONS = 64;
/** A URL that every server and proxy still takes. */
export const MAX_URL_LENGTH = 2048;
/** `user@server_id`, with as much room for the user as for the server. */
export const MAX_ADDRESS_LENGTH = 512;
/** SHA-256 cut to 16 bytes, in hex, has 32 characters. */
export const MAX_FINGERPRINT_LENGTH = 64;
/** Free text for an operator: why an identity was revoked, why a delivery failed. */
export const MAX_REASON_LENGTH = 1000;
/** A short code of an error in an acknowledgment. */
export const MAX_ERROR_CODE_LENGTH = 100;
/** Text of a message (wire protocol 1.3). */
export const MAX_CONTENT_LENGTH = 10_000;
/** Metadata, and location, of a message in canonical form (wire protocol 1.3: 64 KiB). */
export const MAX_FREE_JSON_BYTES = 64 * 1024;
/** Names in a received peer_exchange; others may send their whole directory, we act on five. */
export const MAX_EXCHANGED_PEERS = 10_000;
/** Hops in a domain query (wire protocol 1.3). */
export const MAX_QUERY_HOPS = 10;

// Times of messages (wire protocol 1.3).

/** A direct announcement or exchange older than this is not acted upon; a rotation or a revocation may be of any age. */
export const ANNOUNCEMENT_MAX_AGE_MS = HOUR_MS;
/** A clock may run ahead by this much. */
export const CLOCK_SKEW_MS = 5 * MINUTE_MS;
/** A signed domain query older than this is a replay. */
export const QUERY_MAX_AGE_MS = 5 * MINUTE_MS;
/** A name left by a rename stays its owner's for this long. */
export const NAME_RESERVED_MS = 90 * DAY_MS;

// Signed requests (wire protocol 2.1).

/** From `created` to `expires` of a signed request. */
export const REQUEST_LIFETIME_MS = 5 * MINUTE_MS;
/** A nonce is accepted once within this time: as long as a request lives whose caller's clock runs ahead as far as it may. */
export const NONCE_MEMORY_MS = 10 * MINUTE_MS;
/** Characters of a nonce: a UUID has 36, and 16 are not guessed. */
export const MIN_NONCE_LENGTH = 16;
export const MAX_NONCE_LENGTH = 64;

// Peer exchange (wire protocol 1.3).

/** Names that we put into a peer_exchange. */
export const EXCHANGE_SAMPLE_SIZE = 50;
/** Unknown names of one exchange that we look into; bounds what one message makes us fetch. */
export const EXCHANGE_LOOKUPS = 5;

// Domain queries (wire protocol 1.3, 1.6).

/** `max_hops` where the query names none. */
export const DEFAULT_QUERY_HOPS = 5;
/** Hops that we ever forward, whatever the query asks: the tree grows by the fan-out each hop. */
export const MAX_FORWARDED_HOPS = 4;
/** Neighbours asked at once. */
export const QUERY_FAN_OUT = 3;
/** A query_id is answered once within this time. */
export const QUERY_MEMORY_MS = 5 * MINUTE_MS;
/** Query ids remembered; the oldest goes first. */
export const QUERY_MEMORY_SIZE = 1000;
/** What each hop multiplies the confidence of an answer by. */
export const CONFIDENCE_PER_HOP = 0.9;
/** A route found is kept this long. */
export const ROUTE_CACHE_MS = 24 * HOUR_MS;

// Neighbours and rounds (wire protocol 1.6).

/** Servers gossiped with; enough to stay connected while several are down. */
export const MAX_NEIGHBORS = 8;
/** A neighbour is drawn from peers seen within this time; also "active" in the list of peers. */
export const NEIGHBOR_CANDIDATE_AGE_MS = 7 * DAY_MS;
/** Chance that an update replaces one neighbour when there are enough: slow churn keeps the mesh mixed. */
export const NEIGHBOR_REPLACEMENT_PROBABILITY = 0.2;
/** Neighbours called in one round. */
export const GOSSIP_FAN_OUT = 3;
/** A round goes to neighbours seen within this time. */
export const GOSSIP_TARGET_AGE_MS = 24 * HOUR_MS;
/** Time between rounds. */
export const GOSSIP_INTERVAL_MS = 10 * MINUTE_MS;
/** `announce` without `force` starts at most one round in this time. */
export const ANNOUNCE_MIN_INTERVAL_MS = MINUTE_MS;

// Clean-up (wire protocol 1.6).

/** A neighbour not seen for this long is dropped. */
export const NEIGHBOR_DROP_AGE_MS = 30 * DAY_MS;
/** A peer not seen for this long is deleted. */
export const PEER_DELETE_AGE_MS = 90 * DAY_MS;
/** Servers in the directory; with every column about 1 GB. */
export const MAX_PEERS = 200_000;

// Limits on callers (wire protocol 1.6).

/** Requests a minute of one peer, counted once its signature holds. */
export const PEER_REQUESTS_PER_MINUTE = 100;

// Registration (wire protocol 1.4).

/** A name is claimed only with at least this confidence. */
export const REGISTRATION_MIN_CONFIDENCE = 0.8;

// Records (wire protocol 2.2, 2.5).

/** Rotations in a record that travels, 1.6 KB each; of an identity with more, nothing is relayed. */
export const MAX_ROTATIONS_PER_RECORD = 200;
/** Records that travel together (wire protocol 2.3). */
export const MAX_RECORDS_PER_LIST = 200;
/** Bytes of records that travel together; one alone may be larger. */
export const MAX_RECORDS_BYTES = 512 * 1024;
/** Bytes of one that travels: 200 rotations to keys of 4096 bits take 500 KiB. A body has to hold it, with what goes along. */
export const MAX_RECORD_BYTES = 640 * 1024;
/** A record is relayed until its announcement is this old. */
export const RECORD_RELAY_AGE_MS = 7 * DAY_MS;
/** A record that ended is relayed until its revocation is this old: longer than any partition in which it is still on file. */
export const REVOCATION_RELAY_AGE_MS = 90 * DAY_MS;
/** After a record is deleted, what is left of it keeps an old announcement from bringing it back. */
export const TOMBSTONE_AGE_MS = 90 * DAY_MS;
/** Newcomers that one server may tell us of within a day, unasked. */
export const INTRODUCTIONS_PER_DAY = 1000;
/** An announcement that says nothing new is passed on at once only where it is this much newer. */
export const RUMOR_MIN_NEWER_MS = 12 * HOUR_MS;
/** A server signs anew for the network this often. */
export const REFRESH_INTERVAL_MS = DAY_MS;
/** Time between two comparisons with another server. */
export const SYNC_INTERVAL_MS = MINUTE_MS;
/** Both periods are drawn up to this part shorter or longer, so that servers started together do not stay together. */
export const SPREADING_SPREAD = 0.2;
/** Time between two signs of life of a neighbour, before it is asked for one. */
export const PROBE_INTERVAL_MS = MINUTE_MS;

// Bodies between servers that speak `ext:1` (wire protocol 2.3). All stay below MAX_BODY_BYTES and MAX_JSON_VALUES.

/** Records pushed in one rumour; a usual one has 2 KB. */
export const MAX_RUMOR_RECORDS = 32;
/** Hashes offered in one rumour, 120 bytes each. */
export const MAX_RUMOR_OFFERS = 500;
/** Hashes in one answer to `ext/changes`: 600 KB. */
export const MAX_CHANGES = 5_000;
/** Buckets whose leaves are told in one answer: 70 KB. */
export const MAX_DIGEST_BUCKETS = 64;
/** Leaves whose entries are told in one answer. */
export const MAX_DIGEST_LEAVES = 256;
/** Entries told in one answer: 600 KB. */
export const MAX_DIGEST_ENTRIES = 5_000;
