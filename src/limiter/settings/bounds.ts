/** How large the parts of a request may be. */

/** Bytes of a request body. */
export const MAX_BODY_BYTES = 65_536;

/** Bytes of a key in UTF-8. */
export const MAX_KEY_BYTES = 256;

/** Units per window. */
export const MAX_LIMIT = 1_000_000_000;

/** Units that one check may take. */
export const MAX_COST = 1_000_000;

/** Milliseconds of the longest window: 31 days. */
export const MAX_WINDOW_MS = 31 * 86_400_000;

/** Connections that a setting may allow. */
export const MAX_CONNECTIONS = 1_000_000;

/** Items on one page of counters, admissions or blocks. */
export const MAX_PAGE = 1000;
