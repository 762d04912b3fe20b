/** The one place where chance enters: a seed for a run that was given none. It is printed, so that the run can be repeated. */

/** A whole number below 2³² that nobody chose. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 0x1_0000_0000);
}
