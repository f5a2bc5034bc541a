"""The commands of the command line, each in the module of its name, which `cli` imports when it is called."""
