/** A long JSON list that a server sends piece by piece, until it is complete or the client stops reading. */

/** What is in the list. */
export interface LongList {
  readonly field: string;
  /** One item as JSON. */
  readonly item: string;
  readonly count: number;
}

const ITEMS_AT_ONCE = 32;

/** The list as an answer's body; `sent` is told of the bytes of each piece. */
export function asList(
  { field, item, count }: LongList,
  sent: (bytes: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0;
  const piece = Buffer.from(Array.from({ length: ITEMS_AT_ONCE }, () => `,${item}`).join(""));
  const give = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>, bytes: Buffer<ArrayBuffer>) => {
    sent(bytes.length);
    controller.enqueue(bytes);
  };
  return new ReadableStream({
    pull(controller) {
      if (next === 0) give(controller, Buffer.from(`{"count":${count},"${field}":[${item}`));
      else if (next < count) give(controller, piece);
      else {
        give(controller, Buffer.from("]}"));
        controller.close();
      }
      next += next === 0 ? 1 : ITEMS_AT_ONCE;
    },
  });
}
