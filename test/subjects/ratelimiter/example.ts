/** A configuration that the subject takes, with nothing behind it. */

export const example: unknown = { nodes: [{ id: "1", address: "127.0.0.1:1" }], redis: "redis://127.0.0.1:1" };
