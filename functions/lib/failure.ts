// How a command fails where the message says all there is to say; the stack is shown only to whoever asks for it.

/** The command line, or a file that it names, is not as it must be. Exit 2. */
export class UsageError extends Error {}

/** What was asked for could not be done, and the message says all there is to say. Exit 1. */
export class FailedError extends Error {}
