/** Something that a target needs is not on this machine, or cannot be fetched. */
export class NotHereError extends Error {}
