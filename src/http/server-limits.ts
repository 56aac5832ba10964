/**
 * What a connection may take before, between and after requests, and how many there may be. All of it holds for the
 * whole server and not per source: behind a proxy, every connection comes from loopback. The proxy is the first line
 * against such clients; these are the second, and the only one where there is none.
 */

/** Request line and headers; bounds what a connection holds before it is known who asks. */
const MAX_HEADER_BYTES = 16 * 1024;
/** A browser behind a proxy sends about 25. Node itself would drop those beyond its own limit and go on without them. */
const MAX_HEADERS = 100;
/** Headers arrive in one packet or two, so more is somebody holding the connection open. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Headers and body: 1 MiB in this time is 35 KiB/s. Also ends a body that is read only to be dropped. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How often the server looks whose time is over, so how late the two above may be. */
const TIMEOUT_CHECK_MS = 5_000;
/** Longer than nginx keeps its connections (60 s), so that it closes them and never sends into a closing one. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/**
 * No byte in or out while an answer is due: its caller does not read it. Eight times the longest deadline that a request
 * sets off here (a query over 10 hops, 15 s), twice what nginx waits.
 */
const STALLED_TIMEOUT_MS = 120_000;
/** At about 10 KiB each, 40 MiB when all are idle; nginx keeps far fewer. */
const MAX_CONNECTIONS = 4_096;
/** Connections that the kernel keeps until we take them; where more come, their callers try again after a second. */
const ACCEPT_BACKLOG = 2_048;
/** Requests without an answer on one connection. Proxies and the clients of deployed servers send one after the other. */
const MAX_PIPELINED = 16;
/** Requests that begin in one turn of the event loop; the others wait for the next. A turn costs some 20 µs besides. */
const MAX_PER_TURN = 4;
/**
 * Turns in a row in which no request begins because a connection was taken: as many as then begin at once, so that while
 * both come without a pause, each gets its half.
 */
const MAX_HELD_TURNS = MAX_PER_TURN;
/** Of a body that was refused, twice its limit is read on, so that its sender gets to hear why; then he is cut off. */
const MAX_DROPPED_BYTES = 2 * 1024 * 1024;

/** Of a body, before others' have their turn: what comes in one packet or two does not wait, and all messages do. */
const MAX_BODY_PIECE_BYTES = 16 * 1024;
/**
 * Bodies that are read on in a turn of a millisecond, 64 KiB at a time as Node reads: 128 MiB/s of all together. Without
 * this, each turn of the event loop would take up to 2 MiB from each connection before anybody else is heard.
 */
const MAX_BODIES_PER_TURN = 2;
const BODY_TURN_MS = 1;

export const SERVER_LIMITS = {
  maxHeaderBytes: MAX_HEADER_BYTES,
  maxHeaders: MAX_HEADERS,
  headersTimeoutMs: HEADERS_TIMEOUT_MS,
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  timeoutCheckMs: TIMEOUT_CHECK_MS,
  keepAliveTimeoutMs: KEEP_ALIVE_TIMEOUT_MS,
  stalledTimeoutMs: STALLED_TIMEOUT_MS,
  maxConnections: MAX_CONNECTIONS,
  acceptBacklog: ACCEPT_BACKLOG,
  maxPipelined: MAX_PIPELINED,
  maxPerTurn: MAX_PER_TURN,
  maxHeldTurns: MAX_HELD_TURNS,
  maxDroppedBytes: MAX_DROPPED_BYTES,
  maxBodyPieceBytes: MAX_BODY_PIECE_BYTES,
  maxBodiesPerTurn: MAX_BODIES_PER_TURN,
  bodyTurnMs: BODY_TURN_MS,
};

export type ServerLimits = Readonly<typeof SERVER_LIMITS>;
