/** What was seen on the wire while a probe waited for its answer. */

/** The timing of one exchange, and how its answer began. */
export interface ProbeTranscript {
  /** Epoch milliseconds at which the request was sent. */
  readonly sentAtMs: number;
  /** Milliseconds from sending to the connection; absent where the client cannot tell, as with HTTP. */
  readonly connectedMs?: number;
  /** Milliseconds from sending to the status and headers; absent where none came. */
  readonly headMs?: number;
  /** Milliseconds from sending to the first byte of the body; absent where none came. */
  readonly firstByteMs?: number;
  /** Milliseconds from sending to the end of the answer or of the wait for it. */
  readonly endedMs: number;
  readonly status?: number;
  /** Bytes of the body that arrived. */
  readonly bodyBytes: number;
  /** The first bytes of the body, at most 512, not redacted: redact them before they are shown or stored. */
  readonly firstBytes: Uint8Array;
}
