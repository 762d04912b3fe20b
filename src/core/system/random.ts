/** Randomness that repeats: one seed, one sequence, on every machine. */

/** Answers numbers in [0, 1). */
export type Random = () => number;

/** The sequence of one seed, by sfc32: quick and free of patterns, but no secret to anyone who watches it. */
export function seededRandom(seed: number): Random {
  let a = scramble(seed);
  let b = scramble(a);
  let c = scramble(b);
  let counter = 1;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
}

/** One step of splitmix32, so that neighbouring seeds start far apart. */
function scramble(state: number): number {
  let mixed = (state + 0x9e37_79b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
  return mixed ^ (mixed >>> 15);
}
