/** The only source of randomness: a seed for a run without one. It is printed, so that the run can be repeated. */

/** A random whole number below 2³². */
export function freshSeed(): number {
  return Math.floor(Math.random() * 0x1_0000_0000);
}
