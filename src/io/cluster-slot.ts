/** The slot of a name on a Redis Cluster: CRC-16 (XMODEM) of its hash tag, modulo 16,384. */

const CRC = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** Slot of a name. */
export function slotOf(name: string): number {
  let crc = 0;
  for (const byte of Buffer.from(hashTag(name))) crc = ((crc << 8) ^ (CRC[((crc >> 8) ^ byte) & 0xff] ?? 0)) & 0xffff;
  return crc % 16_384;
}

/** The text between the first brace and the next closing one, or the whole name if that is empty. */
function hashTag(name: string): string {
  const from = name.indexOf("{");
  const to = name.indexOf("}", from + 1);
  return from >= 0 && to > from + 1 ? name.slice(from + 1, to) : name;
}
