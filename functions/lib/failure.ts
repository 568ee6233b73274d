// Failures of a command whose message says everything; the stack is shown only with --verbose.

/** The command line, or a file that it names, is wrong. Exit code 2. */
export class UsageError extends Error {}

/** The command could not be carried out. Exit code 1. */
export class FailedError extends Error {}
