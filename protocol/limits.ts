/** The protocol versions this code speaks. SPEC [HE3]. */
export const MIN_PROTOCOL = 1;
export const MAX_PROTOCOL = 1;

/** Unacknowledged output per channel, in bytes. Both ends import this. SPEC [CR2]. */
export const CREDIT_WINDOW_BYTES = 128 * 1024;

/** Payload of one bytes frame, in bytes: coalescing beyond this gains nothing. SPEC [BY4]. */
export const MAX_OUTPUT_BYTES = 32 * 1024;
export const MAX_INPUT_BYTES = 16 * 1024;

/** Unacknowledged input per channel, in bytes; a client holds back the rest. SPEC [IN3]. */
export const INPUT_WINDOW_BYTES = 64 * 1024;

/** The largest frame the relay takes from a client, in bytes: the longest prompt fits. SPEC [HE5]. */
export const CLIENT_MAX_PAYLOAD_BYTES = 256 * 1024;

/** The largest frame between relay and host, and from relay to client, in bytes. */
export const HOST_MAX_PAYLOAD_BYTES = 1024 * 1024;

/** Bytes a sender may have waiting in one socket before it is closed as slow. SPEC [FL2]. */
export const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/** Open channels in one client socket. SPEC [CH3]. */
export const MAX_CHANNELS = 32;

/** Unanswered requests in one socket. SPEC [RQ6]. */
export const MAX_IN_FLIGHT = 64;

/** A hello must come within this time of the socket opening. SPEC [HE1]. */
export const HELLO_TIMEOUT_MS = 5_000;

/** Each end pings this often; silent for twice as long plus a little: the socket is dead. SPEC [HB1]. */
export const TICK_INTERVAL_MS = 10_000;
export const SILENCE_LIMIT_MS = 25_000;

/** How long the relay waits for a host's answer to a request that is not long work. SPEC [RQ4]. */
export const REQUEST_TIMEOUT_MS = 15_000;

/** A detached viewer can resume within this time. SPEC [AT5]. */
export const DETACHED_GRACE_MS = 120_000;

/** Lines and bytes of one history page. SPEC [HI2]. */
export const MAX_HISTORY_LINES = 1_000;
export const MAX_HISTORY_BYTES = 512 * 1024;

/** Payload of one bytes frame of a file, in bytes. SPEC [BY4]. */
export const FILE_CHUNK_BYTES = 128 * 1024;

/** A file's bytes under way between relay and host, not yet passed on or written. SPEC [FI4]. */
export const FILE_WINDOW_BYTES = 1024 * 1024;

/** After a key somebody is taken to be typing for this long; files then give way. SPEC [FI4]. */
export const TYPING_MS = 1_000;

/** The largest file that can be uploaded, in bytes. SPEC [FI6]. */
export const MAX_UPLOAD_BYTES = 8 * 1024 ** 3;

/** Entries and bytes of one listing of a folder. SPEC [FI2]. */
export const MAX_LISTED_ENTRIES = 2_000;
export const MAX_LISTED_BYTES = 512 * 1024;

/** How long a host waits for a prompt to show in the agent's transcript. SPEC [PR1]. */
export const PROMPT_TIMEOUT_MS = 30_000;
