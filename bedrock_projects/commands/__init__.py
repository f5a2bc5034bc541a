"""The commands of the command line, one module each; what is heavy to import is imported when a command needs it."""
